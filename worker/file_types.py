"""What a file is by its bytes, whether we keep it, and under which name."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

LONGEST_NAME = 80
# Types that are shown or handed on; programs, scripts and markup that runs in a browser are not.
EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/heif": ".heic",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
    "video/3gpp": ".3gp",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "text/vcard": ".vcf",
    "text/calendar": ".ics",
}
SAME = {
    "application/ogg": "audio/ogg",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/x-m4a": "audio/mp4",
    "image/heic": "image/heif",
    "image/jpg": "image/jpeg",
    "text/x-vcard": "text/vcard",
}
# Containers whose bytes do not tell what is in them: there the platform's word is taken.
SHELLS = {
    b"PK\x03\x04": tuple(name for name in EXTENSIONS if "openxml" in name or "zip" in name),
    b"\xd0\xcf\x11\xe0": ("application/msword", "application/vnd.ms-excel",
                          "application/vnd.ms-powerpoint"),
    b"#!AMR": ("audio/amr",),
}  # fmt: skip
KINDS = {
    "image": ("image/",),
    "sticker": ("image/",),
    "audio": ("audio/", "video/mp4", "video/webm"),
    "video": ("video/",),
}
MARKUP = re.compile(rb"\s*<(?:!doctype|html|svg|script|\?xml)", re.IGNORECASE)
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)


class Unwanted(ValueError):
    """A file that is not kept: not of a known type, or not what it was said to be."""


def type_of(content: bytes, declared: str | None, kind: str) -> str:
    """The type of a file of a message's kind, by its bytes; raises Unwanted."""
    said = _plain(declared or "")
    found = _shell(content, said) or _magic(content) or _text(content, said)
    if found not in EXTENSIONS:
        raise Unwanted("a type that is not kept")
    if not found.startswith(KINDS.get(kind, ("",))):
        raise Unwanted(f"{found} is no {kind}")
    return found


def safe_name(name: str | None, mime_type: str) -> str:
    """A file's name in letters that every store takes, with the ending of its type."""
    ending = EXTENSIONS[mime_type]
    plain = unicodedata.normalize("NFKD", PurePath(name or "").stem)
    stem = UNSAFE.sub("-", plain.encode("ascii", "ignore").decode()).strip("-._")
    return f"{stem[:LONGEST_NAME].rstrip('-._') or 'file'}{ending}"


def _plain(mime_type: str) -> str:
    bare = mime_type.partition(";")[0].strip().lower()
    return SAME.get(bare, bare)


def _shell(content: bytes, said: str) -> str | None:
    for start, allowed in SHELLS.items():
        if content.startswith(start):
            return said if said in allowed else allowed[0]
    return None


def _magic(content: bytes) -> str | None:
    import puremagic

    try:
        matches = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return None
    named = [_plain(match.mime_type) for match in matches if match.mime_type]
    return named[0] if named else None


def _text(content: bytes, said: str) -> str | None:
    """Text has no mark of its own: it is what decodes, holds no NUL and is no markup."""
    if b"\x00" in content or MARKUP.match(content) or not content:
        return None
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return said if said.startswith("text/") else "text/plain"
