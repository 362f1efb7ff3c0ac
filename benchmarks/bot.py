"""How well the embedded bot understands labelled phrases, how surely it hears red flags, and how long a turn takes."""

import importlib.util
import time
from pathlib import Path
from types import ModuleType

import yaml

from benchmarks import bot_turns
from sportello.bots import red_flags
from sportello.bots.engine import step
from sportello.bots.library import library
from sportello.bots.mind import mind_of
from sportello.bots.state import Said, State

_TESTS = Path(red_flags.__file__).parent / "tests"


def _measuring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measuring", _TESTS / "measuring.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(_arguments: list[str]) -> list[dict[str, object]]:
    """Shares are of all phrases; `unseen` and `apart` were never used to improve anything."""
    measuring = _measuring()
    found: list[dict[str, object]] = [
        {"what": f"understanding, {name}, {language or 'both'}", **measuring.rates(name, language)}
        for name in ("phrases", "unseen", "apart")
        for language in ("it", "en", None)
    ]
    return [*found, *_flags(), _turns(measuring), *bot_turns.rows()]


def _flags() -> list[dict[str, object]]:
    curated = yaml.safe_load((_TESTS / "red_flags.yaml").read_text())
    heard = {
        kind: [
            ("quiet" if a is None else "alarm" if a.certain else "ask")
            for text in texts
            for a in [red_flags.check(str(text))]
        ]
        for kind, texts in curated.items()
    }
    rows = [(f"red flags, {kind}", [one == kind for one in outcomes]) for kind, outcomes in heard.items()]
    for name in ("unseen", "apart", "daily", "later"):
        kept = yaml.safe_load((_TESTS / f"red_flags_{name}.yaml").read_text())
        rows += [
            (f"red flags {name}, {kind}", [(red_flags.check(text) is not None) == (kind == "heard") for text in texts])
            for kind, texts in kept.items()
        ]
    return [
        {"what": what, "phrases": float(len(right)), "right": round(sum(right) / len(right), 3)} for what, right in rows
    ]


def _turns(measuring: ModuleType) -> dict[str, object]:
    mind = mind_of(library(), clinic="Ospedale San Luca", emergency="112")
    texts = [one.text for one in measuring.outcomes("phrases")]
    took = []
    for text in texts * 3:
        began = time.perf_counter()
        step(mind, State("it"), Said(text))
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {
        "what": "a turn, without the database",
        "phrases": float(len(took)),
        "p50_ms": round(took[len(took) // 2], 2),
        "p99_ms": round(took[int(len(took) * 0.99)], 2),
    }
