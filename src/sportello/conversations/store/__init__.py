"""Every statement on conversations: one, lists of them, what their streams say, how far each side has read."""

from sportello.conversations.store.lists import (
    Ongoing,
    count_by_state,
    of_agent,
    of_patient,
    ongoing,
    queued,
)
from sportello.conversations.store.talks import Conversation, Reader
from sportello.conversations.store.talks import read as get

__all__ = ["Conversation", "Ongoing", "Reader", "count_by_state", "get", "of_agent", "of_patient", "ongoing", "queued"]
