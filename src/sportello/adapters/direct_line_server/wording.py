"""The lines that our own chat shows beside messages, for clients that can show nothing but messages."""

from typing import Any

from sportello.kit.i18n import N_, translate

_QUEUED = N_("You are in the queue. A person will answer you here; you can leave this page and come back.")
_JOINED = N_("%(name)s has joined the conversation.")
_ALSO = N_("%(name)s answers you too now.")
_GONE = N_("%(name)s has left the conversation.")
_ENDED = N_("This conversation has ended. Thank you for writing to us.")
_PLACES = {
    (True, False): N_("You are next in the queue."),
    (False, False): N_("Your place in the queue: %(place)s."),
    (True, True): N_("You are next in the queue: about %(minutes)s min."),
    (False, True): N_("Your place in the queue: %(place)s, about %(minutes)s min."),
}


def state_line(language: str, kind: str, body: dict[str, Any]) -> str:
    """What a patient is told of an event that is no message; empty when nothing is."""
    if kind == "party":
        line = {"joined": _ALSO, "left": _GONE}.get(str(body.get("event")), "")
        return translate(language, line, name=str(body.get("name", ""))) if line else ""
    if kind == "place":
        place, minutes = body.get("place"), body.get("minutes")
        return translate(language, _PLACES[place == 1, bool(minutes)], place=place, minutes=minutes)
    if kind != "moved":
        return ""
    if body.get("to") == "queued":
        return translate(language, _QUEUED)
    if body.get("to") == "active" and body.get("agent_name"):
        return translate(language, _JOINED, name=str(body["agent_name"]))
    return translate(language, _ENDED) if is_over(body) else ""


def is_over(body: dict[str, Any]) -> bool:
    """Whether a move ended the talk for the patient: the agents' work after it is none of theirs."""
    return body.get("to") == "wrap_up" or (body.get("to") == "closed" and body.get("from") != "wrap_up")
