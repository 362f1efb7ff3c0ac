"""What is masked, what stays, whose words, before anything is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.administration.actor import Actor
from sportello.conversations import posting, safekeeping
from sportello.conversations.links import parts
from sportello.conversations.masking import mask
from sportello.conversations.safekeeping import Safekeeping
from sportello.conversations.states import State
from sportello.conversations.tests.conftest import Begin
from sportello.kit.house import House
from sportello.kit.ids import uuid7

BOTH = frozenset({"card", "fiscal"})


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("carta 4111 1111 1111 1111 grazie", "carta •••• •••• •••• 1111 grazie"),
        ("4111-1111-1111-1111", "••••-••••-••••-1111"),
        ("4111111111111112", "4111111111111112"),  # the check digit is wrong
        ("+39 333 1234567", "+39 333 1234567"),
        ("protocollo 1234567890128", "protocollo 1234567890128"),
        ("il mio CF è RSSMRA85T10A562S.", "il mio CF è ••••••••••••562S."),
        ("rss mra 85t10a562s", "rss mra 85t10a562s"),  # not the form in which people write it
        ("rssmra85t10a562s", "••••••••••••562s"),
        ("RSSMRA85T10A562X", "RSSMRA85T10A562X"),
        ("", ""),
    ],
)
def test_secrets_are_told_by_their_check_digits(said: str, kept: str) -> None:
    assert mask(said, BOTH) == kept


def test_what_is_not_asked_for_stays() -> None:
    assert mask("4111111111111111 RSSMRA85T10A562S", frozenset({"card"})) == "••••••••••••1111 RSSMRA85T10A562S"
    assert mask("4111111111111111", frozenset()) == "4111111111111111"


@given(st.text(max_size=300))
def test_masking_twice_is_masking_once_and_links_put_together_are_the_text(text: str) -> None:
    once = mask(text, BOTH)
    assert mask(once, BOTH) == once
    assert len(once) == len(text)
    assert "".join(part.text for part in parts(text)) == text


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("vedi https://www.ospedale.it/orari.", [("https://www.ospedale.it/orari", "www.ospedale.it")]),
        ("https://ospedale.it@evil.example/x", [("https://ospedale.it@evil.example/x", "evil.example")]),
        ("https://оспедале.it", [("https://оспедале.it", "xn--80ahcc3aohp.it")]),
        ("javascript:alert(1) data:text/html,x ftp://x", []),
        ("http://", []),
        ("http://[::1", []),
        ("http://a:99999999/", []),
    ],
)
def test_only_web_addresses_become_links_and_show_their_host(text: str, links: list[tuple[str, str]]) -> None:
    assert [(part.href, part.host) for part in parts(text) if part.href] == links


async def test_a_card_never_reaches_the_database(house: House, begin: Begin, elena: Actor, marta: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    for sender in ("patient", f"agent:{elena.id}"):
        await posting.post(house, talk.id, {"text": "4111 1111 1111 1111"}, sender=sender, client_id=uuid7())
    texts = await house.db.fetch("select body->>'text' as said from kit.event where kind = 'message'")
    assert [row["said"] for row in texts] == ["•••• •••• •••• 1111"] * 2
    rules = Safekeeping(card_patient=False)
    await house.db.run(lambda tx: safekeeping.change(house, tx, marta, rules))
    await posting.post(house, talk.id, {"text": "4111 1111 1111 1111"}, sender="patient", client_id=uuid7())
    last = await house.db.fetchval(
        "select body->>'text' from kit.event where kind = 'message' order by seq desc limit 1"
    )
    assert last == "4111 1111 1111 1111", "a change holds at once"
    assert await house.db.fetchval(
        "select detail->'changed' from administration.audit_event where action = 'conversation.settings'"
    ) == ["card_patient"]
