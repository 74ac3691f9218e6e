"""CSV: a row is an article; phrasings are separated by |, a line's place is its id or title."""

from __future__ import annotations

import csv
import io
import re
from difflib import get_close_matches

from console.documents import USE, Part, Tell, Unreadable, tell_nobody
from console.output import shorten

NEEDED = ("title", "body")
COLUMNS = ("id", "title", "body", "language", "phrasings", *USE)
SEPARATORS = ",;\t"
BAR = re.compile(r"(?<!\\)\|")
LARGEST_CELL = 1_000_000
MOST_TOLD = 5
QUOTED = 'columns; a text with a separator in it stands between quotation marks, as "so, or so"'


def read_table(text: str, tell: Tell = tell_nobody) -> list[Part]:
    """The rows of a table; `tell` hears of columns that are left out.

    Raises Unreadable without the columns title and body, or for a row that has more of them: half a
    text is no answer. Nor with a column that is nearly one of USE: left out it would show everybody
    what is for some.
    """
    text = text.removeprefix("\ufeff")
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    parts: list[Part] = []
    try:
        columns = _columns(next(reader, []), tell)
        started = reader.line_num + 1
        for row in reader:
            if any(cell.strip() for cell in row[len(columns) :]):
                raise Unreadable(f"line {started}: {len(row)} cells for {len(columns)} {QUOTED}")
            if any(cell.strip() for cell in row):
                cells = {**dict.fromkeys(columns, ""), **dict(zip(columns, row, strict=False))}
                parts.append(_part(cells, started))
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


def _columns(cells: list[str], tell: Tell) -> list[str]:
    """The columns that a first line names; raises Unreadable."""
    columns = [name.strip().casefold() for name in cells]
    unknown = [name for name in columns if name and name not in COLUMNS]
    faults = [_unknown(name) for name in unknown]
    known = f"known are {', '.join(COLUMNS)}"
    if missing := [name for name in NEEDED if name not in columns]:
        lacking = f"the table has no column {' and no column '.join(missing)}"
        if len(columns) == 1:
            known += "; a comma, a semicolon or a tab separates them"
        raise Unreadable("; ".join([lacking, *faults[:MOST_TOLD], known]))
    if twice := [name for name in COLUMNS if columns.count(name) > 1]:
        raise Unreadable(f"the table has two columns {twice[0]}")
    if any(_meant(name) in USE for name in unknown):
        raise Unreadable("; ".join([*faults[:MOST_TOLD], known]))
    if faults:
        tell("; ".join([*faults[:MOST_TOLD], f"what is in it is left out, {known}"]))
    return columns


def _unknown(name: str) -> str:
    meant = f" (did you mean {_meant(name)}?)" if _meant(name) else ""
    return f"column {shorten(name, 40)} is not known{meant}"


def _meant(name: str) -> str | None:
    """The column whose name is nearest, if any is near."""
    return next(iter(get_close_matches(name, COLUMNS, n=1)), None)


def _separator(text: str) -> str:
    """The separator of the first line; spreadsheets write semicolons where commas are decimal."""
    first = text.lstrip().split("\n", 1)[0]
    return max(SEPARATORS, key=first.count)


def _part(row: dict[str, str], line: int) -> Part:
    title, language = row["title"].strip(), row.get("language", "").strip()
    identity = row.get("id", "").strip() or None
    said = (one.replace("\\|", "|").strip() for one in BAR.split(row.get("phrasings", "")))
    return Part(
        key=identity or (f"{title} [{language}]" if language else title),
        title=title,
        body=row["body"].strip(),
        line=line,
        language=language or None,
        phrasings=tuple(one for one in said if one),
        id=identity,
        use={name: row[name].strip() for name in USE if name in row},
    )
