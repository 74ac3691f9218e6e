"""The calls of tools in a stream, put together from their parts.

Servers disagree: some number the calls of a round, some give every one the number 0 and another id,
some give every part of one call another id. What begins a call is its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from worker.tools import ToolCall


@dataclass(slots=True)
class Part:
    """A call that may still grow."""

    id: str
    name: str
    pieces: list[str] = field(default_factory=list)


class Calls:
    """The calls of one answer so far."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._at: dict[object, Part] = {}

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[ToolCall]:
        return (
            ToolCall(id=part.id, name=part.name, arguments="".join(part.pieces))
            for part in self._parts
        )

    def add(self, place: object, call_id: object, name: object, piece: object) -> str:
        """Takes a part of the call at a place; gives the text that it added."""
        place = place if isinstance(place, int) else None
        text = piece if isinstance(piece, str) else ""
        part = self._at.get(place)
        if isinstance(name, str) and name and (part is None or part.id != call_id):
            number = len(self._parts)
            part = Part(call_id if isinstance(call_id, str) and call_id else f"call_{number}", name)
            self._parts.append(part)
            self._at[place] = part
        if part is not None:
            part.pieces.append(text)
        return text

    def finish(self, place: object, arguments: object) -> None:
        """Takes the whole arguments of the call at a place, as a server sends them at its end."""
        if isinstance(place, int) and (part := self._at.get(place)) and isinstance(arguments, str):
            part.pieces[:] = [arguments]
