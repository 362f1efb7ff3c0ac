"""What makes a script fit to be followed, and which one fits a topic; pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

from sportello.scripts.texts import LANGUAGES, ScriptText, StepText

PLACES = ("patient", "agent", "clinic")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_PLACE = re.compile(r"\{(\w*)\}")


def is_slug(text: str) -> bool:
    """Whether a stranger's text can name a script or a step at all."""
    return bool(_SLUG.fullmatch(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its known places filled; anything else in braces stays as written."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def fitting(scripts: Sequence[ScriptText], topic: str | None) -> ScriptText | None:
    """The script offered for a topic: one that names it, else one for every topic; the lower rank, then the slug."""
    by_rank = sorted(scripts, key=lambda script: (script.rank, script.slug))
    named = (script for script in by_rank if topic and topic in script.topics)
    general = (script for script in by_rank if "*" in script.topics)
    return next(named, None) or next(general, None)


def problems(script: ScriptText, known_scripts: Iterable[str], known_macros: Mapping[str, frozenset[str]]) -> list[str]:
    """Everything that keeps a script out, in words; `known_macros` says which arguments each macro needs."""
    here = f"script {script.slug}"
    found = [] if is_slug(script.slug) else [f"{here}: the slug takes small letters, digits and hyphens"]
    if not script.steps:
        found.append(f"{here}: it has no steps")
    unnamed = [language for language in LANGUAGES if not script.words(language).name.strip()]
    found += [f"{here}: its name is missing in {language}" for language in unnamed]
    slugs = [step.slug for step in script.steps]
    found += [f"{here}: two steps are called {slug}" for slug in set(slugs) if slugs.count(slug) > 1]
    for step in script.steps:
        wrong = _step_problems(script, step, known_scripts, known_macros)
        found += [f"{here}, step {step.slug}: {what}" for what in wrong]
    return found


def _step_problems(
    script: ScriptText, step: StepText, known_scripts: Iterable[str], known_macros: Mapping[str, frozenset[str]]
) -> list[str]:
    found = [] if is_slug(step.slug) else ["the slug takes small letters, digits and hyphens"]
    for language in LANGUAGES:
        words = step.words(language)
        if not words.title.strip():
            found.append(f"its title is missing in {language}")
        unknown = set(_PLACE.findall(words.title + words.text)) - set(PLACES)
        found += [f"there is no place {{{place}}} in {language}" for place in sorted(unknown)]
    if step.kind == "macro":
        if step.macro not in known_macros:
            found.append(f"there is no macro {step.macro!r}; there are {', '.join(sorted(known_macros))}")
        elif missing := known_macros[step.macro] - set(step.arguments):
            found.append(f"macro {step.macro} needs {', '.join(sorted(missing))}")
    if step.kind == "script" and (step.script not in known_scripts or step.script == script.slug):
        found.append(f"it shows script {step.script!r}, which is not there or is this one")
    return found
