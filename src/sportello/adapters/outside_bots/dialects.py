"""What an activity of a bot means: words for the patient, a wish for a person, an end. The rules are data, because
every product says it in its own way; whatever is not understood is ignored, never shown.
"""

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from sportello.bots.ports import Choice, Context, Effect, End, Escalate, Say, Typing
from sportello.conversations.rules import Unacceptable, clean_text
from sportello.kit.i18n import N_

Then = Literal["escalate", "end", "error"]
UNREADABLE = N_("A rule is one of escalate, end, error, then event, tags, type or text, then what to look for.")
_RULE = re.compile(r"(escalate|end|error) (event|tags|type|text) (\S.*)")
_MOST_TEXT, _MOST_CONTEXT, _MOST_VALUE, _MOST_BUTTONS, _MOST_PAYLOAD = 3_900, 40, 256, 8, 200
_TYPE = re.compile(r"""['"]type['"]\s*:\s*['"](\w{1,40})""")
_URL = re.compile(r"https?://[^\s<>\"')\]]+", re.I)
_MARKDOWN_LINK = re.compile(r"\[([^\]]{1,200})\]\((https?://[^\s)]+)\)", re.I)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")


class Rule(Struct, frozen=True):
    """When an activity's event name, tags, type or text is like `value` (`*` stands for anything), then."""

    then: Then
    what: Literal["event", "tags", "type", "text"]
    value: str


class Terms(Struct, frozen=True):
    """How a bot's activities are read; `own` is the id under which our own words come back."""

    rules: tuple[Rule, ...]
    visible: Literal["all", "bridged"] = "all"
    own: str = ""
    link_hosts: frozenset[str] = frozenset()


def read_rules(text: str) -> tuple[Rule, ...]:
    """A rule a line; raises ValueError with the line that is none."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _RULE.fullmatch(" ".join(line.split()))
        if match is None:
            raise ValueError(line[:100])
        found.append(msgspec.convert({"then": match[1], "what": match[2], "value": match[3]}, Rule))
    return tuple(found)


def effects_of(activity: Mapping[str, Any], terms: Terms, language: str) -> list[Effect]:
    """In order; empty for our own echo, for what is not meant for the patient and for what is unknown."""
    who = activity.get("from")
    who = who if isinstance(who, dict) else {}
    kind = activity.get("type")
    if not isinstance(kind, str) or who.get("role") == "user" or (terms.own and who.get("id") == terms.own):
        return []
    rule, tags = _matching(activity, terms.rules), _tags(activity)
    if rule is None:
        return [Typing()] if kind == "typing" else _words(activity, terms)
    if rule.then == "error":
        return [_person("bot-error", "", language, {})]
    # What comes with Omnichannel's tags is for the agent; a plain text that is looked for is the patient's to read.
    said = _words(activity, terms) if rule.what == "text" or (rule.then == "end" and rule.what != "type") else []
    if rule.then == "end":
        return [*said, End("bot")]
    return [*said, _escalation(activity, tags, language)]


def _matching(activity: Mapping[str, Any], rules: Iterable[Rule]) -> Rule | None:
    kind, text, tags = activity.get("type"), activity.get("text"), _tags(activity)
    for rule in rules:
        looked = {
            "event": activity.get("name") if kind == "event" else None,
            "tags": tags.get("type"),
            "type": kind,
            "text": text if kind == "message" else None,
        }[rule.what]
        if isinstance(looked, str) and fnmatch.fnmatchcase(_folded(looked), _folded(rule.value)):
            return rule
    return None


def _folded(text: str) -> str:
    # Brackets are not a pattern's here: error texts have them.
    return " ".join(text.casefold().split()).replace("[", "(").replace("]", ")")


def _tags(activity: Mapping[str, Any]) -> dict[str, Any]:
    """Omnichannel's tags: JSON in a string, or an object; of broken JSON the type, if it can be read."""
    data = activity.get("channelData")
    tags = data.get("tags") if isinstance(data, dict) else None
    if isinstance(tags, str):
        try:
            tags = msgspec.json.decode(tags)
        except (msgspec.DecodeError, RecursionError):
            # Cut off or badly quoted, it still says what it is; its text is then not for the patient.
            named = _TYPE.search(tags)
            return {"type": named[1]} if named else {"type": tags} if tags.isalpha() else {}
    return tags if isinstance(tags, dict) else {}


