"""Sends an approved article into a conversation: the words are the article's, the hand is the agent's, on record."""

from uuid import UUID, uuid5

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import posting
from sportello.conversations.moves import locked
from sportello.conversations.refusals import NotPossible, not_yours
from sportello.conversations.rules import agent_may_write
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.ids import uuid7
from sportello.knowledge import reading
from sportello.knowledge.reading import Article
from sportello.knowledge.rules import is_slug
from sportello.scripts import store
from sportello.scripts.events import ArticleSent

HERE_IS = N_("Here is some information that may help you: %(title)s")
NOT_APPROVED = N_("There is no approved article of this name.")


async def send_article(
    house: House,
    tx: Transaction,
    actor: Actor,
    conversation: UUID,
    slug: str,
    language: str = "",
    once: UUID | None = None,
) -> Article:
    """The article in the patient's language unless another is asked for; raises NotPossible with a reason.

    `once` names the pressing of a button: the same one again sends nothing more.
    """
    talk = await locked(tx, conversation)
    if str(talk.agent) != actor.id or not agent_may_write(talk.state):
        raise not_yours(talk.state)
    if not actor.may(Permission.KNOWLEDGE_SEND):
        raise NotPossible(code="forbidden")
    # The bot may have found that the patient writes another language than their browser's.
    spoken = [language, str(talk.context.get("language", "")), talk.language]
    language = next(one for one in spoken if one in house.settings.clinic.languages or one == talk.language)
    article = await reading.by_slug(tx, slug, language) if is_slug(slug) else None
    if article is None:
        raise NotPossible(NOT_APPROVED, "unknown")
    sending = uuid5(once, f"{conversation}/{slug}") if once else uuid7()
    if not await store.keep_sending(tx, sending, conversation, article, actor.id, house.clock.now()):
        return article
    words = translate(language, HERE_IS, title=article.title)
    await posting.say(
        house, tx, conversation, words, sender=f"agent:{actor.id}", name=actor.name, article=reading.card(article),
        client_id=sending,
    )  # fmt: skip
    detail = {"article": slug, "version": article.version, "language": language}
    await audit.record(
        house, tx, actor, "knowledge.sent", patient=talk.patient_id, entity=str(conversation), detail=detail
    )
    await house.news.announce(tx, ArticleSent(conversation, article.id, article.version, language, actor.id))
    return article
