"""Tries a list of red flags before it speaks: on sentences that somebody writes, and on the list's own."""

import asyncio

from msgspec import Struct

from sportello.bots.red_flags import ALIKE, Watch, watch_of

MOST = 200  # sentences of one trial
_LONGEST = 500  # characters of each


class Heard(Struct, frozen=True):
    """A sentence and what would come of it: alarm, ask or quiet, by which flag."""

    text: str
    outcome: str
    flag: str


class Trial(Struct, frozen=True):
    """`missed` are examples that are not heard, `disturbed` harmless sentences that are."""

    heard: tuple[Heard, ...] = ()
    examples: int = 0
    missed: tuple[str, ...] = ()
    harmless: int = 0
    disturbed: tuple[str, ...] = ()


async def attempt(text: str, sentences: str) -> Trial:
    """In a thread: a list has thousands of sentences of its own. Raises ValueError for a list that cannot be used."""
    return await asyncio.to_thread(_attempt, text, sentences)


def _attempt(text: str, sentences: str) -> Trial:
    watch = watch_of(text)
    lines = [line.strip()[:_LONGEST] for line in sentences.splitlines() if line.strip()][:MOST]
    known = watch.known
    return Trial(
        tuple(_heard(watch, line) for line in lines),
        len(known.examples),
        tuple(one for one in known.examples if not watch.check(one)),
        len(known.harmless),
        tuple(one for one in known.harmless if watch.check(one)),
    )


def _heard(watch: Watch, text: str) -> Heard:
    alarm = watch.check(text)
    if alarm is None:
        return Heard(text, "quiet", "")
    return Heard(text, "alarm" if alarm.certain else "ask", "" if alarm.flag == ALIKE else alarm.flag)
