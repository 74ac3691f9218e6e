"""A provider's parsed fields as the mail they were, and what a request says beside it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# Providers take mails of 25 to 40 MB; as JSON an attachment grows by a third.
LONGEST_BODY = 55 * 1024 * 1024
MOST_HEADERS = 500
_NAME = re.compile(r"[!-9;-~]{1,100}")
_LINE_ENDS = re.compile(r"[\r\n\0]+[ \t]*")
_TYPE = re.compile(r"[a-zA-Z0-9!#$&^_.+-]{1,80}/[a-zA-Z0-9!#$&^_.+-]{1,80}")
# The mail is built anew, so what described the old building does not hold.
_OF_THE_BUILDING = frozenset(
    ["content-type", "content-transfer-encoding", "content-disposition", "content-length",
     "mime-version", "content-id", "content-description"]
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMessage:
    """A mail as bytes, and what a provider says beside it.

    To whom it was really delivered, its own findings under spf, dkim and dmarc, and the envelope's
    sender: empty for a mail that no answer may follow, None where the provider does not say.
    """

    raw: bytes
    recipients: tuple[str, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    sender: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file as a provider hands it over."""

    content: bytes
    filename: str = ""
    mime_type: str = ""
    content_id: str = ""


def envelope_sender(told: object) -> str | None:
    """The envelope's sender as a provider writes it, bare; None where it says none."""
    return told.strip().strip("<>").lower() if isinstance(told, str) else None


def rebuilt(
    headers: Iterable[tuple[str, str]],
    text: str | None,
    html: str | None,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """A mail with these headers, texts and files; the same fields always give the same bytes.

    Headers go in as UTF-8, one line each: a value cannot begin a header of its own.
    """
    lines = [
        f"{name}: {_LINE_ENDS.sub(' ', value)}"
        for name, value in list(headers)[:MOST_HEADERS]
        if _NAME.fullmatch(name) and name.lower() not in _OF_THE_BUILDING
    ]
    texts = [
        _part(f"text/{kind}; charset=utf-8", content.encode(errors="replace"))
        for kind, content in (("plain", text), ("html", html))
        if content
    ]
    files = [_file(attachment) for attachment in attachments]
    body = _multipart("mixed", [_multipart("alternative", texts), *files])
    return "\r\n".join([*lines, "MIME-Version: 1.0"]).encode(errors="replace") + b"\r\n" + body


def _multipart(kind: str, parts: Sequence[bytes]) -> bytes:
    """Parts in one; a boundary that follows from them cannot stand in their base64."""
    boundary = "=_" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:40]
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    mark = f"--{boundary}".encode()
    inner = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return head + inner + mark + b"--\r\n"


def _part(content_type: str, content: bytes, *more: str) -> bytes:
    lines = [f"Content-Type: {content_type}", "Content-Transfer-Encoding: base64", *more]
    head = "\r\n".join(lines).encode(errors="replace")
    return head + b"\r\n\r\n" + base64.encodebytes(content)


def _file(one: Attachment) -> bytes:
    name = _quoted(one.filename)
    kind = "inline" if one.content_id else "attachment"
    more = [f'Content-Disposition: {kind}; filename="{name}"']
    if one.content_id:
        more.append(f"Content-ID: <{_LINE_ENDS.sub('', one.content_id).strip('<> ')[:500]}>")
    declared = one.mime_type.partition(";")[0].strip()
    mime_type = declared if _TYPE.fullmatch(declared) else "application/octet-stream"
    return _part(mime_type, one.content, *more)


def _quoted(name: str) -> str:
    return re.sub(r'[\r\n\0"\\]', "_", name)[:500]
