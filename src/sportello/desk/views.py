"""What the desk's templates show: plain records, translated, without a way back to the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.conversations.states import STATE_NAMES, State
from sportello.desk import tabs
from sportello.desk.rules import Tab
from sportello.desk.store import Session
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.web.site_map import site_map

_KINDS = {
    State.BOT: "info", State.QUEUED: "warn", State.OFFERED: "warn", State.ACTIVE: "ok", State.WRAP_UP: "strong",
}  # fmt: skip
REASONS = {
    "asked": N_("The patient asked for a person"),
    "red-flag": N_("Possible urgency"),
    "not-understood": N_("The bot did not understand"),
    "bot-asked": N_("The hospital's bot asked for a person"),
    "bot-timeout": N_("The bot did not answer in time"),
    "bot-error": N_("The bot failed"),
    "bot-down": N_("The bot cannot be reached"),
    "failure": N_("The bot could not go on"),
    "direct": N_("Came straight to people"),
    "callback": N_("Wants to be called back"),
    "reopened": N_("The patient has written again"),
}
# The topics that the embedded bot and the scripts know; other topics are shown as they were written.
TOPICS = {
    "book": N_("Book a visit"),
    "reschedule": N_("Move a visit"),
    "cancel": N_("Cancel a visit"),
    "results": N_("Results"),
    "info": N_("Information"),
    "identity": N_("Identity"),
    "emergency": N_("Possible urgency"),
}
LANGUAGE_NAMES = {"it": "Italiano", "en": "English"}


class TabView(Struct, frozen=True):
    """A tab as it stands in the row of tabs."""

    id: str
    url: str
    title: str
    icon: str
    kind: str = ""


class Choice(Struct, frozen=True):
    """What "+" can open."""

    kind: str
    url: str
    title: str
    icon: str
    group: str = ""
    words: str = ""


class TabsView(Struct, frozen=True):
    """The row of tabs of one session; `id` is the conversation's or "home"."""

    id: str
    tabs: Sequence[TabView]
    current_tab: str
    choices: Sequence[Choice]
    linkable: bool = False


class SessionItem(Struct, frozen=True):
    """A line in the list of sessions."""

    id: str
    name: str
    topic: str
    state_name: str
    state_kind: str
    unread: int
    waiting_since: datetime | None

    @property
    def state_text(self) -> str:
        if self.topic and self.state_kind == "ok":
            return self.topic
        return f"{self.state_name} · {self.topic}" if self.topic else self.state_name


class SessionView(Struct, frozen=True):
    """A conversation on the stage; `linkable` when nobody has said yet which patient it concerns.

    `role` is what the reader is in it: `owner`, `member` (writes beside the owner), `consulted`, or nothing.
    """

    id: str
    name: str
    title: str
    patient: str | None
    state: str
    state_text: str
    state_kind: str
    topic: str
    reason_text: str
    summary: str
    language: str
    language_text: str
    started_at: datetime
    last_seq: int
    messages: Sequence[Any]
    complete: bool
    quiet: bool
    writable: bool
    wrap_up: bool
    wrap_up_note: str
    draft: str
    tabs: Sequence[TabView]
    current_tab: str
    choices: Sequence[Choice]
    linkable: bool
    role: str = ""
    owner_name: str = ""
    sharing: Any = None


def staff_id(actor: Actor) -> UUID:
    """The member of staff behind an actor."""
    return UUID(actor.id)


def state_words(state: State, language: str) -> tuple[str, str]:
    """A state's name and the kind of its badge."""
    return translate(language, STATE_NAMES[state]), _KINDS.get(state, "")


def topic_words(topic: str, language: str) -> str:
    """A topic's name, or the topic as it was written."""
    return translate(language, TOPICS[topic]) if topic in TOPICS else topic


def reason_words(code: str, language: str) -> str:
    """Why the bot handed over; a code that is not known says nothing."""
    return translate(language, REASONS[code]) if code in REASONS else ""


def tab_views(house: House, session: Session, language: str) -> list[TabView]:
    """The session's tabs, titled."""
    return [
        TabView(tab.id, tab.url, tabs.title_of(house, tab, language), tabs.icon_of(house, tab), tab.kind)
        for tab in session.tabs
    ]


def choices(
    house: House, language: str, permissions: frozenset[str], patient: str | None, conversation: str | None
) -> list[Choice]:
    """What "+" offers: places whose permission the person has and whose patient or conversation is at hand."""
    found = []
    for place in site_map(house).all():
        url = place.url(patient, conversation)
        if url and place.open_to(permissions):
            group, title = translate(language, place.group), translate(language, place.title)
            words = translate(language, place.words) if place.words else ""
            found.append(Choice(place.key, url, title, place.icon, group, words))
    return found


def first_tabs(offered: Sequence[Choice], wanted: Sequence[str], script: str, conversation: str) -> tuple[Tab, ...]:
    """What a new session opens with: the places its workstream names, in their order, as far as they are offered.

    `script` is one of the workstream's own: it stands where otherwise the one that fits the topic would.
    """
    by_key = {choice.kind: choice for choice in offered}
    found = [by_key[key] for key in dict.fromkeys(wanted) if key in by_key]
    own = f"/desk/scripts/{quote(script, safe='')}?conversation={conversation}"
    return tuple(tabs.new_tab(own if script and one.kind == "script" else one.url, one.kind) for one in found)
