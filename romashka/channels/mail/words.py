"""The small languages inside headers: encoded words, parameters, addresses, message ids, dates."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from romashka.channels.fields import FIRST_MOMENT, LAST_MOMENT, LONGEST_ID
from romashka.channels.mail.charsets import decode

_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bq])\?([^?]{0,2000})\?=", re.IGNORECASE)
_PARAMETER = re.compile(
    r";\s*([\w!#$%&'*+.^`|~-]{1,60})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)(?:\"|\Z)|([^;\"]*))", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]+")
_ID = re.compile(r"<([^<>]{1,1000})>")
_SPACE = re.compile(r"\s+")


def decode_words(text: str) -> str:
    """The text with its encoded words (RFC 2047) decoded, on one line and without controls.

    A decoded word may hold line ends, and whoever copied them into a header would be writing
    further headers: they become spaces.
    """
    found: list[str] = []
    run: list[tuple[str, bytes]] = []
    position = 0
    for match in _ENCODED.finditer(text):
        between = text[position : match.start()]
        if between.strip() or not run:
            found.append(_decode_run(run) + between)
            run = []
        run.append((match[1].lower(), _bytes_of(match[2].lower(), match[3])))
        position = match.end()
    found.append(_decode_run(run) + text[position:])
    return one_line("".join(found))


def _decode_run(run: list[tuple[str, bytes]]) -> str:
    """Neighbouring words of one charset decoded together: mailers cut inside a character."""
    merged: list[tuple[str, bytes]] = []
    for charset, data in run:
        if merged and merged[-1][0] == charset:
            merged[-1] = (charset, merged[-1][1] + data)
        else:
            merged.append((charset, data))
    return "".join(decode(data, charset) for charset, data in merged)


def _bytes_of(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", errors="replace")
    if encoding == "q":
        return binascii.a2b_qp(data, header=True)
    try:
        return binascii.a2b_base64(data + b"==")
    except binascii.Error:
        return data


def one_line(text: str) -> str:
    """The text with every run of controls and line ends as one space, trimmed."""
    return _CONTROLS.sub(" ", text).strip()


def parameters(value: str) -> tuple[str, Mapping[str, str]]:
    """A field such as Content-Type as its main value in lower case and its parameters.

    Parameters that are continued, percent-encoded (RFC 2231) or against the rules encoded as
    words come out decoded.
    """
    main = value.partition(";")[0].strip().lower()
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(value):
        name, text = match[1].lower(), match[3]
        if match[2] is not None:
            text = _ESCAPED.sub(r"\1", match[2])
        base, _, rest = name.partition("*")
        number = rest.rstrip("*")
        place = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else 0
        pieces.setdefault(base, []).append((place, name.endswith("*"), (text or "").strip()))
    return main, {name: _joined(items) for name, items in pieces.items()}


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    # Where a name comes plain and encoded, the encoded one is meant for those who can read it.
    pieces.sort(key=lambda piece: (piece[0], not piece[1]))
    _, is_encoded, first = pieces[0]
    rest = [(encoded, text) for place, encoded, text in pieces[1:] if place]
    if not is_encoded and not any(encoded for encoded, _ in rest):
        return decode_words(first + "".join(text for _, text in rest))
    charset, quotes, text = first.partition("'") if is_encoded else ("", "", first)
    text = text.partition("'")[2] if quotes else first
    data = _percent(is_encoded, text) + b"".join(_percent(*piece) for piece in rest)
    return one_line(decode(data, charset if quotes else None))


def _percent(is_encoded: bool, text: str) -> bytes:
    return unquote_to_bytes(text) if is_encoded else text.encode("utf-8", errors="replace")


def message_ids(text: str) -> list[str]:
    """The message ids of a field, in order, without brackets and spaces; none too long to keep.

    Real mails have ids with two @, without brackets, or folded in the middle.
    """
    found = _ID.findall(text) if "<" in text else re.split(r"[\s,;]+", text)
    ids = (_SPACE.sub("", item).strip("<>") for item in found)
    return list(dict.fromkeys(item for item in ids if item and len(item) <= LONGEST_ID))


def moment(text: str) -> datetime | None:
    """The time of a Date field in UTC; None for one that is missing, broken or impossible."""
    try:
        found = parsedate_to_datetime(text[:100])
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if FIRST_MOMENT <= found.timestamp() < LAST_MOMENT else None
