"""What a model may look up while it answers, as the database offers it, and what it asks for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from worker.deadline import Deadline
from worker.knowledge import Passage

LONGEST_ARGUMENTS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A row of ai_tools; `parameters` is the JSON Schema of its arguments.

    `is_source`: an answer may rest on what it gives.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    is_source: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What a model asks a tool; `arguments` are its text, which may be no JSON at all."""

    id: str
    name: str
    arguments: str

    def parsed(self) -> dict[str, Any] | None:
        """The arguments; None where they are too long or no object."""
        if len(self.arguments) > LONGEST_ARGUMENTS:
            return None
        try:
            found = json.loads(self.arguments or "{}", parse_constant=_refuse)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    def repeated(self) -> str:
        """The arguments as the model is shown them again: servers refuse broken ones."""
        return json.dumps(self.parsed() or {}, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a call gave: a passage as a model may see it, or a word that says why there is none."""

    call: ToolCall
    passage: Passage | None = None
    error: str = ""


class Toolbox(Protocol):
    """The tools of one turn."""

    async def use(self, calls: Sequence[ToolCall], deadline: Deadline) -> tuple[Finding, ...]:
        """What each call gave; raises Blocked where the turn is no longer ours, nothing else."""
        ...


def read_tools(rows: Iterable[Mapping[str, Any]]) -> tuple[Tool, ...]:
    """The tools of a row that claim_reply_jobs gave."""
    return tuple(
        Tool(
            name=str(row["name"]),
            description=str(row["description"]),
            parameters=row["parameters"],
            is_source=row["is_source"] is True,
        )
        for row in rows
    )


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
