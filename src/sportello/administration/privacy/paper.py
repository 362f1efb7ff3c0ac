"""A patient's data as a document to read: headings that a reader can jump by, a table of contents, numbered pages."""

import io
from collections.abc import Sequence
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfdoc import PDFString
from reportlab.platypus import BaseDocTemplate, Frame, PageBreak, PageTemplate, Paragraph, Spacer
from reportlab.platypus.tableofcontents import TableOfContents

from sportello.administration.privacy.holdings import Chapter, Entry
from sportello.kit.i18n import N_, translate
from sportello.kit.paper import FONT, fonts, marked

_MARGIN = 18 * mm
_LONGEST = 3000  # signs of a paragraph: a page's frame must hold it
_BODY = ParagraphStyle("body", fontName=FONT, fontSize=10, leading=14, spaceAfter=2 * mm, splitLongWords=True)
_SOFT = ParagraphStyle("soft", parent=_BODY, textColor="#46545f", spaceAfter=0)
_LINE = ParagraphStyle("line", parent=_BODY, spaceAfter=1 * mm)
_TITLE = ParagraphStyle("title", parent=_BODY, fontSize=20, leading=26)
_CHAPTER = ParagraphStyle(
    "chapter", parent=_BODY, fontSize=15, leading=20, spaceBefore=8 * mm, textColor="#0b4f6c", keepWithNext=True
)
_HEADING = ParagraphStyle(
    "heading",
    parent=_BODY,
    fontSize=11.5,
    leading=15,
    spaceBefore=5 * mm,
    spaceAfter=1 * mm,
    textColor="#0b4f6c",
    keepWithNext=True,
)
NOTHING = N_("Nothing is kept here.")


class _Pages(BaseDocTemplate):  # type: ignore[misc]  # reportlab has no types
    """Pages whose headings stand in the outline and in the table of contents."""

    def __init__(self, out: Any, language: str, footer: str, **about: Any) -> None:
        super().__init__(
            out, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=22 * mm, **about
        )
        self._footer, self._language = footer, language
        frame = Frame(
            self.leftMargin, self.bottomMargin, self.width, self.height, leftPadding=0, rightPadding=0, id="page"
        )
        self.addPageTemplates(PageTemplate("page", [frame], onPage=self._foot))

    def _foot(self, canvas: Any, _pages: Any) -> None:
        canvas._doc.Catalog.Lang = PDFString(self._language)
        canvas.setFont(FONT, 8)
        canvas.drawString(_MARGIN, 12 * mm, self._footer)
        canvas.drawRightString(A4[0] - _MARGIN, 12 * mm, str(canvas.getPageNumber()))

    def afterFlowable(self, flowable: Any) -> None:  # noqa: N802  reportlab's name
        level = {"chapter": 0, "heading": 1}.get(getattr(getattr(flowable, "style", None), "name", ""))
        if level is None:
            return
        key, text = f"h{self.seq.nextf('heading')}", flowable.getPlainText()
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(text, key, level, closed=level == 0)
        if level == 0:
            self.notify("TOCEntry", (0, text, self.page, key))


def as_pdf(title: str, facts: Sequence[str], chapters: Sequence[Chapter], language: str, author: str) -> bytes:
    """Slow for large records: call it in a thread."""
    fonts()
    contents = TableOfContents(levelStyles=[_BODY], dotsMinLevel=0)
    story: list[Any] = [Paragraph(marked(title), _TITLE), *(Paragraph(marked(fact), _SOFT) for fact in facts)]
    story += [Spacer(1, 6 * mm), contents, PageBreak()]
    for chapter in chapters:
        story.append(Paragraph(marked(chapter.title), _CHAPTER))
        if not chapter.entries:
            story.append(Paragraph(marked(translate(language, NOTHING)), _SOFT))
        for entry in chapter.entries:
            story += _entry(entry)
    out = io.BytesIO()
    _Pages(out, language, f"{author} · {title}", title=title, author=author, lang=language).multiBuild(story)
    return out.getvalue()


def _entry(entry: Entry) -> list[Any]:
    found: list[Any] = [Paragraph(marked(entry.heading), _HEADING)] if entry.heading else []
    found += [Paragraph(f"{marked(label)}: {marked(value)}", _SOFT) for label, value in entry.facts]
    if entry.facts and entry.text:
        found.append(Spacer(1, 2 * mm))
    for line in entry.text.split("\n"):
        found += [Paragraph(marked(line[start : start + _LONGEST]), _LINE) for start in range(0, len(line), _LONGEST)]
    return found
