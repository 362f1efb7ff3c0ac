"""The line for tests: who is signed in is said by a cookie."""

from typing import Any

from sportello.administration.actor import Actor
from sportello.conversations.store import Conversation
from sportello.kit.house import House
from sportello.kit.streams import Listener

STRANGER = Listener("patient", "somebody-else", "Carlo Neri", "it")


class Doors:
    """Whoever is let in here has a line, by a short name."""

    def __init__(self) -> None:
        self.known: dict[str, Listener] = {"stranger": STRANGER}

    def staff(self, *who: Actor) -> None:
        for one in who:
            name = one.name.split()[0].lower()
            self.known[name] = Listener("staff", one.id, one.name, one.language, one.permissions)

    def patient(self, name: str, talk: Conversation) -> None:
        """Somebody whose token opens this one conversation."""
        self.known[name] = Listener(
            "patient", f"visitor-{name}", name.title(), "it", frozenset({f"conversation:{talk.id}"})
        )

    def authenticate(self, _house: House, given: Any) -> Listener | None:
        return self.known.get(given if isinstance(given, str) else given.cookies.get("who", ""))
