"""The reply without what it replies to: text rules, after those for HTML have done their part."""

# ruff: noqa: RUF001 - words and colons of many scripts are meant as they stand

from __future__ import annotations

import re

from mailparser_reply import (  # type: ignore[import-untyped]  # it ships no types
    EmailReplyParser,
)

from romashka.channels.mail.quote_words import (
    ATTRIBUTION_START,
    DASHED,
    FORWARDED,
    OTHER_LINE,
    SENDER_LINE,
    SENT_FROM,
    SIGNATURE,
    UNDERLINE,
    is_attribution,
)

LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "cs", "da", "sv", "ja", "ko", "zh"]
# mail-parser-reply takes quadratic time of hostile text: 1.5 s of 22 KB. What it is given is
# shorter, in short lines and without runs of empty ones; our own rules see all of it.
MOST_PARSED = 8_000
LONGEST_LINE = 1_000
MOST_LINES = 20_000
_PARSER = EmailReplyParser(languages=list(LANGUAGES))


def visible(text: str, *, forwarded: bool = False) -> str:
    """What the sender wrote now: no quotation, no signature; all of it where nothing is left.

    A forwarded mail stays whole, since there the old mail is the message. So does text with
    answers between quoted lines, except for the quotation at its end.
    """
    if forwarded:
        return text.strip()
    lines = _without_signature(text.split("\n", MOST_LINES))
    kept = _without_signature(_without_rule(_without_quotes(lines)))
    found = "\n".join(kept).strip()
    if found and not any(map(_is_quoted, kept)):
        found = _parsed(found)
    return found or text.strip()


def is_forwarded(text: str) -> bool:
    """Whether the text passes a mail on: a forward's mark stands before any quotation."""
    match = FORWARDED.search(text[:100_000])
    if match is None:
        return False
    before = text[: match.start()].split("\n")
    return _first_cut(before) is None and not any(map(_is_quoted, before))


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _without_quotes(lines: list[str]) -> list[str]:
    if any(map(_is_quoted, lines)):
        lines = _without_first_block(_without_last_block(_without_chain(lines)))
    if any(map(_is_quoted, lines)):
        return lines
    cut = _first_cut(lines)
    return lines if cut is None else lines[:cut]


def _without_chain(lines: list[str]) -> list[str]:
    """The lines up to a quotation below which older mails follow without marks.

    Lines that a mailer wrapped out of their marks count as quoted.
    """
    first = next(number for number, line in enumerate(lines) if _is_quoted(line))
    start = _attribution_start(lines, first)
    if start == first or not any(line.strip() for line in lines[:start]):
        return lines
    rest = lines[first:]
    bare = [
        "" if _is_quoted(line) or _is_between_quoted(rest, number) else line
        for number, line in enumerate(rest)
    ]
    is_chain = not any(line.strip() for line in bare) or _first_cut(bare) is not None
    return lines[:start] if is_chain else lines


def _is_between_quoted(lines: list[str], number: int) -> bool:
    around = lines[max(0, number - 1) : number] + lines[number + 1 : number + 2]
    return bool(lines[number].strip()) and len(around) == 2 and all(map(_is_quoted, around))


def _without_rule(lines: list[str]) -> list[str]:
    """The lines without the rule drawn below the last of them."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or UNDERLINE.match(lines[end - 1])):
        end -= 1
    return lines[:end]


def _without_last_block(lines: list[str]) -> list[str]:
    """The lines without the quotation that ends them, and without its attribution."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _is_quoted(lines[end - 1])):
        end -= 1
    if end == 0 or not any(line.strip() for line in lines[end:]):
        return lines
    return lines[: _attribution_start(lines, end)]


def _without_first_block(lines: list[str]) -> list[str]:
    """The lines without the one quotation that they begin with; the answer stands below it."""
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    first = next((n for n, line in enumerate(lines) if _is_quoted(line)), None)
    if first is None or (first != start and _attribution_start(lines, first) > start):
        return lines
    end = first
    while end < len(lines) and (not lines[end].strip() or _is_quoted(lines[end])):
        end += 1
    if any(map(_is_quoted, lines[end:])):
        return lines
    return lines[end:]


def _attribution_start(lines: list[str], end: int) -> int:
    """Where the attribution above line `end` begins; `end` itself when there is none."""
    last = end
    while last and not lines[last - 1].strip():
        last -= 1
    found = end
    for first in range(last - 1, max(-1, last - 5), -1):
        if not lines[first].strip():
            break
        joined = " ".join(line.strip() for line in lines[first:last])
        if is_attribution(joined):
            # Only the end of one may have matched: its beginning may stand a line above.
            found = first if found == end or ATTRIBUTION_START.match(joined) else found
            if ATTRIBUTION_START.match(joined):
                break
    return found


def _first_cut(lines: list[str]) -> int | None:
    """The first line of what is quoted without any mark of its own; None when there is none."""
    for number, line in enumerate(lines):
        if len(line) > LONGEST_LINE or not line.strip():
            continue
        if _is_header(lines, number) or _opens_dashed(lines, number):
            above = number - 1
            return above if above >= 0 and UNDERLINE.match(lines[above]) else number
        if line.rstrip().endswith((":", "：")):
            start = _attribution_start(lines, number + 1)
            if start <= number:
                return start
    return None


def _is_header(lines: list[str], number: int) -> bool:
    if not SENDER_LINE.match(lines[number]):
        return False
    following = [line for line in lines[number + 1 : number + 9] if line.strip()]
    return sum(bool(OTHER_LINE.match(line)) for line in following[:5]) >= 2


def _opens_dashed(lines: list[str], number: int) -> bool:
    if not DASHED.match(lines[number]):
        return False
    following = [line for line in lines[number + 1 : number + 6] if line.strip()]
    return any(SENDER_LINE.match(line) or OTHER_LINE.match(line) for line in following[:2])


def _without_signature(lines: list[str]) -> list[str]:
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    for number in range(first + 1, len(lines)):
        if SIGNATURE.match(lines[number]):
            lines = lines[:number]
            break
    end = len(lines)
    while end > first + 1 and (
        not lines[end - 1].strip() or SENT_FROM.match(lines[end - 1].strip())
    ):
        end -= 1
    return lines[:end]


def _parsed(text: str) -> str:
    """The text as mail-parser-reply would show it, where it can be asked without harm."""
    tidy = re.sub(r"\n{3,}", "\n\n", text)
    if len(tidy) > MOST_PARSED or any(len(line) > LONGEST_LINE for line in tidy.split("\n")):
        return text
    found: str = _PARSER.parse_reply(tidy) or ""
    return _first_of(tidy, found) or text


def _first_of(text: str, found: str) -> str | None:
    """As many lines of the text as were found, as they are: the parser takes indents away."""
    wanted = [line.strip() for line in found.split("\n") if line.strip()]
    kept: list[str] = []
    for line in text.split("\n"):
        if not wanted:
            break
        if line.strip() and line.strip() != wanted.pop(0):
            return None
        kept.append(line)
    return "\n".join(kept).strip()
