"""The invented hospital's routing: a general queue that is always open, two of specialists by day, skills by person."""

from sportello.routing.plan.parts import (
    FIRST_PLAN,
    GENERAL,
    Hours,
    Member,
    Overflow,
    OwnPresence,
    Plan,
    Queue,
    Rule,
    Skill,
    Workstream,
)
from sportello.routing.plan.words import Condition, Method, Need, Opening, Remedy, Text, Trouble

_WAIT = Text(
    "C'è più attesa del solito, ma non perde il Suo posto. In caso di emergenza chiami il {emergency}.",
    "It takes longer than usual, but you keep your place. In an emergency call {emergency}.",
)
# At night specialists' patients are answered by whoever is there.
_BY_NIGHT = Overflow(Trouble.CLOSED, Remedy.QUEUE, queue=GENERAL)
_EMPTY = Overflow(Trouble.TOO_LONG, Remedy.QUEUE, 300, queue=GENERAL)


def plan() -> Plan:
    """The plan that the demo begins with."""
    english = Rule(GENERAL, (Condition("language", ("en",)),), (Need("en", 1),))
    urgent = Rule(GENERAL, (Condition("priority", ("red-flag",)),))
    results = Rule("imaging", (Condition("topic", ("results",)),))
    heart = Rule("cardiology", (Condition("topic", ("cardiology", "cardiologia")),))
    return Plan(
        workstreams=(
            Workstream("chat", Text("Chat", "Chat"), ("chat",), GENERAL, rules=(urgent, heart, results, english)),
            Workstream("callback", Text("Richiamate", "Callbacks"), ("callback",), GENERAL, bot_first=False, units=2),
        ),
        queues=(
            Queue(
                GENERAL, Text("Generale", "General"), relax_after=60, same_agent_seconds=1800,
                overflow=(Overflow(Trouble.TOO_LONG, Remedy.MESSAGE, 240, text=_WAIT),),
            ),
            Queue(
                "cardiology", Text("Cardiologia", "Cardiology"), priority=1, hours="office", relax_after=120,
                needs=(Need("cardiology", 2),), overflow=(_BY_NIGHT, _EMPTY),
            ),
            Queue(
                "imaging", Text("Esami e referti", "Tests and results"), hours="office", method=Method.MOST_SPARE,
                overflow=(_BY_NIGHT, _EMPTY),
            ),
        ),
        skills=(
            Skill("it", Text("Italiano", "Italian"), "language"),
            Skill("en", Text("Inglese", "English"), "language"),
            Skill("cardiology", Text("Cardiologia", "Cardiology"), "specialty"),
            Skill("imaging", Text("Diagnostica per immagini", "Imaging"), "specialty"),
        ),
        hours=(
            Hours(
                "office", Text("Orario degli ambulatori", "Clinic hours"),
                (Opening((1, 2, 3, 4, 5), "08:00", "18:00"), Opening((6,), "08:00", "13:00")), "IT",
            ),
        ),
        presences=(OwnPresence("lunch", Text("In pausa pranzo", "At lunch"), "away"),),
        members=(
            Member("elena", ("cardiology", "imaging"), {"it": 5, "en": 4, "cardiology": 3, "imaging": 2}),
            Member("davide", ("cardiology", "imaging"), {"it": 5, "en": 2, "cardiology": 2, "imaging": 4}),
            Member("luca", ("imaging",), {"it": 5, "imaging": 3}, units=4),
            Member("marta", ("cardiology", "imaging"), {"it": 5, "en": 5, "cardiology": 4, "imaging": 4}, units=3),
        ),
        usual_units=FIRST_PLAN.usual_units,
    )  # fmt: skip
