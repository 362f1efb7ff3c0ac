"""Finds conversations by the name of their visitor, for those who may read them."""

from uuid import UUID

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations.store import work
from sportello.conversations.store.talks import Conversation, Reader


async def by_name(reader: Reader, actor: Actor, text: str, limit: int) -> list[Conversation]:
    """The newest conversations whose visitor's name holds the text: one's own, or anybody's with the permission.

    Their content is not in the answer: opening one is what is recorded.
    """
    if actor.kind != "staff" or not text.strip():
        return []
    anybody = actor.may(Permission.READ_ANY_CONVERSATION) or actor.may(Permission.SUPERVISE)
    return await work.by_name(reader, text.strip(), None if anybody else UUID(actor.id), limit)
