"""What every PDF of the house needs: fonts with every script that people write in, and texts made fit for them."""

import unicodedata
from functools import cache
from html import escape
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

FONT = "Talk"
_FILE = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"


@cache
def fonts() -> frozenset[int]:
    """Registers the fonts; the signs that the main one has."""
    main = TTFont(FONT, str(_FILE))
    pdfmetrics.registerFont(main)
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    pdfmetrics.registerFont(UnicodeCIDFont("HYSMyeongJo-Medium"))
    return frozenset(main.face.charToGlyph)


def marked(text: str) -> str:
    """The text for a paragraph: lines kept, each sign in a font that has it, or written by its name."""
    return "".join(_sign(one) for one in unicodedata.normalize("NFC", text))


def _sign(one: str) -> str:
    if one == "\n":
        return "<br/>"
    code = ord(one)
    if code in fonts() or one in "\t\u00a0":
        return escape(one)
    if 0x3000 <= code <= 0x30FF or 0x4E00 <= code <= 0x9FFF or 0xFF00 <= code <= 0xFFEF:
        return f'<font name="STSong-Light">{escape(one)}</font>'
    if 0xAC00 <= code <= 0xD7A3:
        return f'<font name="HYSMyeongJo-Medium">{escape(one)}</font>'
    if unicodedata.category(one)[0] == "C" or unicodedata.combining(one) or 0xFE00 <= code <= 0xFE0F:
        return ""
    return escape(f"[{unicodedata.name(one, f'U+{code:04X}').lower()}]")
