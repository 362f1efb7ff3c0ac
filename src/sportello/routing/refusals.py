"""Why an answer to an offer comes to nothing, as a sentence for the agent."""

from sportello.conversations.moves import NotPossible
from sportello.kit.i18n import N_
from sportello.routing.store.offers import Offer

_GONE = {
    "accepted": N_("You have accepted this request already."),
    "rejected": N_("You have rejected this request already."),
    "lapsed": N_("The time to answer ran out: the request was passed on."),
    "lost": N_("The request was passed on while your connection was lost."),
    "withdrawn": N_("This request is over: the patient left, or somebody else has the conversation."),
}
_UNKNOWN = N_("This request is not yours, or does not exist.")


class OfferOver(NotPossible):
    """The offer has ended otherwise."""


def over(offer: Offer) -> OfferOver:
    """The refusal for an offer that has ended."""
    return OfferOver(_GONE[offer.outcome or "withdrawn"], f"offer-{offer.outcome}")


def unknown() -> OfferOver:
    """The refusal for somebody else's offer: the same as for none."""
    return OfferOver(_UNKNOWN, "unknown")
