"""Takes scripts in from content files; a script said again replaces its steps, what was done in conversations stays."""

from typing import Literal

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scripts import store


class StepWords(Struct, frozen=True, forbid_unknown_fields=True):
    """A step in one language. `{patient}`, `{agent}` and `{clinic}` in either text are filled in when it is shown."""

    title: str
    text: str = ""


class StepText(Struct, frozen=True, forbid_unknown_fields=True):
    """A step. `slug` is unique in its script and stays when steps are reordered.

    kind "text": an instruction, marked as done. kind "macro": `macro` is a registered name (schedule_appointment,
    reschedule_appointment, send_article, open_patient_timeline, end_conversation), `arguments` its values, as
    {"article": "opening-hours"}. kind "script": `script` is the slug of another script, shown in place.
    """

    slug: str
    kind: Literal["text", "macro", "script"]
    it: StepWords
    en: StepWords
    macro: str = ""
    script: str = ""
    arguments: dict[str, str] = {}


class ScriptWords(Struct, frozen=True, forbid_unknown_fields=True):
    """A script's name and what it is for, in one language."""

    name: str
    description: str = ""


class ScriptText(Struct, frozen=True, forbid_unknown_fields=True):
    """A script. `topics` are the conversation topics for which it is offered ("reschedule", "book", "cancel", "info",
    "results", "emergency"; "*" fits every topic, after those named); with several for one topic the lower `rank` wins."""

    slug: str
    topics: tuple[str, ...]
    it: ScriptWords
    en: ScriptWords
    steps: tuple[StepText, ...]
    rank: int = 100


class BrokenScript(ValueError):
    """A script that cannot be followed; the message names script, step and what is wrong."""


async def load_scripts(tx: Transaction, scripts: list[ScriptText]) -> int:
    """Keeps the scripts after checking them all; the number kept. Raises BrokenScript."""
    from sportello.scripts.rules import problems

    known = {script.slug for script in scripts} | await store.slugs(tx)
    if found := [problem for script in scripts for problem in problems(script, known)]:
        raise BrokenScript("; ".join(found))
    for script in scripts:
        await store.keep(tx, script)
    return len(scripts)
