"""The fields of a posted form, multipart or urlencoded, without a web framework."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from romashka.channels.errors import ParseError
from romashka.channels.mail.charsets import decode
from romashka.channels.mail.contents import content_of
from romashka.channels.mail.parts import Part, take_apart
from romashka.channels.mail.providers.raw import LONGEST_BODY, Attachment
from romashka.channels.mail.words import parameters

MOST_FIELDS = 200
LONGEST_TYPE = 300
LONGEST_PROOF = 1000
# Providers post files as multipart; in this form each byte may take three.
LONGEST_URLENCODED = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form's fields as bytes (the first of each name), and its files by their fields' names."""

    fields: Mapping[str, bytes] = field(default_factory=dict)
    files: Mapping[str, Attachment] = field(default_factory=dict)

    def text(self, name: str, charset: str | None = "utf-8") -> str:
        """A field as text, empty when it is missing."""
        return decode(self.fields.get(name, b""), charset)


def kept_type(headers: Mapping[str, str]) -> dict[str, str]:
    """What must be kept beside a form's bytes to read it again: its type with its boundary."""
    return {"content-type": headers.get("content-type", "")[:LONGEST_TYPE]}


def read_form(body: bytes, kept: Mapping[str, str]) -> Form:
    """The form in a body; raises ParseError when it is none."""
    if _is_urlencoded(kept):
        return _urlencoded(body)
    fields: dict[str, bytes] = {}
    files: dict[str, Attachment] = {}
    for raw, part in _parts(body, kept):
        name = _disposition(part).get("name", "")
        if "filename" in _disposition(part):
            files.setdefault(name, _file(raw, part))
        else:
            fields.setdefault(name, content_of(raw, part))
    if not fields:
        raise ParseError("a form without fields")
    return Form(fields=fields, files=files)


def proof_fields(body: bytes, kept: Mapping[str, str], names: Sequence[str]) -> dict[str, bytes]:
    """Only the named fields of a form that nobody has proven yet; raises ParseError for no form.

    Each is short, and nothing else is decoded: what a stranger posts costs next to nothing.
    """
    if _is_urlencoded(kept):
        return {name: _field_of(body, name) for name in names}
    return {
        _disposition(part).get("name", ""): content_of(raw, part, LONGEST_PROOF)
        for raw, part in reversed(list(_parts(body, kept)))
        if _disposition(part).get("name") in names
    }


def _is_urlencoded(kept: Mapping[str, str]) -> bool:
    return parameters(kept.get("content-type", ""))[0] == "application/x-www-form-urlencoded"


def _parts(body: bytes, kept: Mapping[str, str]) -> Iterator[tuple[bytes, Part]]:
    declared = kept.get("content-type", "")
    if not declared.lower().startswith("multipart/form-data"):
        raise ParseError("not a form")
    head = f"Content-Type: {declared}\r\n\r\n".encode(errors="replace")
    mail = take_apart(head + body, LONGEST_BODY + len(head))
    return ((mail.raw, part) for part in mail.root.children)


def _urlencoded(body: bytes) -> Form:
    if len(body) > LONGEST_URLENCODED:
        raise ParseError("an urlencoded form that is too large: let it be sent as multipart")
    pairs = body.split(b"&", MOST_FIELDS)
    if len(pairs) > MOST_FIELDS:
        raise ParseError("not a form")
    fields: dict[str, bytes] = {}
    for name, equals, value in (pair.partition(b"=") for pair in pairs):
        if equals:
            fields.setdefault(_unquoted(name).decode("latin-1"), _unquoted(value))
    return Form(fields=fields)


def _field_of(body: bytes, name: str) -> bytes:
    """The first field of a name, found without looking into the others."""
    mark = f"{name}=".encode()
    start = 0 if body.startswith(mark) else body.find(b"&" + mark) + 1
    if not start and not body.startswith(mark):
        return b""
    start += len(mark)
    return _unquoted(body[start : start + LONGEST_PROOF].partition(b"&")[0])


def _unquoted(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _disposition(part: Part) -> Mapping[str, str]:
    return parameters(part.headers.plain("content-disposition"))[1]


def _file(raw: bytes, part: Part) -> Attachment:
    return Attachment(
        content=content_of(raw, part), filename=part.filename, mime_type=part.declared
    )
