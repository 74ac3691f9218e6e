"""A text as HTML: the same words, nothing more, with addresses that can be followed."""

from __future__ import annotations

import re
from html import escape

LINK = re.compile(r"https?://[^\s<>\"']{1,1000}")
# What ends a sentence rather than an address.
AFTER_LINK = ".,;:!?)]}"


def html_of(text: str) -> str:
    """A whole HTML document; every character of the text is shown as it is."""
    paragraphs = re.split(r"\n{2,}", text.replace("\r\n", "\n").strip("\n"))
    body = "".join(f"<p>{_lines(paragraph)}</p>\n" for paragraph in paragraphs)
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{body}</body></html>\n'
    )


def _lines(paragraph: str) -> str:
    return "<br>\n".join(_linked(line) for line in paragraph.split("\n"))


def _linked(line: str) -> str:
    shown, place = "", 0
    for found in LINK.finditer(line):
        url = found[0].rstrip(AFTER_LINK)
        shown += escape(line[place : found.start()])
        shown += f'<a href="{escape(url)}">{escape(url)}</a>'
        place = found.start() + len(url)
    return shown + escape(line[place:])
