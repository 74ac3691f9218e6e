"""Reading the small languages inside a query string: names, quoted values and JSON paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NoReturn

from local.gateway.errors import RestError

WORD_MARKS = "_ $"
JSON_KEY_ENDS = "(-:.,>)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step into a JSON value: `->` keeps JSON, `->>` gives text; a key or an index."""

    arrow: Literal["->", "->>"]
    key: str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column, or a place inside a JSON column."""

    name: str
    path: tuple[Step, ...] = ()


def is_word(char: str) -> bool:
    """Whether a character may stand in an unquoted name."""
    return char.isalnum() or char in WORD_MARKS


class Scanner:
    """A cursor over one parameter; every method takes what it names or refuses the request."""

    def __init__(self, text: str, what: str) -> None:
        self.text = text
        self.what = what
        self.at = 0

    @property
    def rest(self) -> str:
        """What has not been read yet."""
        return self.text[self.at :]

    @property
    def done(self) -> bool:
        """Whether everything has been read."""
        return self.at >= len(self.text)

    def fail(self, expecting: str) -> NoReturn:
        """Refuse the parameter at the current place (400, PGRST100)."""
        found = f'"{self.text[self.at]}"' if not self.done else "end of input"
        raise RestError(
            400,
            "PGRST100",
            f'"{self.what} ({self.text})" (line 1, column {self.at + 1})',
            f"unexpected {found} expecting {expecting}",
        )

    def sees(self, token: str) -> bool:
        """Whether the next characters are `token`."""
        return self.text.startswith(token, self.at)

    def skip(self, token: str) -> bool:
        """Take `token` if it is next."""
        if not self.sees(token):
            return False
        self.at += len(token)
        return True

    def take(self, token: str, expecting: str | None = None) -> None:
        """Take `token` or refuse."""
        if not self.skip(token):
            self.fail(expecting or f'"{token}"')

    def skip_blanks(self) -> None:
        """Take spaces and tabs."""
        self.take_while(lambda char: char in " \t")

    def take_while(self, wanted: Callable[[str], bool]) -> str:
        """Take the longest run of characters that are wanted; may be empty."""
        start = self.at
        while not self.done and wanted(self.text[self.at]):
            self.at += 1
        return self.text[start : self.at]

    def end(self, expecting: str = "end of input") -> None:
        """Refuse anything that is left."""
        if not self.done:
            self.fail(expecting)

    def quoted(self) -> str:
        """A value in double quotes; a backslash takes the next character as it is."""
        self.take('"')
        out: list[str] = []
        while not self.sees('"'):
            self.skip("\\")
            if self.done:
                self.fail('"')
            out.append(self.text[self.at])
            self.at += 1
        self.take('"')
        return "".join(out)

    def quoted_before(self, ends: str) -> str | None:
        """A quoted value that is followed by one of `ends` or by the end; else nothing is taken."""
        start = self.at
        if not self.sees('"'):
            return None
        closed = _closing_quote(self.text, start)
        if closed is None or (closed + 1 < len(self.text) and self.text[closed + 1] not in ends):
            return None
        return self.quoted()

    def name(self) -> str:
        """A name, quoted or plain (letters, digits, `_ $-` and spaces within)."""
        if self.sees('"'):
            return self.quoted()
        parts = [self._word()]
        while self.sees("-") and not self.sees("->"):
            self.take("-")
            parts.append(self._word())
        return "-".join(parts)

    def _word(self) -> str:
        word = self.take_while(is_word)
        if not word:
            self.fail("field name (* or [a..z0..9_$])")
        return word.strip(" ")

    def field(self) -> Field:
        """A column with an optional JSON path, blanks around it dropped."""
        self.skip_blanks()
        name = self.name()
        path: list[Step] = []
        while self.sees("->"):
            path.append(self._step())
        self.skip_blanks()
        return Field(name=name, path=tuple(path))

    def _step(self) -> Step:
        arrow: Literal["->", "->>"] = "->>" if self.sees("->>") else "->"
        self.take(arrow)
        index = self._index()
        return Step(arrow=arrow, key=self._key() if index is None else index)

    def _index(self) -> int | None:
        start = self.at
        self.skip("-")
        digits = self.take_while(lambda char: char.isascii() and char.isdigit())
        closed = self.done or any(self.sees(token) for token in ("->", "::", ".", ","))
        if digits and closed and len(digits) < 10:
            return int(self.text[start : self.at])
        if self.text[start : start + 1] == "-":
            self.fail("digit")
        self.at = start
        return None

    def _key(self) -> str:
        if self.sees('"'):
            return self.quoted()
        parts = [self._key_part()]
        while self.sees("-") and not self.sees("->"):
            self.take("-")
            parts.append(self._key_part())
        return "-".join(parts)

    def _key_part(self) -> str:
        part = self.take_while(lambda char: char not in JSON_KEY_ENDS)
        if not part:
            self.fail("any non reserved character different from: .,>()")
        return part.strip()


def _closing_quote(text: str, start: int) -> int | None:
    at = start + 1
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return at if at < len(text) else None
