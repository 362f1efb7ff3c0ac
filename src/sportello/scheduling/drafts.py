"""A booking as it is being filled in: its steps, what each one asks, what is still missing. Pure."""

from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import asdict, replace

from sportello.kit.i18n import N_
from sportello.scheduling.codes import Channel
from sportello.scheduling.rules import PARTS_OF_DAY

SCHEDULE = ("who", "type", "place", "time", "reason", "review", "confirm")
RESCHEDULE = ("time", "reason", "review", "confirm")
TITLES = {
    "who": N_("Specialty or practitioner"),
    "type": N_("Type of appointment"),
    "place": N_("Location"),
    "time": N_("Time"),
    "reason": N_("Reason"),
    "review": N_("Review"),
    "confirm": N_("Confirmation"),
}
# What stands in the row of steps, where room is short.
NAMES = TITLES | {"who": N_("Practitioner"), "type": N_("Type")}
FIELDS: dict[str, tuple[str, ...]] = {
    "who": ("who", "find"),
    "type": ("type", "elsewhere", "explained"),
    "place": ("postal_code", "place"),
    "time": (
        "day",
        "part",
        "weekday",
        "overbook",
        "wait_from",
        "wait_until",
        "wait_part",
        "wait_priority",
        "wait_reason",
        "wait_protected",
        *(f"wait_day_{day}" for day in range(1, 8)),
    ),
    "reason": ("reason", "details", "referral", "priority", "referred_on", "brings"),
    "review": ("protect", "count", "every", "unit", "rest"),
    "confirm": ("mail",),
}
MOST_REASON = 200
MOST_DETAILS = 2000
_KEPT = 20_000  # characters of a text that is kept in the draft although it is too long to be booked


class Answers(Struct, frozen=True):
    """What was typed and chosen, kept as typed."""

    who: str = ""
    find: str = ""
    type: str = ""
    postal_code: str = ""
    place: str = ""
    day: str = ""
    part: str = ""
    weekday: str = ""
    widened: str = ""
    slot: int = 0
    between: str = ""  # times that are taken are shown too
    overbook: str = ""  # why the patient is put in between
    over: str = ""  # the chosen time is one that is taken
    elsewhere: str = ""  # what must come before was done elsewhere
    explained: str = ""  # the preparation was explained, not on the telephone
    protect: str = ""  # no time was within the limit of the class: the protection path
    series: str = ""  # several visits are planned
    count: str = ""
    every: str = ""
    unit: str = ""
    others: dict[str, str] = {}  # the slots of the further visits, by their number
    rest: str = ""  # the later visits of the series move along
    waits: str = ""  # the wish on the waiting list that the draft ended with; `open`: one is about to be made
    wait_from: str = ""
    wait_until: str = ""
    wait_part: str = ""
    wait_priority: str = ""
    wait_reason: str = ""
    wait_protected: str = ""
    wait_day_1: str = ""
    wait_day_2: str = ""
    wait_day_3: str = ""
    wait_day_4: str = ""
    wait_day_5: str = ""
    wait_day_6: str = ""
    wait_day_7: str = ""
    reason: str = ""
    details: str = ""
    referral: str = ""
    priority: str = ""
    referred_on: str = ""
    brings: str = ""
    mail: str = ""

    @property
    def specialty(self) -> str:
        return self.who.removeprefix("specialty:") if self.who.startswith("specialty:") else ""

    @property
    def practitioner(self) -> str:
        return self.who.removeprefix("practitioner:") if self.who.startswith("practitioner:") else ""

    @property
    def service(self) -> str:
        return self.type.partition("|")[0]

    @property
    def channel(self) -> Channel | None:
        text = self.type.partition("|")[2]
        return Channel(text) if text in list(Channel) else None

    @property
    def location(self) -> str:
        return "" if self.place == "any" else self.place

    @property
    def wide(self) -> bool:
        """Whether a move may go to another person or place."""
        return self.widened == "yes"

    @property
    def on_weekday(self) -> int | None:
        """The only day of the week that suits, from 1 (Monday); None for any."""
        return int(self.weekday) if self.weekday in tuple("1234567") else None

    @property
    def wait_weekdays(self) -> tuple[int, ...]:
        """The days of the week on which somebody who waits could come; none means any."""
        return tuple(day for day in range(1, 8) if getattr(self, f"wait_day_{day}"))

    @property
    def from_day(self) -> date | None:
        try:
            return date.fromisoformat(self.day)
        except ValueError:
            return None


