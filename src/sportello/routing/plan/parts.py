"""The parts of a routing plan: workstreams, queues, skills, opening hours, presences, people.

Times are whole seconds; None means "never" where it is allowed. Everything refers to everything by code, so that a plan
can be written, read and compared as a text file.
"""

from msgspec import Struct, field

from sportello.routing.plan.words import Condition, Method, Mode, Need, OneDay, Opening, Remedy, Text, Trouble


class Skill(Struct, frozen=True, forbid_unknown_fields=True):
    """Something an agent can do: `kind` is "language", "specialty" or "other"; a language's code is ISO 639-1."""

    id: str
    name: Text
    kind: str = "other"


class Hours(Struct, frozen=True, forbid_unknown_fields=True):
    """When something is open. `holidays` names a country of the holidays library ("IT") whose days are closed."""

    id: str
    name: Text
    openings: tuple[Opening, ...] = ()
    holidays: str = ""
    days: tuple[OneDay, ...] = ()


class Overflow(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done when a queue is in trouble; the first that applies decides. `text` is told to the patient."""

    when: Trouble
    then: Remedy
    limit: int = 0
    queue: str = ""
    text: Text = Text()


class Queue(Struct, frozen=True, forbid_unknown_fields=True):
    """A line in which conversations wait.

    `priority`: of two queues with the same agent, the higher is served first. `hours` empty: always open. `needs` are
    wanted of whoever is asked, and after `relax_after` seconds of waiting no longer. `same_agent_seconds`: who
    served this patient within that time is asked first, while Available and with a place.
    """

    id: str
    name: Text
    priority: int = 0
    offer_seconds: int = 30
    method: Method = Method.LONGEST_IDLE
    hours: str = ""
    needs: tuple[Need, ...] = ()
    relax_after: int | None = None
    same_agent_seconds: int = 0
    overflow: tuple[Overflow, ...] = ()
    warn_after: int = 60  # waiting longer is shown amber
    alarm_after: int = 180  # waiting longer is shown red


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """Where conversations go for which every condition holds; `needs` are added to those of the queue."""

    queue: str
    when: tuple[Condition, ...] = ()
    needs: tuple[Need, ...] = ()
    priority: int = 0


class Notice(Struct, frozen=True, forbid_unknown_fields=True):
    """How an agent is told of incoming work. Placeholders: {patient}, {queue}, {topic}, {language}, {channel}."""

    title: Text = Text("Richiesta in arrivo", "Incoming request")
    text: Text = Text("{patient}, {topic}", "{patient}, {topic}")
    sound: str = "bell"  # bell, chime, knock, none
    desktop: str = "background"  # never, background, always
    may_reject: bool = True
    auto_accept: bool = False


class Timers(Struct, frozen=True, forbid_unknown_fields=True):
    """What happens when nobody writes. Activity of the one who is waited for cancels them; None: never."""

    remind_patient: int | None = 300
    reminder: Text = Text("È ancora qui? Le rispondiamo volentieri.", "Are you still there? We are glad to go on.")
    wait_after: int | None = 900  # the agent's place is freed
    close_after: int | None = 3600
    goodbye: Text = Text(
        "Chiudiamo la conversazione perché non riceviamo risposta. Può riaprirla scrivendo di nuovo.",
        "We are closing the conversation as we have no answer. Write again to reopen it.",
    )
    remind_agent: int | None = 120  # the patient waits for a word
    wrap_up: int | None = None  # the after-work ends by itself
    wrap_up_takes_place: bool = True
    reopen_within: int = 86_400  # who writes again comes back to the same conversation


class Workstream(Struct, frozen=True, forbid_unknown_fields=True):
    """How the conversations of some channels are handled; `units` is what one of them takes of an agent's capacity.

    `tabs` and `script` are opened with the session. `presences` are those in which agents are asked.
    """

    id: str
    name: Text
    channels: tuple[str, ...]
    fallback: str
    mode: Mode = Mode.PUSH
    bot_first: bool = True
    presences: tuple[str, ...] = ("available",)
    units: int = 1
    rules: tuple[Rule, ...] = ()
    notice: Notice = Notice()
    timers: Timers = Timers()
    tabs: tuple[str, ...] = ("patient", "script")
    script: str = ""


class OwnPresence(Struct, frozen=True, forbid_unknown_fields=True):
    """A presence of the house's own ("Lunch"), which counts as one of the base ones."""

    id: str
    name: Text
    base: str


class Member(Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent (by sign-in name) serves and can do. `most` bounds the units of single channels."""

    login: str
    queues: tuple[str, ...] = ()
    skills: dict[str, int] = field(default_factory=dict)
    units: int = 5
    most: dict[str, int] = field(default_factory=dict)


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything together. A queue that no member names is served by everybody, members or not."""

    workstreams: tuple[Workstream, ...]
    queues: tuple[Queue, ...]
    skills: tuple[Skill, ...] = ()
    hours: tuple[Hours, ...] = ()
    presences: tuple[OwnPresence, ...] = ()
    members: tuple[Member, ...] = ()
    misses_until_away: int = 3
    line_grace_seconds: int = 10
    offline_after_seconds: int = 60
    idle_away_seconds: int | None = 900
    usual_units: int = 5  # of agents whom no member entry names

    def queue(self, code: str | None) -> Queue:
        """The queue of this code; of an unknown one, the first, so that nobody is lost."""
        return next((one for one in self.queues if one.id == code), self.queues[0])

    def workstream(self, channel: str) -> Workstream:
        """The workstream of a channel; of an unknown one, the first."""
        return next((one for one in self.workstreams if channel in one.channels), self.workstreams[0])

    def member(self, login: str) -> Member:
        """What an agent serves and can do; usual when not named."""
        return next((one for one in self.members if one.login == login), Member(login, units=self.usual_units))


GENERAL = "general"
FIRST_PLAN = Plan(
    workstreams=(Workstream("chat", Text("Chat", "Chat"), ("chat",), GENERAL),),
    queues=(Queue(GENERAL, Text("Generale", "General")),),
)
