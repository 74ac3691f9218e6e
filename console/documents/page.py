"""Web pages: their main content, without what a reader does not see."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import html  # type: ignore[import-untyped]  # it ships no types
from lxml.etree import ParserError  # type: ignore[import-untyped]

from console.documents import Part, Unreadable
from console.documents.markdown import parts_of

# Around the content, or never shown.
LEFT_OUT = frozenset(
    re.findall(
        r"\w+",
        """
        script style noscript template nav header footer aside form button select textarea svg
        iframe object head canvas dialog menu audio video math
        """,
    )
)
BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """
        p div section article main ul ol table tr blockquote pre figure address dl dd fieldset
        """,
    )
)
LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6, "summary": 3, "dt": 3}
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|opacity\s*:\s*0(?!\.)",
    re.IGNORECASE,
)
# Stands before a heading's level; pages have no such character.
MARK = "\x01"


def read_page(content: bytes, name: str) -> list[Part]:
    """The articles of a page; raises Unreadable when there is no page in it."""
    parser = html.HTMLParser(encoding=_encoding(content), remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(content.replace(b"\x00", b""), parser=parser)
    except (ParserError, ValueError) as error:
        raise Unreadable(f"no page: {error}") from None
    title = _one_line(root.findtext(".//title") or "") or name
    language = (root.get("lang") or "").strip().replace("_", "-") or None
    lines = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(_pieces(_main(root)))).split("\n")
    return parts_of(map(_marked, lines), title, language)


def _encoding(content: bytes) -> str | None:
    """UTF-8 where it can be; None leaves it to what the page says of itself."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _marked(line: str) -> tuple[int, int, str]:
    """A line with its level as a heading. Lines of a page's source say nothing: all are 1."""
    return (1, int(line[1]), line[2:]) if line.startswith(MARK) else (1, 0, line)


def _main(root: html.HtmlElement) -> html.HtmlElement:
    """The part of the page that it is about."""
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = root.findall(path)
        if len(found) == 1:
            return found[0]
    body = root.find(".//body")
    return root if body is None else body


def _pieces(element: html.HtmlElement) -> Iterator[str]:
    """The text of an element, headings marked; a loop instead of recursion: pages nest deeply."""
    stack: list[html.HtmlElement | str] = [element]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            yield current
            continue
        if not isinstance(current.tag, str) or _is_hidden(current):
            continue
        before, after = _frame(current)
        yield before
        if current.tag in LEVELS:
            yield _one_line(_shown(current)) + after
            continue
        yield _folded(current.text)
        stack.append(after)
        for child in reversed(current):
            stack.append(_folded(child.tail))
            stack.append(child)


def _frame(element: html.HtmlElement) -> tuple[str, str]:
    tag = str(element.tag)
    if tag in LEVELS:
        return f"\n\n{MARK}{LEVELS[tag]}", "\n\n"
    if tag == "li":
        return "\n- ", "\n"
    if tag in ("td", "th"):
        return "", " "
    if tag == "br":
        return "\n", ""
    if tag == "a" and str(element.get("href") or "").startswith(("http://", "https://")):
        return "", f" ({element.get('href')})"
    return ("\n\n", "\n\n") if tag in BLOCKS else ("", "")


def _shown(element: html.HtmlElement) -> str:
    """The text of a heading, hidden pieces left out."""
    pieces = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and not _is_hidden(child):
            pieces.append(str(child.text_content()))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _is_hidden(element: html.HtmlElement) -> bool:
    return (
        element.tag in LEFT_OUT
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(HIDDEN.search(element.get("style") or ""))
    )


def _folded(text: str | None) -> str:
    """Text as a browser shows it: every run of white space is one space."""
    return re.sub(r"\s+", " ", (text or "").replace(MARK, ""))


def _one_line(text: str) -> str:
    return " ".join(text.split())
