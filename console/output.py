"""Where text goes: data to stdout, everything else to stderr; colour only on a terminal."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from console.problems import ReaderGone

COLOURS = {"dim": "2", "bold": "1", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def data(text: str) -> None:
    """Print a line that is a command's result; raises ReaderGone where nobody reads it any more."""
    if not _written(sys.stdout, text):
        raise ReaderGone


def data_json(value: Mapping[str, Any]) -> None:
    """Print a command's result as one JSON object."""
    data(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def say(text: str) -> None:
    """Tell the person something that is no result, if they still listen."""
    _written(sys.stderr, text)


def _written(stream: TextIO, text: str) -> bool:
    """Whether the line could be written; a reader that has gone is not tried again at the end."""
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True


def paint(text: str, colour: str) -> str:
    """The text in a colour, where stdout is a terminal and NO_COLOR is not set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"


def shorten(text: str, length: int = 60) -> str:
    """The text on one line and not longer than `length`, without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def counted(number: int, one: str, many: str = "") -> str:
    """So many of a thing, in the number that fits: `many` where it is no mere s more."""
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def version() -> str:
    """The version of this checkout."""
    project = Path(__file__).resolve().parent.parent / "pyproject.toml"
    return str(tomllib.loads(project.read_text())["project"]["version"])
