"""CSV: a row is an article; columns title, body, language, phrasings (separated by |) and id."""

from __future__ import annotations

import csv
import io
import re

from console.documents import Part, Unreadable

NEEDED = ("title", "body")
COLUMNS = ("id", "title", "body", "language", "phrasings")
SEPARATORS = ",;\t"
BAR = re.compile(r"(?<!\\)\|")
LARGEST_CELL = 1_000_000
QUOTED = 'columns; a text with a separator in it stands between quotation marks, as "so, or so"'


def read_table(text: str) -> list[Part]:
    """The rows of a table; raises Unreadable without the columns title and body, or for a row that
    has more of them: half a text is no answer."""
    text = text.removeprefix("\ufeff")
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    parts: list[Part] = []
    try:
        columns = [name.strip().casefold() for name in next(reader, [])]
        if missing := [name for name in NEEDED if name not in columns]:
            raise Unreadable(f"the table has no column {' and no column '.join(missing)}")
        started = reader.line_num + 1
        for row in reader:
            if any(cell.strip() for cell in row[len(columns) :]):
                raise Unreadable(f"line {started}: {len(row)} cells for {len(columns)} {QUOTED}")
            if any(cell.strip() for cell in row):
                parts.append(_part(dict(zip(columns, row, strict=False)), started))
            started = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(f"line {reader.line_num}: {error}") from None
    return parts


def write_row(cells: list[str]) -> str:
    """One line of a table."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().removesuffix("\n")


def join_phrasings(phrasings: list[str]) -> str:
    """All phrasings in one cell; a bar within one is escaped."""
    return "|".join(phrasing.replace("|", "\\|") for phrasing in phrasings)


def _separator(text: str) -> str:
    """The separator of the first line; spreadsheets write semicolons where commas are decimal."""
    first = text.lstrip().split("\n", 1)[0]
    return max(SEPARATORS, key=first.count)


def _part(row: dict[str, str], line: int) -> Part:
    title, language = row.get("title", "").strip(), row.get("language", "").strip()
    said = (one.replace("\\|", "|").strip() for one in BAR.split(row.get("phrasings", "")))
    return Part(
        key=f"{title} [{language}]" if language else title,
        title=title,
        body=row.get("body", "").strip(),
        line=line,
        language=language or None,
        phrasings=tuple(one for one in said if one),
        id=row.get("id", "").strip() or None,
    )
