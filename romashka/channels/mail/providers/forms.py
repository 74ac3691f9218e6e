"""The fields of a posted form, multipart or urlencoded, without a web framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from romashka.channels.errors import ParseError
from romashka.channels.mail.charsets import decode
from romashka.channels.mail.contents import content_of
from romashka.channels.mail.parts import Part, take_apart
from romashka.channels.mail.providers.raw import LONGEST_BODY, Attachment
from romashka.channels.mail.words import parameters

MOST_FIELDS = 200
LONGEST_TYPE = 300


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
    declared = kept.get("content-type", "")
    if parameters(declared)[0] == "application/x-www-form-urlencoded":
        return _urlencoded(body)
    if not declared.lower().startswith("multipart/form-data"):
        raise ParseError("not a form")
    head = f"Content-Type: {declared}\r\n\r\n".encode(errors="replace")
    mail = take_apart(head + body, LONGEST_BODY + len(head))
    fields: dict[str, bytes] = {}
    files: dict[str, Attachment] = {}
    for part in mail.root.children:
        name = _disposition(part).get("name", "")
        if "filename" in _disposition(part):
            files.setdefault(name, _file(mail.raw, part))
        else:
            fields.setdefault(name, content_of(mail.raw, part))
    if not fields:
        raise ParseError("a form without fields")
    return Form(fields=fields, files=files)


def _urlencoded(body: bytes) -> Form:
    try:
        # One character for one byte, so that each field's own charset can be applied later.
        pairs = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            encoding="latin-1",
        )
    except ValueError:
        raise ParseError("not a form") from None
    fields: dict[str, bytes] = {}
    for name, value in pairs:
        fields.setdefault(name, value.encode("latin-1"))
    return Form(fields=fields)


def _disposition(part: Part) -> Mapping[str, str]:
    return parameters(part.headers.plain("content-disposition"))[1]


def _file(raw: bytes, part: Part) -> Attachment:
    return Attachment(
        content=content_of(raw, part), filename=part.filename, mime_type=part.declared
    )
