"""A post from a listener, through its gate, to an answer frame; the same for the socket and for the plain door."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.streams import frames
from sportello.kit.streams.shapes import FenceMoved, Grant, Listener, Post, Refused, StreamClosed, TryLater
from sportello.kit.streams.store import UNREACHABLE
from sportello.kit.traces import where

log = structlog.get_logger("line")

_body = msgspec.json.Decoder(dict[str, Any]).decode

FORBIDDEN = N_("You cannot write here.")
UNREADABLE = N_("The message could not be read.")
EMPTY = N_("The message is empty.")
TOO_LONG = N_("The message is too long.")
CLOSED = N_("This conversation has ended.")
LATER = N_("The message could not be saved yet; it will be sent again.")
FAILED = N_("The message could not be sent.")


async def take(
    house: House,
    listener: Listener,
    asked: frames.Asked,
    grant: Grant | None,
    regrant: Callable[[], Awaitable[Grant | None]],
) -> str:
    """The `ack` or `no` frame that answers a post; asks `regrant` when the right to post changed hands.

    Raises TryLater when the post was not taken but may be sent again as it is: what its sender wrote after it must
    then not overtake it.
    """
    stream, client_id = asked.s, asked.id

    def no(code: str, text: str, **params: object) -> str:
        return frames.no(code, translate(listener.language, text, **params), stream, client_id)

    gate = house.streams.gate_of(stream)
    if client_id is None:
        return no("unreadable", UNREADABLE)
    if gate is None:
        return no("forbidden", FORBIDDEN)
    try:
        body = _body(asked.b)
    except msgspec.DecodeError:
        return no("unreadable", UNREADABLE)
    if not body:
        return no("empty", EMPTY)
    post = Post(client_id, asked.k, body)
    refused: str | None = None
    for _ in range(3):
        try:
            if grant is None or not grant.may_post:
                refused = no("forbidden", FORBIDDEN)
            else:
                posted = await gate.post(house, listener, stream, grant, post)
                return frames.ack(stream, client_id, posted.seq)
        except FenceMoved:
            refused = None
        except StreamClosed:
            refused = no("closed", CLOSED)
        except Refused as refusal:
            if refusal.code != "forbidden":
                return no(refusal.code, refusal.message, **refusal.params)
            refused = no("forbidden", refusal.message or FORBIDDEN, **refusal.params)
        except UNREACHABLE as error:
            raise TryLater from error
        except TryLater:
            raise
        except ValueError:
            return no("unreadable", UNREADABLE)
        except Exception as error:
            log.error("a post failed", error=where(error))
            return no("failed", FAILED)
        # A right may have come a moment ago, by a hand-over whose news is still on its way to this socket.
        before, grant = grant, await regrant()
        if grant == before:
            break
    if refused is None:
        raise TryLater
    return refused


def later(listener: Listener, asked: frames.Asked) -> str:
    """The answer to a post that is to be sent again, for a door that takes one at a time."""
    return frames.no("later", translate(listener.language, LATER), asked.s, asked.id)
