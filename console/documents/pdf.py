"""PDF: an article for each entry of the outline, else one for the whole document.

That one is named by the document's title, else by a first line that is a heading, else by the file.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from console.documents import Part, Unreadable

MOST_PAGES = 2000
MOST_CHARACTERS = 5_000_000
LONGEST_PART = 100_000
# A word that was cut at the end of a line.
HYPHEN = re.compile(r"(?<=[a-zà-ÿß])-\n(?=[a-zà-ÿ])")
NO_HEADING_ENDS = ".,;:-\u3002\uff0c"


def read_pdf(content: bytes, name: str) -> list[Part]:
    """The articles of a PDF; `line` is the page. Raises Unreadable, saying why."""
    if not content.strip():
        raise Unreadable("the PDF holds no text: the file is empty")
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("the PDF is locked with a password")
        pages = list(_texts(reader))
        told = reader.metadata.title if reader.metadata else None
        title = (told or "").strip() or _heading(pages) or name
        chapters = list(_chapters(reader, reader.outline))
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"the PDF is broken ({type(error).__name__})") from None
    if not any(page.strip() for page in pages):
        raise Unreadable("the PDF holds no text: it may be a scan")
    return list(_parts(pages, chapters or [(title, 0)], title))


def _texts(reader: PdfReader) -> Iterator[str]:
    size = 0
    if len(reader.pages) > MOST_PAGES:
        raise Unreadable(f"the PDF has {len(reader.pages)} pages, {MOST_PAGES} are allowed")
    for page in reader.pages:
        text = page.extract_text() or ""
        size += len(text)
        if size > MOST_CHARACTERS:
            raise Unreadable(f"the PDF has more than {MOST_CHARACTERS} characters")
        yield text


def _heading(pages: list[str]) -> str | None:
    """The first line, where it looks like a heading: shorter than lines are, no sentence, apart."""
    lines = [line.strip() for line in "\n".join(pages[:1]).split("\n") if line.strip()]
    if len(lines) < 2 or 2 * len(lines[0]) > max(map(len, lines[1:])):
        return None
    goes_on = lines[0][-1] in NO_HEADING_ENDS or lines[1][0].islower()
    return None if goes_on else " ".join(lines[0].split())


# Any: an outline is a list of entries and of lists below them.
def _chapters(reader: PdfReader, outline: Any) -> Iterator[tuple[str, int]]:
    """The title and page (from 0) of every entry of the outline, in order."""
    for entry in outline:
        if isinstance(entry, list):
            yield from _chapters(reader, entry)
            continue
        page = reader.get_destination_page_number(entry)
        if page is not None and page >= 0 and str(entry.title).strip():
            yield " ".join(str(entry.title).split()), page


def _parts(pages: list[str], chapters: list[tuple[str, int]], title: str) -> Iterator[Part]:
    places = [_place(pages, chapter) for chapter in chapters]
    if any(text.strip() for text in _between(pages, (0, 0), places[0])):
        chapters, places = [(title, 0), *chapters], [(0, 0), *places]
    ends = [*places[1:], (len(pages), 0)]
    keys: Counter[str] = Counter()
    for (heading, _), start, end in zip(chapters, places, ends, strict=True):
        body = _clean("\n".join(_between(pages, start, end))).removeprefix(heading).strip()
        for number, piece in enumerate(_pieces(body), 1):
            name = heading if number == 1 else f"{heading} ({number})"
            keys[name] += 1
            key = name if keys[name] == 1 else f"{name} [{keys[name]}]"
            yield Part(key=key, title=name, body=piece, line=start[0] + 1)


def _place(pages: list[str], chapter: tuple[str, int]) -> tuple[int, int]:
    """Where a chapter begins: its page, and its heading's place there."""
    heading, page = chapter
    words = r"\s+".join(map(re.escape, heading.split()))
    found = re.search(rf"(?m)^[ \t]*{words}", pages[page]) if page < len(pages) else None
    return page, found.start() if found else 0


def _between(pages: list[str], start: tuple[int, int], end: tuple[int, int]) -> Iterator[str]:
    for number in range(start[0], min(end[0] + 1, len(pages))):
        first = start[1] if number == start[0] else 0
        yield pages[number][first : end[1] if number == end[0] else None].strip("\n")


def _clean(text: str) -> str:
    """Lines of a page joined to paragraphs; an empty line or a list's mark begins a new one."""
    text = HYPHEN.sub("", text.replace("\x00", ""))
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r"(?<=\S) ?\n(?=[^\n\s•\-\u2013*])", " ", text)
    return re.sub(r"\n\s*\n+", "\n\n", text).strip()


def _pieces(body: str) -> Iterator[str]:
    """A body in pieces that an article may hold."""
    while len(body) > LONGEST_PART:
        cut = body.rfind("\n\n", 0, LONGEST_PART)
        cut = cut if cut > 0 else LONGEST_PART
        yield body[:cut].strip()
        body = body[cut:].strip()
    if body:
        yield body
