"""Bytes to text, whatever the mail says they are: no charset raises, none runs a transformation."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from romashka.channels.events import clean_text

# What mailers write for charsets that Python knows under another name. The first four are what
# browsers make of them as well: mails that say the narrow one mostly hold the wider one.
NAMES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "utf-8-mac": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
    "windows-874": "cp874",
}
# Python calls these text encodings too; their decoders take quadratic time or make no text.
REFUSED = frozenset(["idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"])
# charset-normalizer tries every codec on its sample, so the sample is small.
SAMPLE = 4096
_SHIFTS_TO_JAPANESE = re.compile(rb"\x1b\$[@B]")


def codec_of(name: str | None) -> str | None:
    """The Python codec for a mail's charset; None for one that is unknown or not for text."""
    wanted = (name or "").strip().strip("\"'").lower().partition("*")[0]
    if not wanted or len(wanted) > 40 or not wanted.isascii() or "\0" in wanted:
        return None
    try:
        found = codecs.lookup(NAMES.get(wanted, wanted))
    except (LookupError, ValueError):
        return None
    # zlib, rot13 and their like are codecs that are no charsets; only this attribute tells.
    is_text: bool = found._is_text_encoding
    is_refused = found.name.replace("-", "_") in REFUSED
    return found.name if is_text and not is_refused else None


def decode(data: bytes, charset: str | None, *, guess: bool = False) -> str:
    """The text of these bytes, storable; never raises.

    The declared charset comes first where it fits, then UTF-8. `guess` asks charset-normalizer
    before giving in, which is for bodies: a header is too short for it.
    """
    codec = codec_of(charset)
    for candidate in (None if codec == "cp1252" and not data.isascii() else codec, "utf-8"):
        if candidate and (text := _strict(data, candidate)) is not None:
            return clean_text(_without_mark(text))
    if _SHIFTS_TO_JAPANESE.search(data):
        codec = "iso2022_jp_2"
    elif guess and codec is None:
        codec = _guessed(data)
    return clean_text(_lenient(data, codec or "cp1252"))


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (ValueError, LookupError):
        # LookupError: a codec that refuses an error handler or has no decoder after all.
        return None


def _lenient(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec, errors="replace")
    except (ValueError, LookupError):
        return data.decode("utf-8", errors="replace")


def _without_mark(text: str) -> str:
    return text.removeprefix("\ufeff")


def _guessed(data: bytes) -> str | None:
    best = from_bytes(data[:SAMPLE], steps=3, chunk_size=512, enable_fallback=False).best()
    return codec_of(best.encoding) if best else None
