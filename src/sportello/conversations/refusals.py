"""Why something cannot be done with a conversation, as a sentence for whoever tried."""

from sportello.conversations.states import State
from sportello.kit.i18n import N_

MOVED_ON = N_("This conversation has moved on meanwhile.")
NOT_KNOWN = N_("This conversation does not exist.")
NOT_YOURS = N_("This conversation is not yours.")
NOTE_WANTED = N_("Write a note before you close: what was asked and what was done.")
NOTE_TOO_LONG = N_("This note is too long: at most 4,000 characters.")
NO_PATIENT = N_("There is no such patient, or you may not see them.")
NOT_WITH_YOU = N_("This can be done only while an agent talks with the patient.")
ASKED_ALREADY = N_("%(name)s has been asked already and has not answered yet.")
TRANSFER_ASKED = N_("Somebody is being asked already to take this conversation over.")
TAKES_PART = N_("%(name)s takes part in this conversation already.")
NO_INVITATION = N_("This invitation is not yours, or does not exist.")
INVITATION_OVER = {
    "accepted": N_("You have accepted this invitation already."),
    "declined": N_("You have declined this invitation already."),
    "lapsed": N_("The time to answer this invitation ran out."),
    "withdrawn": N_("This invitation is over: it was withdrawn, or the conversation has moved on."),
}
_BY_STATE = {
    State.BOT: N_("This conversation is with the bot."),
    State.QUEUED: N_("This conversation is waiting in the queue again."),
    State.OFFERED: N_("This conversation is being offered to an agent."),
    State.ACTIVE: N_("A colleague was quicker: this conversation is taken."),
    State.WAITING: N_("A colleague was quicker: this conversation is taken."),
    State.WRAP_UP: N_("This conversation has ended."),
    State.CLOSED: N_("This conversation is closed."),
}


class NotPossible(Exception):
    """`message` is a translatable sentence with `params`, `code` is for machines, `state` where the conversation is."""

    def __init__(
        self, message: str = MOVED_ON, code: str = "moved", state: State | None = None, **params: object
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.state = state
        self.params = params


class NoSuchConversation(NotPossible):
    """There is no conversation of this id."""

    def __init__(self) -> None:
        super().__init__(NOT_KNOWN, "unknown")


def moved_on(state: State) -> NotPossible:
    """Somebody was quicker: the conversation is not where the mover thought."""
    return NotPossible(_BY_STATE[state], "moved", state)


def not_yours(state: State) -> NotPossible:
    return NotPossible(NOT_YOURS, "not-yours", state)
