"""What the palette can do besides opening things: each is a button that stands on the page, pressed by its name."""

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.kit.i18n import N_, translate
from sportello.routing.rules import PRESENCE_NAMES


class Command(Struct, frozen=True):
    """`run` is the name the page's script knows; `within` a conversation only; `words` find it too."""

    run: str
    title: str
    icon: str
    permission: str = ""
    within: bool = False
    words: str = ""


PRESENCE = N_("Presence: %(name)s")
COMMANDS = (
    Command("end", N_("End the conversation"), "check", "conversation.take", within=True),
    Command("release", N_("Put back into the queue"), "queue", "conversation.take", within=True),
    Command("desk:consult", N_("Ask a colleague for advice"), "people", within=True, words="/consult"),
    Command("desk:join", N_("Add a colleague to the conversation"), "people", within=True, words="/join"),
    Command("desk:transfer", N_("Transfer to a colleague"), "people", within=True, words="/transfer"),
    Command("desk:queue", N_("Transfer to a queue"), "queue", within=True, words="/queue"),
    Command("compose", N_("Write to the patient"), "chat", within=True),
    Command("silence", N_("Silence"), "mute", "conversation.take", words=N_("sound bell")),
    Command("density:compact", N_("Compact rows"), "board", words=N_("density size")),
    Command("density:comfortable", N_("Comfortable rows"), "board", words=N_("density size")),
    Command("theme:light", N_("Light colours"), "sun", words=N_("theme day")),
    Command("theme:dark", N_("Dark colours"), "sun", words=N_("theme night")),
    Command("theme:", N_("Colours of the system"), "sun", words=N_("theme")),
    Command("help", N_("Keyboard"), "keyboard", words=N_("help keys shortcuts")),
    Command("sign-out", N_("Sign out"), "leave", words=N_("leave log off")),
)


def offered(actor: Actor, *, within: bool) -> list[tuple[Command, str, str]]:
    """The commands open to somebody, with title and further words in their language."""
    language = actor.language
    found = [
        (one, translate(language, one.title), translate(language, one.words) if one.words else "")
        for one in COMMANDS
        if (within or not one.within) and (not one.permission or actor.may(one.permission))
    ]
    if actor.may("conversation.take"):
        for presence, name in PRESENCE_NAMES.items():
            title = translate(language, PRESENCE, name=translate(language, name))
            found.append((Command(f"presence:{presence.value}", title, "person"), title, ""))
    return found
