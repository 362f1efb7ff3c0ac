"""What the house itself says around a bot elsewhere."""

from sportello.kit.i18n import N_, in_each

ANNOUNCED = N_(
    "You are writing with an automatic assistant of %(clinic)s: not a person. In an emergency call %(number)s. You can "
    "ask for a person at any time."
)
HOLD = N_("One moment, please: the answer is taking longer than usual.")
SORRY = N_(
    "I am sorry, something went wrong on our side. I am passing you to a person. In an emergency call %(number)s."
)
LATE = N_("The bot answered after the handover; the patient has not seen it: %(text)s")
_SUMMARIES = {
    "bot-asked": N_("The hospital's bot asks for a person. Please read the conversation."),
    "bot-timeout": N_("The hospital's bot did not answer in time; the patient's last message is not answered yet."),
    "bot-error": N_("The hospital's bot failed; the patient's last message may not be answered yet."),
    "bot-down": N_("The hospital's bot cannot be reached; nobody has answered the patient yet."),
}


def summary_of(reason: str) -> dict[str, str]:
    """For the agent, in each language."""
    return in_each(_SUMMARIES.get(reason, _SUMMARIES["bot-error"]))
