"""What can be wrong with a bot elsewhere, in the words of its administrator."""

from sportello.kit.i18n import N_

SENTENCES = {
    "unreachable": N_("The bot cannot be reached: the address, the network, or the bot itself."),
    "failed": N_("The bot answers with an error, or not in time."),
    "nonsense": N_("What answers at this address does not speak the bot's protocol."),
    "refused": N_("The bot refuses us: the secret is wrong, or it has been changed."),
    "not-there": N_("There is nothing at this address that knows us."),
    "busy": N_("The bot takes nothing for now: it says that it is asked too often."),
    "silent": N_("The bot takes messages but has not answered in time."),
}


class BotTrouble(Exception):
    """`code` is one of SENTENCES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BotRefused(BotTrouble):
    """It said no, with an HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__("refused" if status in (401, 403) else "not-there")
        self.status = status


class BotBusy(BotTrouble):
    """It wants to be left alone for so many seconds; what was said to it was not delivered."""

    def __init__(self, seconds: float) -> None:
        super().__init__("busy")
        self.seconds = seconds


class ConversationGone(BotTrouble):
    """It does not know the conversation any more."""

    def __init__(self) -> None:
        super().__init__("not-there")
