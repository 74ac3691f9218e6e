"""Which parts of a mail are its text: as plain text, as HTML, and what is a file instead."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

from romashka.channels.mail.contents import text_of
from romashka.channels.mail.parts import Mail, Part

TEXT_TYPES = frozenset(["text/plain", "text/html", "text/enriched"])
# Other forms of the same text, which nobody shows as files.
SPARE_TYPES = frozenset(["text/x-amp-html", "text/watch-html"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What the sender wrote, in one or both forms; both None when there are only files."""

    plain: str | None = None
    html: str | None = None
    used: frozenset[int] = frozenset()


def body_of(mail: Mail, *, only_first: bool = False) -> Body:
    """The mail's text; of a cut mail (`only_first`) the first text part alone."""
    if only_first:
        first = next((part for part in mail.root.walk() if _is_text(part)), None)
        return _leaf(mail.raw, first) if first else Body()
    return _body(mail.raw, mail.root)


def _body(raw: bytes, part: Part) -> Body:
    if not part.children:
        return _leaf(raw, part)
    bodies = [_body(raw, child) for child in part.children]
    used = frozenset().union(*(body.used for body in bodies))
    bodies = [body for body in bodies if body.plain is not None or body.html is not None]
    if part.type == "multipart/alternative":
        return _one_of(bodies, used)
    return _one_after_another(bodies, used)


def _leaf(raw: bytes, part: Part) -> Body:
    if part.type in SPARE_TYPES:
        return Body(used=frozenset([part.index]))
    if not _is_text(part):
        return Body()
    text, used = text_of(raw, part), frozenset([part.index])
    if part.type == "text/html":
        return Body(html=text, used=used)
    flowed = part.params.get("format", "").lower() == "flowed"
    delete = part.params.get("delsp", "").lower() == "yes"
    return Body(plain=_unwrapped(text, delete) if flowed else text, used=used)


def _is_text(part: Part) -> bool:
    return (
        part.type in TEXT_TYPES
        and not part.children
        and part.disposition != "attachment"
        and not part.filename
    )


def _one_of(bodies: list[Body], used: frozenset[int]) -> Body:
    """The richest form of each kind: the later an alternative, the better the sender finds it."""
    plain = next((body.plain for body in bodies if body.plain is not None), None)
    marked = next((body.html for body in reversed(bodies) if body.html is not None), None)
    return Body(plain=plain, html=marked, used=used)


def _one_after_another(bodies: list[Body], used: frozenset[int]) -> Body:
    """Texts around files, joined; in plain form only where each of them has one."""
    plains = [body.plain for body in bodies if body.plain is not None]
    plain = _joined(plains) if plains and len(plains) == len(bodies) else None
    if not any(body.html is not None for body in bodies):
        return Body(plain=plain, used=used)
    marked = "\n".join(
        body.html if body.html is not None else f"<pre>{html.escape(body.plain or '')}</pre>"
        for body in bodies
    )
    return Body(plain=plain, html=marked, used=used)


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(text.strip("\n") for text in texts if text.strip())


def _unwrapped(text: str, delete: bool) -> str:
    """Text of format=flowed (RFC 3676) with its paragraphs in one line each."""
    found: list[str] = []
    flows = False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        bare = line[depth:].removeprefix(" ")
        is_signature = bare == "-- "
        if flows and not is_signature and depth == 0:
            found[-1] = (found[-1][:-1] if delete else found[-1]) + bare
        else:
            found.append((">" * depth + " " if depth else "") + bare)
        flows = bare.endswith(" ") and not is_signature and depth == 0
    return "\n".join(found)
