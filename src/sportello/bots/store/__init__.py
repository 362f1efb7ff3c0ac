"""Every statement of the room: talks and their turns here; editions, and what is counted, in files of their own."""

from sportello.bots.store.talks import (
    Reader,
    Talk,
    Turn,
    add_turn,
    begin,
    caught_up,
    end,
    get,
    keep,
    keep_feedback,
    lock,
    open_talks,
    resume,
    turns_of,
)

__all__ = [
    "Reader", "Talk", "Turn", "add_turn", "begin", "caught_up", "end", "get", "keep", "keep_feedback", "lock",
    "open_talks", "resume", "turns_of",
]  # fmt: skip
