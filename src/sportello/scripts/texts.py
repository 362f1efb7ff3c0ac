"""A script as its authors write it: topics, steps and words in both languages."""

from typing import Literal

from msgspec import Struct

LANGUAGES = ("it", "en")
StepKind = Literal["text", "macro", "script"]


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
    kind: StepKind
    it: StepWords
    en: StepWords
    macro: str = ""
    script: str = ""
    arguments: dict[str, str] = {}

    def words(self, language: str) -> StepWords:
        return self.it if language == "it" else self.en


class ScriptWords(Struct, frozen=True, forbid_unknown_fields=True):
    """A script's name and what it is for, in one language."""

    name: str
    description: str = ""


class ScriptText(Struct, frozen=True, forbid_unknown_fields=True):
    """A script. `topics` are the conversation topics for which it is offered ("reschedule", "book", "cancel", "info",
    "results", "emergency"; "*" fits every topic, after those named); with several for one topic the lower `rank` wins.
    """

    slug: str
    topics: tuple[str, ...]
    it: ScriptWords
    en: ScriptWords
    steps: tuple[StepText, ...]
    rank: int = 100

    def words(self, language: str) -> ScriptWords:
        return self.it if language == "it" else self.en
