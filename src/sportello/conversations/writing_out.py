"""A conversation as a document: text, or PDF with every script that people write in; nothing is left out because a
font lacks it (a sign without a picture is written by its name).
"""

import io
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

from sportello.conversations.store import redactions
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, format_date, format_datetime, format_time, translate
from sportello.kit.paper import fonts, marked
from sportello.kit.streams import Event
from sportello.kit.streams import store as events_of

_PAGE = 500
_WHO = {"patient": N_("Patient"), "bot": N_("Automatic assistant"), "agent": N_("Agent"), "system": ""}


class Line(Struct, frozen=True):
    """A message with who said it and when."""

    at: datetime
    name: str
    text: str
    note: bool = False


class Document(Struct, frozen=True):
    """A whole conversation, in one language, as of a moment."""

    language: str
    title: str
    facts: list[str]
    lines: list[Line]
    notes_title: str


async def document(
    house: House, tx: Transaction, talk: Conversation, language: str, audience: Literal["all", "staff"]
) -> Document:
    """Everything that was said; for `staff` with the notes. Who may have it is decided by the caller."""
    removed = await redactions.of(tx, talk.id)
    lines: list[Line] = []
    after = 0
    while events := await events_of.since(tx, talk.stream, after, _PAGE, audience):
        lines += [
            _line(event, language, removed.get(event.seq)) for event in events if event.kind in ("message", "note")
        ]
        after = events[-1].seq
    zone = house.settings.clinic.tz
    began = format_datetime(talk.created_at, language, zone)
    made = format_datetime(house.clock.now(), language, zone)
    facts = [
        house.settings.clinic.name,
        translate(language, "Began on %(time)s", time=began),
        translate(language, "Written out on %(time)s", time=made),
    ]
    title = translate(language, "Conversation with %(name)s", name=talk.visitor_name)
    return Document(language, title, facts, lines, translate(language, "note for colleagues"))


def _line(event: Event, language: str, removed: Any) -> Line:
    body = event.body
    sender = event.sender.partition(":")[0]
    said = [str(body.get("text", ""))]
    if body.get("redacted"):
        said = [f"[{translate(language, 'This message was removed.')}]"]
    if file := body.get("attachment"):
        said.append(f"[{translate(language, 'File: %(name)s', name=file.get('name', ''))}]")
    for item in (body.get("article"), body.get("link")):
        if item:
            said.append(f"[{item.get('title', '')} {item.get('url', '')}]")
    name = str(body.get("name", "")) or (translate(language, _WHO[sender]) if _WHO.get(sender) else "")
    return Line(event.at, name, "\n".join(part for part in said if part), event.kind == "note")


def as_text(made: Document, house: House) -> str:
    """Plain text, a day under its heading."""
    zone, day = house.settings.clinic.tz, ""
    out = [made.title, *made.facts, ""]
    for line in made.lines:
        if (today := format_date(line.at, made.language, zone, "full")) != day:
            day = today
            out += ["", today, ""]
        note = f" ({made.notes_title})" if line.note else ""
        out.append(f"{format_time(line.at, made.language, zone)} {line.name}{note}: {line.text}")
    return "\n".join(out) + "\n"


def as_pdf(made: Document, house: House) -> bytes:
    """A4 with page numbers. Slow for long conversations: call it in a thread."""
    fonts()
    zone, day = house.settings.clinic.tz, ""
    body = ParagraphStyle("body", fontName="Talk", fontSize=10, leading=14, spaceAfter=2 * mm, splitLongWords=True)
    soft = ParagraphStyle("soft", parent=body, textColor="#46545f", spaceAfter=0)
    head = ParagraphStyle("head", parent=body, fontSize=16, leading=20)
    dated = ParagraphStyle("dated", parent=body, fontSize=11, spaceBefore=4 * mm)
    story: list[Any] = [Paragraph(marked(made.title), head)]
    story += [Paragraph(marked(fact), soft) for fact in made.facts]
    story.append(Spacer(1, 4 * mm))
    for line in made.lines:
        if (today := format_date(line.at, made.language, zone, "full")) != day:
            day = today
            story.append(Paragraph(marked(today), dated))
        note = f" ({made.notes_title})" if line.note else ""
        story.append(Paragraph(marked(f"{format_time(line.at, made.language, zone)}  {line.name}{note}"), soft))
        story.append(Paragraph(marked(line.text), body))
    out = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 18 * mm)
    pages = SimpleDocTemplate(out, pagesize=A4, title=made.title, author=house.settings.clinic.name, **margins)
    pages.build(story, onFirstPage=_numbered, onLaterPages=_numbered)
    return out.getvalue()


def _numbered(canvas: Any, _pages: Any) -> None:
    canvas.setFont("Talk", 8)
    canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, str(canvas.getPageNumber()))
