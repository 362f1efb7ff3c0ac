"""Articles are kept by version, found by sloppy questions, shown only while approved."""

from datetime import date
from typing import Any

import msgspec
import pytest

from sportello.kit.house import House
from sportello.knowledge import reading, searching
from sportello.knowledge.loading import ArticleText, ArticleWords, BrokenArticle, load_articles
from sportello.knowledge.markdown import plain_text, render


def article(slug: str, title: str, body: str, **more: Any) -> ArticleText:
    """An approved article whose English is its Italian in English clothes."""
    it = ArticleWords(title=title, summary=f"{title}: in breve.", body=body, phrases=more.pop("phrases", ()))
    en = ArticleWords(title=more.pop("english", f"About {slug}"), summary="In short.", body="Text about it.")
    fixed = {"approved_by": "Sara Villa", "approved_on": date(2026, 1, 1), "review_by": date(2099, 1, 1)}
    return ArticleText(slug=slug, category="hospital", it=it, en=en, **{**fixed, **more})


HOURS = article(
    "opening-hours", "Orari degli sportelli", "Aperti dalle **8** alle 18.", answers="hours",
    english="Opening hours of the desks", phrases=("A che ora aprite?",),
)  # fmt: skip
PARKING = article(
    "parking", "Dove parcheggiare", "Il parcheggio è gratuito la prima mezz'ora.", english="Where to park"
)
FASTING = article(
    "fasting", "Come prepararsi agli esami del sangue", "Occorre il digiuno da otto ore.", topics=("book",)
)


@pytest.fixture
async def shelf(house: House) -> House:
    async with house.db.transaction() as tx:
        await load_articles(tx, [HOURS, PARKING, FASTING], house.clock)
    return house


async def test_loading_twice_changes_nothing_and_a_change_is_a_new_version(shelf: House) -> None:
    async with shelf.db.transaction() as tx:
        assert await load_articles(tx, [HOURS, PARKING], shelf.clock) == 0
    changed = msgspec.structs.replace(HOURS, it=msgspec.structs.replace(HOURS.it, summary="Aperti fino alle 19."))
    async with shelf.db.transaction() as tx:
        assert await load_articles(tx, [changed], shelf.clock) == 1
    found = await reading.by_slug(shelf.db, "opening-hours", "it")
    assert found is not None
    assert (found.version, found.summary) == (2, "Aperti fino alle 19.")
    english = await reading.by_slug(shelf.db, "opening-hours", "en")
    assert english is not None
    assert english.version == 1


@pytest.mark.parametrize(
    ("text", "language", "slug"),
    [
        ("a che ora aprite domani mattina?", "it", "opening-hours"),
        ("orari", "it", "opening-hours"),
        ("orarii sportelo", "it", "opening-hours"),
        ("posso parcheggiare la macchina?", "it", "parking"),
        ("PARCHEGGIO", "it", "parking"),
        ("devo essere a digiuno?", "it", "fasting"),
        ("esami sangue preparazione", "it", "fasting"),
        ("opening hours", "en", "opening-hours"),
        ("where can I park", "en", "parking"),
    ],
)
async def test_sloppy_questions_find_their_article(shelf: House, text: str, language: str, slug: str) -> None:
    found = await searching.search(shelf.db, language, text)
    assert found
    assert found[0].slug == slug, found


@pytest.mark.parametrize("text", ["", "   ", "🙂", "'; drop table knowledge.article; --", "& | ! ( ) :*", "zzz qqq"])
async def test_any_text_can_be_searched(shelf: House, text: str) -> None:
    assert len(await searching.search(shelf.db, "it", text)) <= 3


async def test_only_approved_articles_are_shown_and_only_reviewed_ones_quoted(shelf: House) -> None:
    draft = msgspec.structs.replace(PARKING, status="draft")
    late = msgspec.structs.replace(HOURS, review_by=date(2026, 2, 1))
    async with shelf.db.transaction() as tx:
        await load_articles(tx, [draft, late], shelf.clock)
    assert await reading.by_slug(shelf.db, "parking", "it") is None
    assert not [hit for hit in await searching.search(shelf.db, "it", "parcheggio") if hit.slug == "parking"]
    assert await reading.answering(shelf.db, "hours", "it", date(2026, 2, 1)) is not None
    assert await reading.answering(shelf.db, "hours", "it", date(2026, 2, 2)) is None
    assert "opening-hours" not in {a.slug for a in await reading.quotable(shelf.db, date(2026, 2, 2))}
    assert await reading.by_slug(shelf.db, "opening-hours", "it") is not None


async def test_a_broken_article_is_refused_by_name(house: House) -> None:
    broken = msgspec.structs.replace(HOURS, slug="Opening Hours", en=msgspec.structs.replace(HOURS.en, body=" "))
    with pytest.raises(BrokenArticle) as refused:
        async with house.db.transaction() as tx:
            await load_articles(tx, [broken], house.clock)
    assert "slug" in str(refused.value)
    assert "body is missing in en" in str(refused.value)


def test_markdown_cannot_carry_markup_or_foreign_links() -> None:
    html = render(
        "## T\n\n<script>alert(1)</script> [a](javascript:alert(1)) [b](http://x.it) ![i](https://x.it/i.png)"
    )
    assert "<script" not in html
    assert "javascript:" not in str(html).split("href")[-1] or "href" not in html
    assert "<img" not in html
    assert 'href="http:' not in html
    assert 'href="https://example.org/a" rel="noopener noreferrer"' in render("[x](https://example.org/a)")
    assert "<h3>T</h3>" in render("## T", title_level=2)
    assert plain_text("## T\n\n- a **b**") == "T a  b" or plain_text("## T\n\n- a **b**").split() == ["T", "a", "b"]
