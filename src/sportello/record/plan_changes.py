"""Who changed what in a care plan and when: the versions of the plan and of its goals, compared one by one."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from sportello.kit.i18n import N_, translate
from sportello.record.concepts import text_of
from sportello.record.dates import when
from sportello.record.items import Reader
from sportello.record.labels import ACHIEVEMENTS, STATUSES, said
from sportello.record.plan_draft import Draft, GoalRow, changed_by, draft_of
from sportello.record.ports import Resource

_FIELDS = (
    ("title", N_("Title")), ("status", N_("Status")), ("start", N_("Begins on")), ("end", N_("Ends on")),
    ("review", N_("To be reviewed by")), ("description", N_("Description")),
)  # fmt: skip


class Line(Struct, frozen=True):
    """What it is about, what it was, what it became; either is empty where there was nothing."""

    about: str
    before: str
    after: str


class Change(Struct, frozen=True):
    """A version that somebody wrote; `who` is empty when it came from another system."""

    at: datetime
    who: str
    lines: tuple[Line, ...]
    begins: bool = False


def changes(
    plan: Sequence[tuple[datetime, Resource]], goals: Sequence[Sequence[tuple[datetime, Resource]]], reader: Reader
) -> list[Change]:
    """Newest first; each list of versions comes newest first too."""
    found = []
    for number, (at, one) in enumerate(plan):
        before = plan[number + 1][1] if number + 1 < len(plan) else None
        lines = _plan_lines(before, one, reader) if before else ()
        found.append(Change(at, changed_by(one), lines, before is None))
    for versions in goals:
        found += [
            Change(at, changed_by(one), _goal_lines(versions[n + 1][1] if n + 1 < len(versions) else None, one, reader))
            for n, (at, one) in enumerate(versions)
        ]
    told = _together([one for one in found if one.lines or one.begins])
    return sorted(told, key=lambda one: one.at, reverse=True)


def _together(found: list[Change]) -> list[Change]:
    """What one person wrote at one moment is one change."""
    groups: dict[tuple[datetime, str], Change] = {}
    for one in found:
        there = groups.get((one.at, one.who))
        lines = (*there.lines, *one.lines) if there else one.lines
        groups[one.at, one.who] = Change(one.at, one.who, lines, one.begins or bool(there and there.begins))
    return list(groups.values())


def _plan_lines(before: Resource, after: Resource, reader: Reader) -> tuple[Line, ...]:
    was, now = draft_of(before, reader, {}), draft_of(after, reader, {})
    language = reader.language
    lines = [
        Line(translate(language, label), _shown(name, was, reader), _shown(name, now, reader))
        for name, label in _FIELDS
        if getattr(was, name) != getattr(now, name)
    ]
    if was.problems != now.problems:
        lines.append(Line(translate(language, "Because of"), _problems(was, reader), _problems(now, reader)))
    return (*lines, *_activity_lines(was, now, reader))


def _shown(name: str, draft: Draft, reader: Reader) -> str:
    value = str(getattr(draft, name))
    return said(STATUSES, value, reader.language) or value if name == "status" else _day(value, reader)


def _day(text: str, reader: Reader) -> str:
    """A date as people read it; anything else as it is."""
    found = when(text) if len(text) == len("2026-01-31") else None
    return found.shown_day(reader.language, reader.zone) if found else text


def _problems(draft: Draft, reader: Reader) -> str:
    texts = (text_of(reader.resources.get(ref, {}).get("code"), reader.language) or ref for ref in draft.problems)
    return ", ".join(texts)


def _activity_lines(was: Draft, now: Draft, reader: Reader) -> list[Line]:
    about = translate(reader.language, "Activity")

    def told(draft: Draft) -> list[str]:
        return [
            " · ".join(filter(None, (one.text, said(STATUSES, one.status, reader.language), one.who, one.when)))
            for one in draft.activities
        ]

    before, after = told(was), told(now)
    gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
    pairs = [
        (old, next((new for new in come if new.partition(" · ")[0] == old.partition(" · ")[0]), "")) for old in gone
    ]
    fresh = [one for one in come if one not in {new for _, new in pairs}]
    return [Line(about, old, new) for old, new in pairs] + [Line(about, "", one) for one in fresh]


def _goal_lines(before: Resource | None, after: Resource, reader: Reader) -> tuple[Line, ...]:
    was, now = (_told(one, reader) if one else "" for one in (before, after))
    about = translate(reader.language, "Goal")
    return (Line(about, was, now),) if was != now else ()


def _told(goal: Resource, reader: Reader) -> str:
    ref = f"Goal/{goal['id']}"
    alone = Reader(reader.language, reader.zone, {ref: goal})
    rows: tuple[GoalRow, ...] = draft_of({"goal": [{"reference": ref}]}, alone, {}).goals
    if not rows:
        return ""
    [row] = rows
    reached = said(ACHIEVEMENTS, row.reached, reader.language)
    return " · ".join(filter(None, (row.text, row.target, _day(row.due, reader), reached)))
