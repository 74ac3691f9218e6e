"""A part's content without its transfer encoding; broken encodings give what can be saved."""

from __future__ import annotations

import binascii
import re

from romashka.channels.mail.charsets import decode
from romashka.channels.mail.parts import Part

# Of one text part this much is decoded: a message holds 100,000 characters.
LONGEST_TEXT = 1024 * 1024
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def content_of(raw: bytes, part: Part, most: int | None = None) -> bytes:
    """The decoded bytes of a part, at most about `most` of them; never raises."""
    end = part.end if most is None else min(part.end, part.start + most)
    encoding = part.headers.word("content-transfer-encoding")
    data = raw[part.start : end]
    if encoding == "base64":
        return _from_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _from_uu(data)
    return data


def text_of(raw: bytes, part: Part) -> str:
    """The text of a text part, with \\n as line end; never raises."""
    data = content_of(raw, part, LONGEST_TEXT)
    charset = part.params.get("charset")
    if part.type == "text/html" and not charset and (found := _META_CHARSET.search(data[:2048])):
        charset = found[1].decode()
    text = decode(data, charset, guess=True)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _from_base64(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = _NO_BASE64.sub(b"", data)
        spare = len(clean) % 4
        clean = clean[:-1] if spare == 1 else clean + b"=" * (-spare % 4)
        return binascii.a2b_base64(clean)


def _from_uu(data: bytes) -> bytes:
    lines = data.split(b"\n")
    starts = [number for number, line in enumerate(lines) if line.startswith(b"begin ")]
    found: list[bytes] = []
    for line in lines[starts[0] + 1 if starts else 0 :]:
        if line.strip() in (b"", b"`", b"end"):
            break
        found.append(_uu_line(line.rstrip(b"\r")))
    return b"".join(found)


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Encoders that leave trailing spaces out: the length stands in the line's first character.
        size = (((line[0] - 32) & 63) * 4 + 5) // 3
        try:
            return binascii.a2b_uu(line[:size])
        except binascii.Error:
            return b""
