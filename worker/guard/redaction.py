"""Personal data is replaced before a text leaves for a model, and put back into what it says.

The map lives as long as the turn, in memory. Cards and passwords are never put back: whoever sent
one by mistake need not read it again (R119).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from worker.guard.attacks import LOOKED_AT
from worker.guard.personal import spans
from worker.turn import Turn

KINDS = ("CARD", "IBAN", "EMAIL", "PHONE", "IP", "ID", "PASSWORD")
PLACEHOLDER = re.compile(rf"\[({'|'.join(KINDS)})_(\d{{1,4}})\]")
NEVER_RESTORED = frozenset({"CARD", "PASSWORD"})
# What private.recent_history gives of a message.
CUT_BEFORE = 2000
LONGEST_CUT = 80
UNFINISHED = re.compile(r"[\d\s.,:;|*/_+()-]*[\w@.%+-]*\Z")
MASK = "\u2022\u2022\u2022\u2022"


def redacted(text: str) -> str:
    """A single text without its personal data, as an embeddings endpoint may get it."""
    return Redaction().hide(text)


class Redaction:
    """The placeholders of one turn; `kept` is text of the business, whose data is no secret."""

    def __init__(self, kept: str = "") -> None:
        self._kept = kept
        self._names: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}

    def hide(self, text: str) -> str:
        """The text with placeholders like [CARD_1] for what is personal."""
        # Nobody gets to write a placeholder of ours.
        text = PLACEHOLDER.sub(r"(\1_\2)", text)
        parts, end = [], 0
        for span in spans(text):
            value = text[span.start : span.end]
            if span.kind not in NEVER_RESTORED and value in self._kept:
                continue
            parts += [text[end : span.start], self._name(span.kind, value)]
            end = span.end
        return "".join(parts) + text[end:]

    def restore(self, text: str) -> str:
        """The text with what the placeholders stand for; a placeholder never given out stays."""
        return PLACEHOLDER.sub(lambda found: self._value(found[0], found[1]), text)

    def restore_in(self, found: Any) -> Any:
        """The same for every text in a JSON value."""
        if isinstance(found, str):
            return self.restore(found)
        if isinstance(found, Mapping):
            return {key: self.restore_in(value) for key, value in found.items()}
        if isinstance(found, list):
            return [self.restore_in(value) for value in found]
        return found

    def _name(self, kind: str, value: str) -> str:
        key = (kind, value)
        if key not in self._names:
            count = sum(known == kind for known, _ in self._names) + 1
            self._names[key] = f"[{kind}_{count}]"
            self._values[self._names[key]] = value
        return self._names[key]

    def _value(self, name: str, kind: str) -> str:
        if name not in self._values:
            return name
        return MASK if kind in NEVER_RESTORED else self._values[name]


def hide_turn(turn: Turn) -> tuple[Turn, Redaction]:
    """The turn as a model may see it, and what its placeholders stand for.

    Of a question it sees what was looked through for orders, and no more: the rest costs, too.
    """
    business = (passage.article + passage.content for passage in turn.knowledge)
    redaction = Redaction("\n".join([turn.instructions, *business]))
    hidden = replace(
        turn,
        question=redaction.hide(_looked_through(turn.question)),
        history=tuple(
            replace(line, content=redaction.hide(_as_recent(line.content))) for line in turn.history
        ),
    )
    return hidden, redaction


def _looked_through(text: str) -> str:
    """The beginning of a text that was looked through for orders."""
    return text if len(text) <= LOOKED_AT else _without_cut(text[:LOOKED_AT])


def _as_recent(text: str) -> str:
    """A message before, which comes from the database cut where it is long."""
    return text if len(text) < CUT_BEFORE else _without_cut(text)


def _without_cut(text: str) -> str:
    """A text that was cut, without the number or the word at its end: half a card is one too."""
    return text[:-LONGEST_CUT] + UNFINISHED.sub("", text[-LONGEST_CUT:], count=1)
