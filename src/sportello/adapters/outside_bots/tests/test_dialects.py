"""Every dialect in which a bot asks for a person, ends, or fails; whatever else comes shows and breaks nothing."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportello.adapters.direct_line.reading import Inbox
from sportello.adapters.outside_bots.connection import DEFAULT_RULES
from sportello.adapters.outside_bots.dialects import (
    Terms,
    clean_context,
    effects_of,
    read_rules,
    safe_links,
)
from sportello.adapters.outside_bots.trace import masked
from sportello.bots.ports import End, Escalate, Say, Typing

ALL = Terms(read_rules(DEFAULT_RULES), own="dl_me")
BRIDGED = Terms(read_rules(DEFAULT_RULES), "bridged")
BOT = {"id": "bot", "role": "bot"}


def heard(activity: dict[str, Any], terms: Terms = ALL) -> list[str]:
    return [type(one).__name__ for one in effects_of({"from": BOT} | activity, terms, "it")]


def tagged(tags: Any, text: str = "riservato", **data: Any) -> dict[str, Any]:
    return {"type": "message", "text": text, "channelData": {"tags": tags, **data}}


@pytest.mark.parametrize(
    ("activity", "means"),
    [
        ({"type": "event", "name": "handoff.initiate", "value": {}}, ["Escalate"]),
        ({"type": "event", "name": "handoff.initiate", "value": None, "attachments": [{"content": []}]}, ["Escalate"]),
        ({"type": "event", "name": "ShareLocationEvent"}, []),
        (tagged('{"type":"Escalate","context":{}}'), ["Escalate"]),
        (tagged({"type": "Escalate", "context": {"n": 1}}), ["Escalate"]),
        (tagged("{not json"), ["Say"]),
        (tagged('{"type":"Escalate","context":{"IDNumber":"RSSM'), ["Escalate"]),
        (tagged("{'type': 'EndConversation'}", "Arrivederci"), ["Say", "End"]),
        (tagged("Escalate"), ["Escalate"]),
        (tagged('{"type":"EndConversation","context":{}}', "Arrivederci"), ["Say", "End"]),
        ({"type": "handoff", "value": {"type": "transferToAgent", "message": "aiuto", "context": {}}}, ["Escalate"]),
        ({"type": "endOfConversation", "code": "completedSuccessfully"}, ["End"]),
        ({"type": "message", "text": "Exception caught : bot failure"}, ["Escalate"]),
        ({"type": "message", "text": "  "}, []),
        ({"type": "typing"}, ["Typing"]),
        ({"type": "message", "text": "\u200b\u0001"}, []),
        ({"type": "message", "attachments": [{"contentUrl": "https://a.example/mappa.png", "name": "Mappa"}]}, ["Say"]),
        ({"type": "message", "attachments": [{"contentUrl": "file:///etc/passwd"}]}, []),
        ({"type": "trace", "text": "stack"}, []),
        ({"type": "message", "text": "io", "from": {"id": "x", "role": "user"}}, []),
        ({"type": "message", "text": "io", "from": {"id": "dl_me"}}, []),
    ],
)  # fmt: skip
def test_what_an_activity_means(activity: dict[str, Any], means: list[str]) -> None:
    assert heard(activity) == means


@pytest.mark.parametrize(
    "text",
    [
        "Exception caught : bot failure", "The bot encountered an error or bug.",
        "System.NullReferenceException: Object reference not set to an instance of an object.",
        "Traceback (most recent call last):\n  File \"bot.py\"", "java.lang.NullPointerException: null",
        "TypeError: Cannot read properties of undefined (reading 'text')", "KeyError: 'visita'",
        "Error: Request failed with status code 500", "<html><body><h1>502 Bad Gateway</h1></body></html>",
        "<!DOCTYPE html><title>Error</title>", '{"error":{"code":"BotError","message":"x"}}',
        "503 Service Temporarily Unavailable", "Internal Server Error",
    ],
)  # fmt: skip
def test_what_kits_and_gateways_say_when_they_fail_is_never_shown(text: str) -> None:
    (found,) = effects_of({"type": "message", "text": text, "from": BOT}, ALL, "it")
    assert isinstance(found, Escalate)
    assert found.reason == "bot-error"
    assert not found.summary, "the agent is not shown it either"


@pytest.mark.parametrize(
    "text",
    ["Il codice inserito non è valido: riprovi.", "C'è stato un errore nella data, può ripeterla?",
     "Facciamo un'eccezione: venga alle 8.", "Your reference number is 503."],
)  # fmt: skip
def test_a_bot_that_speaks_of_errors_is_still_heard(text: str) -> None:
    assert heard({"type": "message", "text": text}) == ["Say"]


def test_what_is_for_the_agent_and_what_for_the_patient() -> None:
    assert heard(tagged({"type": "Escalate"}), BRIDGED) == ["Escalate"]
    assert heard({"type": "message", "text": "pensando"}, BRIDGED) == []
    assert heard({"type": "message", "text": "ecco", "channelData": {"deliveryMode": "bridged"}}, BRIDGED) == ["Say"]
    (found,) = effects_of({"from": BOT} | tagged({"type": "Escalate"}, "Riassunto"), ALL, "it")
    assert isinstance(found, Escalate)
    assert found.summary == "Riassunto"


def test_a_transcript_that_comes_with_a_handover_is_shown_to_nobody() -> None:
    """What the bot kept of the talk may hold more than this conversation; the agent reads the conversation itself."""
    activities = [{"type": "message", "text": "RSSMRA80A01H501U", "from": {"role": "user"}}]
    transcript = {"contentType": "application/json", "name": "Transcript", "content": {"activities": activities}}
    value = {"va_LastTopic": "Visite", "va_LastPhrases": "vorrei una persona"}
    asked = {"type": "event", "name": "handoff.initiate", "value": value, "attachments": [transcript]}
    (found,) = effects_of({"from": BOT} | asked, ALL, "it")
    assert isinstance(found, Escalate)
    assert (found.reason, found.topic, found.summary) == ("bot-asked", "Visite", "vorrei una persona")
    assert "RSSMRA" not in str(found)


def test_rules_are_data() -> None:
    own = Terms(read_rules("escalate text *la metto in contatto*\nend event bye\n\nescalate event pass.over"))
    assert heard({"type": "message", "text": "Bene, LA METTO in  contatto ora"}, own) == ["Say", "Escalate"]
    assert heard({"type": "event", "name": "bye"}, own) == ["End"]
    assert heard({"type": "event", "name": "handoff.initiate"}, own) == []
    for wrong in ("escalate", "escalate colour red", "always event x"):
        with pytest.raises(ValueError, match=wrong.split(maxsplit=1)[0]):
            read_rules(wrong)


def test_context_is_short_texts_and_whole_numbers() -> None:
    kept = clean_context({"a": "x" * 999, "b": 7, "c": True, "d": {"x": 1}, "e": None, "f": 1.5, "g": ["u", "v"]})
    assert kept == {"bot.a": "x" * 256, "bot.b": 7, "bot.g": "v"}
    assert len(clean_context({str(n): n for n in range(500)})) == 40


def test_cards_are_words_and_buttons() -> None:
    card = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": {
            "body": [{"type": "Container", "items": [{"type": "TextBlock", "text": "Scelga"}]}],
            "actions": [
                {"type": "Action.Submit", "title": "Sì", "data": {"answer": "yes"}},
                {"type": "Action.OpenUrl", "title": "Sito", "url": "https://ospedale.example/a"},
            ],
        },
    }
    (said,) = effects_of({"from": BOT, "type": "message", "attachments": [card]}, ALL, "it")
    assert isinstance(said, Say)
    assert said.text == "Scelga\n\nSito: https://ospedale.example/a"
    assert [(one.text, one.payload) for one in said.buttons] == [("Sì", 'json:{"answer":"yes"}')]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("vada su https://a.example/x", "vada su https://a.example/x"),
        ("vada su http://a.example/x", "vada su a.example"),
        ("<b>forte</b> <script>x</script>", "forte x"),
        ("[qui](https://b.example)", "qui: b.example"),
        ("https://user@a.example/", "a.example"),
    ],
)
def test_links_lead_where_they_may(said: str, shown: str) -> None:
    assert safe_links(said, frozenset({"a.example"})) == shown


def test_the_trace_hides_what_may_be_personal() -> None:
    assert masked("Gentile Maria Rossi, il 12/3 alle 9, scriva a m.rossi@posta.example") == (
        "Gentile • •, il ••/• alle •, scriva a •"
    )


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
_KNOWN = ["type", "name", "text", "value", "from", "channelData", "attachments", "suggestedActions", "id", "timestamp"]


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(_KNOWN), _JSON, max_size=8),
    st.sampled_from(["message", "event", "typing", "handoff"]),
    _JSON,
)
def test_no_nonsense_breaks_the_reader(activity: dict[str, Any], kind: str, watermark: Any) -> None:
    said = [activity, activity | {"type": kind}]
    for terms in (ALL, BRIDGED):
        events = Inbox(terms, "it", "").take({"activities": said, "watermark": watermark})
        for event in events:
            if isinstance(event.effect, Say):
                assert 0 < len(event.effect.text) <= 4000
    assert Inbox(ALL, "it", "w").take(watermark) == [] or isinstance(watermark, dict)


def test_a_set_is_put_in_order_only_among_neighbours_and_only_once() -> None:
    def at(second: str, text: str) -> dict[str, Any]:
        return {"type": "message", "id": text, "text": text, "from": BOT, "timestamp": f"2026-11-23T10:00:{second}Z"}

    inbox = Inbox(ALL, "it", "")
    said = {
        "activities": [at("01.300", "b"), at("01.000", "a"), at("09.000", "d"), at("02.000", "c")],
        "watermark": "9",
    }
    texts = [one.effect.text for one in inbox.take(said) if isinstance(one.effect, Say)]
    assert texts == ["a", "b", "d", "c"], "what lies seconds apart stays as it came"
    assert inbox.take(said) == []
    assert inbox.watermark == "9"
    inbox.take({"activities": [], "watermark": None})
    assert inbox.watermark == "9"


def test_ends_and_typing_are_told_apart() -> None:
    assert isinstance(effects_of({"type": "endOfConversation"}, ALL, "it")[0], End)
    assert isinstance(effects_of({"type": "typing"}, ALL, "it")[0], Typing)
