"""The transcript in pages, for both audiences, and rows that look alike from page and line."""

import re

import pytest

from sportello.administration.actor import Actor
from sportello.conversations import transcript
from sportello.conversations.hearing import hearing_of
from sportello.conversations.posting import post, say
from sportello.conversations.states import State
from sportello.conversations.tests.conftest import Begin
from sportello.kit.house import House
from sportello.kit.ids import uuid7


@pytest.mark.parametrize("audience", ["all", "staff"])
async def test_pages_hold_every_row_once(house: House, begin: Begin, elena: Actor, audience: str) -> None:
    talk = await begin(State.ACTIVE, elena)
    for number in range(130):
        kind = "note" if number % 3 == 0 else "message"
        await post(
            house,
            talk.id,
            {"text": str(number)},
            sender=f"agent:{elena.id}",
            client_id=uuid7(),
            kind=kind,
            name="Elena",
        )
    rows: list[transcript.Row] = []
    before = None
    for _ in range(10):
        page = await transcript.page(house, talk, before=before, audience=audience)  # type: ignore[arg-type]
        assert len(page.rows) <= transcript.PAGE
        assert page.last == 133
        rows = page.rows + rows
        before = page.first
        if page.complete:
            break
    wanted = [e for e in await house.streams.since(talk.stream, 0, 500, audience) if e.kind != "context"]  # type: ignore[arg-type]
    assert [row.seq for row in rows] == [e.seq for e in wanted]
    assert transcript.merged(rows, rows) == rows


async def test_what_the_other_side_has_read_is_known(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    first = await post(house, talk.id, {"text": "a"}, sender=f"agent:{elena.id}", client_id=uuid7())
    await post(house, talk.id, {"text": "b"}, sender=f"agent:{elena.id}", client_id=uuid7())
    hearing_of(house).seen(talk.id, "patient", first.seq)
    await hearing_of(house).keep(house)
    page = await transcript.page(house, talk)
    assert [(r.text, r.state) for r in page.rows if r.kind == "message"] == [("a", "seen"), ("b", "sent")]


@pytest.mark.parametrize("language", ["it", "en"])
async def test_rows_are_escaped_and_named_by_their_message(
    house: House, begin: Begin, elena: Actor, language: str
) -> None:
    talk = await begin(State.ACTIVE, elena)
    client_id = uuid7()
    await post(house, talk.id, {"text": "<script>x</script>"}, sender="patient", client_id=client_id)

    async def offer(tx: object) -> None:
        await say(
            house,
            tx,
            talk.id,
            "Scelga",
            buttons=[{"text": "Sì <b>", "payload": "y"}],  # type: ignore[arg-type]
            article={"title": "Orari", "url": "/articles/orari", "excerpt": "…"},
            link={"title": "x", "url": "//evil"},
        )

    await house.db.run(offer)
    page = await transcript.page(house, talk)
    html = "".join(house.pages.fragment(language, "conversations/_message.html", message=row) for row in page.rows)
    assert f'id="m-{client_id}"' in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "Sì &lt;b&gt;" in html
    assert 'href="/articles/orari"' in html
    assert "//evil" not in html
    assert ("La conversazione è con Elena Conti." if language == "it" else "Elena Conti has the conversation.") in html


@pytest.mark.parametrize("language", ["it", "en"])
async def test_the_live_row_has_a_place_for_all_that_the_page_shows(house: House, language: str) -> None:
    html = house.pages.fragment(language, "conversations/_message_template.html")
    assert set(re.findall(r'data-field="(\w+)"', html)) == {"name", "at", "text", "extra", "delivery"}
    for state in State:
        assert f'data-moved-{state.value}="' in html
    assert "%(name)s" in html
