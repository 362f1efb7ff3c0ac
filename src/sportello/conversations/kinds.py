"""What a file is, by its content and never by its name; pictures are written anew, without the place and the device
that a phone writes into them.
"""

import io
import zipfile

import puremagic
from PIL import Image, ImageOps

from sportello.kit.i18n import N_

# Every kind that a hospital may allow, with its name for people and the ending of its files.
KINDS: dict[str, tuple[str, str]] = {
    "application/pdf": (N_("PDF document"), "pdf"),
    "image/jpeg": (N_("Picture (JPEG)"), "jpg"),
    "image/png": (N_("Picture (PNG)"), "png"),
    "image/webp": (N_("Picture (WebP)"), "webp"),
    "image/gif": (N_("Picture (GIF)"), "gif"),
    "image/heif": (N_("Picture (HEIF, of some phones)"), "heic"),
    "text/plain": (N_("Plain text"), "txt"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (N_("Text document (DOCX)"), "docx"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (N_("Table (XLSX)"), "xlsx"),
    "application/vnd.oasis.opendocument.text": (N_("Text document (ODT)"), "odt"),
    "application/dicom": (N_("Medical picture (DICOM)"), "dcm"),
}
_WRITTEN_ANEW = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_MOST_PIXELS = 60_000_000
_SMALL = (320, 320)
_FRAMES = 1


class Unreadable(Exception):
    """The content is not whole, or not what it begins as."""


def kind_of(content: bytes) -> str | None:
    """The media type, of those known here; None for everything else."""
    if content[128:132] == b"DICM":
        return "application/dicom"
    if content[:4] == b"PK\x03\x04":
        return _zipped(content)
    try:
        found = [one.mime_type for one in puremagic.magic_string(content[:65536]) if one.confidence >= 0.3]
    except (puremagic.PureError, ValueError):
        return "text/plain" if _is_text(content) else None
    return found[0] if found and found[0] in KINDS and found[0] != "text/plain" else None


def _zipped(content: bytes) -> str | None:
    """Office documents are archives; one with macros is none of those."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if any("vbaProject" in name for name in names):
                return None
            if "word/document.xml" in names:
                return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            if "xl/workbook.xml" in names:
                return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                said = archive.read("mimetype").decode("ascii", "replace").strip()
                return said if said in KINDS else None
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
        return None
    return None


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and not any(ord(one) < 32 and one not in "\t\n\r\f" for one in text)


def prepared(content: bytes, kind: str) -> tuple[bytes, bytes | None]:
    """The content as it is kept, and a small picture of it when it is one. Slow: call it in a thread."""
    if kind not in _WRITTEN_ANEW:
        return content, None
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > _MOST_PIXELS or getattr(opened, "n_frames", 1) > _FRAMES * 200:
                raise Unreadable
            upright = ImageOps.exif_transpose(opened)
            clean = _again(upright, _WRITTEN_ANEW[kind])
            small = upright.convert("RGBA" if upright.mode in ("RGBA", "LA", "P", "PA") else "RGB")
            small.thumbnail(_SMALL)
            return clean, _again(small, "WEBP")
    except Unreadable:
        raise
    except Exception as error:  # the library's decoders raise of many kinds
        raise Unreadable from error


def _again(picture: Image.Image, form: str) -> bytes:
    """The pixels alone: no EXIF, no comments, no profile that names a device."""
    out = io.BytesIO()
    bare = picture if picture.mode in ("RGB", "RGBA", "L", "P", "1", "LA") else picture.convert("RGB")
    bare = bare.copy()
    bare.info = {key: value for key, value in bare.info.items() if key == "transparency"}
    more = (
        {"quality": 90} if form == "JPEG" else {"quality": 82, "method": 4} if form == "WEBP" else {"optimize": False}
    )
    if form == "JPEG" and bare.mode not in ("RGB", "L"):
        bare = bare.convert("RGB")
    bare.save(out, form, **more)
    return out.getvalue()
