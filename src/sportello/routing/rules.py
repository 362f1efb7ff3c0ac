"""The words of presence, and which of them end what rings."""

from enum import StrEnum

from sportello.kit.i18n import N_


class Presence(StrEnum):
    """Whether somebody takes work, in the words of contact centres."""

    AVAILABLE = "available"
    BUSY = "busy"
    DO_NOT_DISTURB = "do_not_disturb"
    AWAY = "away"
    OFFLINE = "offline"


PRESENCE_NAMES = {
    Presence.AVAILABLE: N_("Available"),
    Presence.BUSY: N_("Busy"),
    Presence.DO_NOT_DISTURB: N_("Do not disturb"),
    Presence.AWAY: N_("Away"),
    Presence.OFFLINE: N_("Offline"),
}
ENDS_OFFERS = frozenset({Presence.DO_NOT_DISTURB, Presence.AWAY, Presence.OFFLINE})
