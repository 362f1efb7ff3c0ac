"""Takes scripts in from content files; a script said again replaces its steps, what was done in conversations stays."""

from sportello.kit.database import Transaction
from sportello.scripts import macros, store
from sportello.scripts.rules import problems
from sportello.scripts.texts import ScriptText, ScriptWords, StepText, StepWords

__all__ = ["BrokenScript", "ScriptText", "ScriptWords", "StepText", "StepWords", "load_scripts"]


class BrokenScript(ValueError):
    """A script that cannot be followed; the message names script, step and what is wrong."""


async def load_scripts(tx: Transaction, scripts: list[ScriptText]) -> int:
    """Keeps the scripts after checking them all; the number kept. Raises BrokenScript."""
    known = {script.slug for script in scripts} | {script.slug for script in await store.every(tx)}
    needs = {macro.name: macro.needs for macro in macros.REGISTRY.values()}
    if found := [problem for script in scripts for problem in problems(script, known, needs)]:
        raise BrokenScript("; ".join(found))
    for script in scripts:
        await store.keep(tx, script)
    return len(scripts)
