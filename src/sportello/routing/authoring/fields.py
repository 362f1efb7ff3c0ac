"""What can be edited of each part of the plan, in the words of the screen: one table instead of seven forms.

A field's path leads into the part ("name.it", "timers.close_after"); rows are lists whose entries have fields of their
own. Options are worked out of the plan, so that only what exists can be chosen.
"""

from collections.abc import Callable

from msgspec import Struct

from sportello.kit.i18n import N_
from sportello.routing.plan.faults import BASE_PRESENCES
from sportello.routing.plan.parts import Plan
from sportello.routing.rules import PRESENCE_NAMES, Presence

Options = Callable[[Plan, str], list[tuple[str, str]]]


class Field(Struct, frozen=True):
    """One input. `kind`: text, area, number, optional (a number or nothing), choice, many, flag, time, date, levels
    (skills with levels as "english:3"), codes (a list of codes).
    """

    path: str
    label: str
    kind: str = "text"
    options: Options | None = None
    hint: str = ""
    heading: str = ""  # with it a group of inputs begins


class Rows(Struct, frozen=True):
    """A list of entries; an empty one at the end is how another is added."""

    path: str
    label: str
    fields: tuple[Field, ...]
    hint: str = ""


class Part(Struct, frozen=True):
    """One kind of part: what it is called, and what can be edited of it."""

    kind: str
    title: str
    one: str
    fields: tuple[Field, ...]
    rows: tuple[Rows, ...] = ()

    @property
    def groups(self) -> list[tuple[str, list[Field]]]:
        """The inputs as the screen groups them, each group under its heading; the first may have none."""
        found: list[tuple[str, list[Field]]] = []
        for field in self.fields:
            if field.heading or not found:
                found.append((field.heading, []))
            found[-1][1].append(field)
        return found


def _named(kind: str) -> Options:
    def options(plan: Plan, language: str) -> list[tuple[str, str]]:
        return [(one.id, one.name.said(language) or one.id) for one in getattr(plan, kind)]

    return options


def _said(*pairs: tuple[str, str]) -> Options:
    return lambda plan, language: list(pairs)


def _presences(plan: Plan, language: str) -> list[tuple[str, str]]:
    own = [(one.id, one.name.said(language)) for one in plan.presences]
    return [*((one, PRESENCE_NAMES[Presence(one)]) for one in BASE_PRESENCES), *own]


NAME = (Field("name.it", N_("Name in Italian")), Field("name.en", N_("Name in English")))
CODE = Field("id", N_("Code"), hint=N_("Small letters, digits, - and _. Others refer to it by this code."))
NEEDS = Field("needs", N_("Skills"), "levels", hint=N_("Such as english:3 cardiology; the level goes from 1 to 5."))
SECONDS = N_("seconds; empty: never")

FACTS = _said(
    ("channel", N_("Channel")), ("language", N_("Language")), ("topic", N_("Topic")),
        ("reason", N_("Why it was handed over")),
    ("priority", N_("Priority")), ("patient", N_("Patient")), ("queue", N_("Queue that was asked for")),
)  # fmt: skip

QUEUES = Part(
    "queues", N_("Queues"), N_("Queue"),
    (
        CODE, *NAME,
        Field("priority", N_("Priority"), "number",
            hint=N_("Of two queues with the same agents, the higher is served first.")),
        Field("method", N_("Whom to ask"), "choice", _said(
            ("longest_idle", N_("Whoever has waited longest for work")),
            ("round_robin", N_("Whoever was given something the longest time ago")),
            ("most_spare", N_("Whoever has the most room")),
        )),
        Field("offer_seconds", N_("Time to answer an offer"), "number", hint=N_("seconds")),
        Field("hours", N_("Opening hours"), "choice", _named("hours"), hint=N_("None: always open.")),
        NEEDS,
        Field("relax_after", N_("Ask others too after"), "optional", hint=SECONDS),
        Field("same_agent_seconds", N_("Back to the same agent within"), "number", hint=N_("seconds")),
        Field("warn_after", N_("Amber after waiting"), "number", hint=N_("seconds")),
        Field("alarm_after", N_("Red after waiting"), "number", hint=N_("seconds")),
    ),
    (
        Rows("overflow", N_("When there is trouble"), (
            Field("when", N_("When"), "choice", _said(
                ("closed", N_("It is closed")), ("too_long", N_("Somebody waits longer than the limit (seconds)")),
                ("too_many", N_("More wait than the limit")), ("nobody", N_("Nobody is there")),
            )),
            Field("limit", N_("Limit"), "number"),
            Field("then", N_("Then"), "choice", _said(
                ("message", N_("Tell the patient, who waits on")), ("callback", N_("Offer to call back")),
                ("queue", N_("Go to another queue")),
            )),
            Field("queue", N_("Other queue"), "choice", _named("queues")),
            Field("text.it", N_("Said in Italian"), "area"), Field("text.en", N_("Said in English"), "area"),
        ), N_("The first that applies decides.")),
    ),
)  # fmt: skip