class About(Struct, frozen=True):
    """What the steps need of the patient."""

    name: str
    language: str
    born: str = ""
    postal_code: str = ""
    latitude: float | None = None
    longitude: float | None = None
    town: str = ""
    delegate: str = ""  # the person who books for the patient in the portal


class Wizard(Struct, frozen=True):
    """A draft of a booking, or of a move when it names an appointment from the start."""

    id: UUID
    mode: str
    state: str
    patient: str
    about: About
    conversation: UUID | None
    staff: str
    step: str
    answers: Answers
    appointment: UUID | None

    @property
    def steps(self) -> tuple[str, ...]:
        return RESCHEDULE if self.mode == "reschedule" else SCHEDULE

    @property
    def own(self) -> bool:
        """Whether the patient fills it in themselves, or somebody for them: by the rules for patients."""
        return self.staff == self.patient or bool(self.about.delegate)

    @property
    def owner(self) -> str:
        """The name under which it holds a time."""
        return f"wizard:{self.id}"


def typed(answers: Answers, step: str, form: dict[str, str]) -> Answers:
    """The answers with what a step's form says; fields that were not sent stay."""
    said = {name: form[name].strip()[:_KEPT] for name in FIELDS[step] if name in form}
    return kept(answers, replace(answers, **said))


def kept(before: Answers, now: Answers) -> Answers:
    """Forgets what an earlier answer's change makes meaningless, and nothing else."""
    if now.who != before.who and before.who:
        now = replace(now, type="", place="")
    if (now.who, now.type, now.place) != (before.who, before.type, before.place):
        now = replace(now, slot=0, over="", series="", others={})
    return now


def following(steps: tuple[str, ...], step: str) -> str:
    """The step after this one; the last one has none and stays."""
    return steps[min(steps.index(step) + 1, len(steps) - 1)]


def preceding(steps: tuple[str, ...], step: str) -> str:
    """The step before this one."""
    return steps[max(steps.index(step) - 1, 0)]


def errors_of(step: str, answers: Answers, *, moving: bool = False) -> dict[str, str]:
    """What is wrong with a step's answers, as message ids by field; whether choices exist is asked elsewhere."""
    match step:
        case "who" if not answers.specialty and not answers.practitioner:
            return {"who": N_("Choose a specialty or a practitioner.")}
        case "type" if not answers.service or answers.channel is None:
            return {"type": N_("Choose a type of appointment.")}
        case "place" if not answers.place:
            return {"place": N_("Choose a location, or any location.")}
        case "time":
            return _time_errors(answers)
        case "reason":
            return _reason_errors(answers, moving)
    return {}


def _time_errors(answers: Answers) -> dict[str, str]:
    errors = {}
    if answers.day and answers.from_day is None:
        errors["day"] = N_("Write a date.")
    if answers.part and answers.part not in PARTS_OF_DAY:
        errors["part"] = N_("This choice is not known.")
    if answers.weekday and answers.on_weekday is None:
        errors["weekday"] = N_("This choice is not known.")
    if not answers.slot:
        errors["slot"] = N_("Choose a time.")
    return errors


def _reason_errors(answers: Answers, moving: bool) -> dict[str, str]:
    errors = {}
    if not answers.reason and not moving:
        errors["reason"] = N_("Write the reason for the visit.")
    elif len(answers.reason) > MOST_REASON:
        errors["reason"] = N_("The reason is too long: 200 characters at most.")
    if len(answers.details) > MOST_DETAILS:
        errors["details"] = N_("The details are too long: 2,000 characters at most.")
    return errors


def first_unfinished(
    steps: tuple[str, ...], until: str, answers: Answers, *, moving: bool
) -> tuple[str, dict[str, str]]:
    """The first step before `until` that has errors, and these; or `until` itself."""
    for step in steps[: steps.index(until)]:
        if errors := errors_of(step, answers, moving=moving):
            return step, errors
    return until, {}


def as_row(answers: Answers) -> dict[str, object]:
    """The answers as they are stored."""
    return asdict(answers)
