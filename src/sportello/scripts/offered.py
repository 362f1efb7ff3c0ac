"""Which script a conversation follows: the one an agent chose, else the one for its topic."""

from sportello.conversations.store.talks import Conversation
from sportello.scripts import store
from sportello.scripts.rules import fitting
from sportello.scripts.texts import ScriptText


async def offered(reader: store.Reader, talk: Conversation) -> tuple[ScriptText | None, list[ScriptText]]:
    """The script, and all that can be chosen instead."""
    scripts = await store.every(reader)
    chosen = await store.chosen(reader, talk.id)
    by_slug = {script.slug: script for script in scripts}
    return by_slug.get(chosen or "") or fitting(scripts, talk.topic), scripts