WORKSTREAMS = Part(
    "workstreams", N_("Workstreams"), N_("Workstream"),
    (
        CODE, *NAME,
        Field("channels", N_("Channels"), "codes", hint=N_("Such as chat voice, with spaces between them.")),
        Field("mode", N_("How agents get work"), "choice", _said(
            ("push", N_("It is offered to them")), ("pick", N_("They pick it")),
        )),
        Field("bot_first", N_("The bot answers first"), "flag"),
        Field("fallback", N_("Queue when no rule applies"), "choice", _named("queues")),
        Field("presences", N_("Asked are agents who are"), "many", _presences),
        Field("units", N_("Room that one of them takes"), "number"),
        Field("notice.title.it", N_("Notice: title in Italian"), heading=N_("How agents are told")),
        Field("notice.title.en", N_("Notice: title in English")),
        Field("notice.text.it", N_("Notice: text in Italian"),
            hint=N_("Placeholders: {patient} {queue} {topic} {language} {channel}")),
        Field("notice.text.en", N_("Notice: text in English")),
        Field("notice.sound", N_("Sound"), "choice", _said(
            ("bell", N_("Bell")), ("chime", N_("Chime")), ("knock", N_("Knock")), ("none", N_("No sound")),
        )),
        Field("notice.desktop", N_("Notice on the computer's desktop"), "choice", _said(
            ("never", N_("Never")), ("background", N_("When the desk is in the background")), ("always", N_("Always")),
        )),
        Field("notice.may_reject", N_("Agents may reject"), "flag"),
        Field("notice.auto_accept", N_("Accepted by itself"), "flag"),
        Field(
            "timers.remind_patient", N_("Remind the patient after"), "optional", hint=SECONDS,
            heading=N_("When nobody writes"),
        ),
        Field("timers.reminder.it", N_("Reminder in Italian"), "area"),
        Field("timers.reminder.en", N_("Reminder in English"), "area"),
        Field("timers.wait_after", N_("Put by after"), "optional", hint=SECONDS),
        Field("timers.close_after", N_("Close after"), "optional", hint=SECONDS),
        Field("timers.goodbye.it", N_("Goodbye in Italian"), "area"),
        Field("timers.goodbye.en", N_("Goodbye in English"), "area"),
        Field("timers.remind_agent", N_("Remind the agent after"), "optional", hint=SECONDS),
        Field("timers.wrap_up", N_("After-work ends by itself after"), "optional", hint=SECONDS),
        Field("timers.wrap_up_takes_place", N_("After-work takes room"), "flag"),
        Field("timers.reopen_within", N_("Reopened by a new message within"), "number", hint=N_("seconds")),
        Field(
            "tabs", N_("Tabs opened with the session"), "codes",
            hint=N_("Such as patient script timeline appointments wizard customer knowledge."),
            heading=N_("What the agent finds open"),
        ),
        Field("script", N_("Script opened with the session"), hint=N_("Empty: the one that fits the topic.")),
    ),
    (
        Rows("rules", N_("Rules"), (
            *(one for number in range(3) for one in (
                Field(f"when.{number}.fact", N_("If"), "choice", FACTS),
                Field(f"when.{number}.negated", N_("is not"), "flag"),
                Field(f"when.{number}.values", N_("one of"), "codes"),
            )),
            Field("queue", N_("then to the queue"), "choice", _named("queues")), NEEDS,
            Field("priority", N_("More urgent by"), "number"),
        ), N_("The first rule whose conditions all hold decides. Priority: red-flag, usual. Patient: known, unknown.")),
    ),
)  # fmt: skip

SKILLS = Part(
    "skills", N_("Skills"), N_("Skill"),
    (CODE, *NAME, Field("kind", N_("Kind"), "choice", _said(
        ("language", N_("Language")), ("specialty", N_("Specialty")), ("other", N_("Other")),
    ))),
)  # fmt: skip

HOURS = Part(
    "hours", N_("Opening hours"), N_("Opening hours"),
    (CODE, *NAME, Field("holidays", N_("Public holidays of"),
        hint=N_("A country such as IT, or a part of it such as IT-BZ. Empty: none."))),
    (
        Rows("openings", N_("Open"), (
            Field("days", N_("Days"), "many", _said(
                ("1", N_("Monday")), ("2", N_("Tuesday")), ("3", N_("Wednesday")), ("4", N_("Thursday")),
                ("5", N_("Friday")), ("6", N_("Saturday")), ("7", N_("Sunday")),
            )),
            Field("opens", N_("Opens at"), "time"), Field("closes", N_("Closes at"), hint=N_("24:00 is midnight.")),
        )),
        Rows("days", N_("Days that are different"), (
            Field("on", N_("Date"), "date"), Field("opens", N_("Opens at"), "time"), Field("closes", N_("Closes at")),
            Field("name", N_("Name")),
        ), N_("Without times: closed all day.")),
    ),
)  # fmt: skip

PRESENCES = Part(
    "presences", N_("Presences of our own"), N_("Presence"),
    (CODE, *NAME, Field("base", N_("Counts as"), "choice",
        _said(*((one, PRESENCE_NAMES[Presence(one)]) for one in BASE_PRESENCES)))),
)  # fmt: skip

MEMBERS = Part(
    "members", N_("People"), N_("Person"),
    (
        Field("login", N_("Sign-in name")),
        Field("queues", N_("Queues"), "many", _named("queues"), hint=N_("None: those that nobody is named for.")),
        Field("skills", N_("Skills"), "levels", hint=N_("Such as english:3 cardiology; the level goes from 1 to 5.")),
        Field("units", N_("Room for work"), "number"),
        Field("most", N_("At most of a channel"), "levels", hint=N_("Such as voice:1 chat:4.")),
    ),
)  # fmt: skip

GENERAL = Part(
    "general", N_("General"), N_("General"),
    (
        Field("misses_until_away", N_("Missed offers until Away"), "number"),
        Field("line_grace_seconds", N_("A lost connection is borne for"), "number", hint=N_("seconds")),
        Field("offline_after_seconds", N_("Offline after"), "number", hint=N_("seconds without a connection")),
        Field("idle_away_seconds", N_("Away without input after"), "optional", hint=SECONDS),
        Field("usual_units", N_("Room for work of everybody else"), "number"),
    ),
)  # fmt: skip

PARTS = {part.kind: part for part in (WORKSTREAMS, QUEUES, SKILLS, HOURS, PRESENCES, MEMBERS, GENERAL)}
