"""Where readers come in: patients to published articles, staff to search and to one article beside their work.

Staff's searches travel in the body of a POST: the words may be a patient's.
"""

from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Response

from sportello.administration.permissions import Permission, requires
from sportello.kit.house import House
from sportello.kit.ids import as_uuid, uuid7
from sportello.knowledge import reading, searching
from sportello.knowledge.markdown import render
from sportello.knowledge.rules import CATEGORIES, is_slug
from sportello.knowledge.words import CATEGORY_NAMES

_OPEN = {"open_door": "published articles are for everybody"}


@get("/articles", opt=_OPEN)
async def all_articles(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """Every approved article by category."""
    language = _language(request, house)
    articles = await reading.approved(house.db, language)
    shelves = [(name, [a for a in articles if a.category == name]) for name in CATEGORIES]
    return house.pages.render(
        request, "knowledge/articles.html", shelves=[s for s in shelves if s[1]], names=CATEGORY_NAMES
    )


@get("/articles/{slug:str}", opt=_OPEN)
async def article_page(request: Request[Any, Any, Any], house: House, slug: str) -> Response[Any]:
    """One approved article; `?language=` shows it in the language in which it was sent."""
    article = await _found(house, slug, _language(request, house))
    return house.pages.render(request, "knowledge/article.html", article=article, body=render(article.body))


@get("/desk/knowledge", guards=[requires(Permission.KNOWLEDGE_READ)])
async def desk_search(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """The search, with all articles below it; `?conversation=` lets each be sent into that conversation."""
    conversation = _conversation(request.query_params.get("conversation"))
    return await _shown(request, house, "", _language(request, house), conversation)


@post("/desk/knowledge", status_code=200, guards=[requires(Permission.KNOWLEDGE_READ)])
async def desk_found(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """What was found, in the asked language, which is the patient's more often than the agent's."""
    form = await request.form()
    language = str(form.get("language") or "")
    language = language if language in house.settings.clinic.languages else _language(request, house)
    sought = str(form.get("q") or "")[: searching.LONGEST]
    return await _shown(request, house, sought, language, _conversation(form.get("conversation")))


@get("/desk/knowledge/{slug:str}", guards=[requires(Permission.KNOWLEDGE_READ)])
async def desk_article(request: Request[Any, Any, Any], house: House, slug: str) -> Response[Any]:
    """One article in a tab of the desk."""
    language = _language(request, house)
    article = await _found(house, slug, language)
    overdue = article.is_overdue(reading.today(house))
    return _answer(
        request, house, "one", article=article, body=render(article.body, 2), overdue=overdue,
        names=CATEGORY_NAMES, conversation=_conversation(request.query_params.get("conversation")), shown_in=language,
    )  # fmt: skip


async def _shown(
    request: Request[Any, Any, Any], house: House, sought: str, language: str, conversation: str | None
) -> Response[Any]:
    if sought.strip():
        found = await searching.search(house.db, language, sought, 20)
        rows = [(hit.slug, hit.title, hit.excerpt, hit.category, hit.review_by) for hit in found]
    else:
        articles = await reading.approved(house.db, language)
        rows = [(a.slug, a.title, a.summary, a.category, a.review_by) for a in articles]
    return _answer(
        request, house, "search", sought=sought, rows=rows, names=CATEGORY_NAMES, shown_in=language,
        conversation=conversation, today=reading.today(house), languages=house.settings.clinic.languages,
    )  # fmt: skip


def _answer(request: Request[Any, Any, Any], house: House, template: str, **context: Any) -> Response[Any]:
    """The part alone inside the desk, or framed as a page when opened by its address."""
    file = f"knowledge/{template}.html"
    if request.headers.get("hx-request") != "true":
        context, file = {**context, "inner": file}, "knowledge/page.html"
    return house.pages.render(request, file, once=uuid7(), **context)


async def _found(house: House, slug: str, language: str) -> reading.Article:
    article = await reading.by_slug(house.db, slug, language) if is_slug(slug) else None
    if article is None:
        raise NotFoundException
    return article


def _conversation(text: object) -> str | None:
    found = as_uuid(str(text or ""))
    return str(found) if found else None


def _language(request: Request[Any, Any, Any], house: House) -> str:
    asked = request.query_params.get("language", "")
    if asked in house.settings.clinic.languages:
        return asked
    return str(request.scope.get("state", {}).get("language", house.settings.clinic.languages[0]))


ROUTES = [all_articles, article_page, desk_search, desk_found, desk_article]