def _escalation(activity: Mapping[str, Any], tags: dict[str, Any], language: str) -> Escalate:
    value = activity.get("value")
    value = value if isinstance(value, dict) else {}
    inner = value.get("context")
    context = {**value, **(inner if isinstance(inner, dict) else {})}
    if isinstance(tags.get("context"), dict):
        context |= tags["context"]
    summary = str(activity.get("text") or "") if tags else ""
    for name in ("va_AgentMessage", "message", "va_LastPhrase", "va_LastPhrases"):
        summary = summary or _plain(context.get(name))
    topic = _plain(context.get("va_LastTopic")) or _plain(context.get("BotHandoffTopic"))
    spoken = _plain(context.get("va_Language"))[:2].lower() or language
    escalate = _person("bot-asked", summary, spoken, context)
    return msgspec.structs.replace(escalate, topic=topic[:200])


def _person(reason: str, summary: str, language: str, context: Mapping[str, Any]) -> Escalate:
    return Escalate(reason, summary[:2_000], "", language, clean_context(context), priority=0)


def clean_context(context: Mapping[str, Any]) -> Context:
    """Short texts and whole numbers only, and not too many."""
    kept: Context = {}
    for name, value in context.items():
        if len(kept) >= _MOST_CONTEXT:
            break
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
            kept[f"bot.{_plain(str(name))[:60]}"] = value
        elif text := _plain(value):
            kept[f"bot.{_plain(str(name))[:60]}"] = text[:_MOST_VALUE]
    return kept


def _plain(value: Any) -> str:
    if isinstance(value, list):
        value = next((one for one in reversed(value) if isinstance(one, str)), "")
    return value.replace("\0", "").strip() if isinstance(value, str) else ""


def _words(activity: Mapping[str, Any], terms: Terms) -> list[Effect]:
    data = activity.get("channelData")
    bridged = isinstance(data, dict) and data.get("deliveryMode") == "bridged"
    if activity.get("type") != "message" or (terms.visible == "bridged" and not bridged):
        return []
    texts, buttons = [_plain(activity.get("text"))], _suggested(activity)
    attachments = activity.get("attachments")
    for one in attachments if isinstance(attachments, list) else ():
        if not isinstance(one, dict):
            continue
        if isinstance(one.get("content"), dict):
            _read_card(one["content"], texts, buttons)
        elif (url := _plain(one.get("contentUrl"))).startswith("https://"):
            texts.append(f"{_plain(one.get('name'))} {url}".strip())
    said = safe_links("\n\n".join(dict.fromkeys(filter(None, texts))), terms.link_hosts)[:_MOST_TEXT]
    try:
        text = clean_text(said)
    except Unacceptable:  # nothing that anybody could see
        return []
    return [Say(text, tuple(dict.fromkeys(buttons[:_MOST_BUTTONS])))]


def _suggested(activity: Mapping[str, Any]) -> list[Choice]:
    suggested = activity.get("suggestedActions")
    actions = suggested.get("actions") if isinstance(suggested, dict) else None
    return [one for action in actions if (one := _choice(action))] if isinstance(actions, list) else []


def _choice(action: Any) -> Choice | None:
    """A button that says something; those that open addresses are shown as links."""
    if not isinstance(action, dict) or action.get("type") in ("openUrl", "Action.OpenUrl"):
        return None
    title = _plain(action.get("title")) or _plain(action.get("text"))
    value = action.get("value", action.get("data"))
    if isinstance(value, dict):
        payload = "json:" + msgspec.json.encode(value).decode()
    else:
        payload = _plain(value) or _plain(action.get("text")) or title
    return Choice(title[:100], payload) if title and len(payload) <= _MOST_PAYLOAD else None


def _read_card(content: Mapping[str, Any], texts: list[str], buttons: list[Choice], depth: int = 0) -> None:
    """Hero cards and what adaptive cards say; fields to fill in are left out, a person can ask."""
    if depth > 6:
        return
    texts += [text for name in ("title", "subtitle", "text") if (text := _plain(content.get(name)))]
    for name in ("body", "items", "columns"):
        for part in _listed(content, name):
            if isinstance(part, dict):
                _read_card(part, texts, buttons, depth + 1)
    for action in [*_listed(content, "buttons"), *_listed(content, "actions")]:
        if choice := _choice(action):
            buttons.append(choice)
        elif isinstance(action, dict) and (url := _plain(action.get("url")) or _plain(action.get("value"))):
            texts.append(f"{_plain(action.get('title'))}: {url}")


def _listed(content: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = content.get(name)
    return found if isinstance(found, list) else ()


def safe_links(text: str, hosts: frozenset[str]) -> str:
    """Plain text whose addresses are https, and of allowed hosts when any are named; others become a host's name."""

    def kept(match: re.Match[str]) -> str:
        try:
            parts = urlsplit(match[0])
            host = parts.hostname or ""
        except ValueError:
            return ""
        if parts.scheme.lower() == "https" and (not hosts or host in hosts) and "@" not in parts.netloc:
            return match[0]
        return host

    return _URL.sub(kept, _TAG.sub("", _MARKDOWN_LINK.sub(r"\1: \2", text)))
