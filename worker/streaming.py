"""What people see of a reply while it is written.

On the topic `conversation:<id>`: `ai_start {job_id, attempt}`, then `ai_delta {job_id, attempt,
seq, text}` with the whole text so far, then `ai_done {job_id, message_id}` or `ai_abort {job_id,
reason}`. A reply of which nothing was shown sends none of them. The row is the truth: its own
event replaces whatever was shown.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from worker.broadcasts import Broadcast, Broadcasts
from worker.knowledge import Passage
from worker.model import Reply, Watcher
from worker.model.reading import cited_part, shown_part
from worker.turn import Turn

HELD_BACK = 20
# Sixteen a second at most, the last one included, where the customer reads along; elsewhere only
# agents do.
CUSTOMER_PACE_S = 1 / 15
AGENT_PACE_S = 0.5
CHANNELS_TO_FOLLOW = frozenset({"website"})


class Screen(Protocol):
    """Looks at a reply before people do."""

    def __call__(self, text: str, *, is_final: bool, cited: tuple[Passage, ...] = ()) -> str:
        """The part of the text that may be shown; raises Blocked where nothing may be."""
        ...


def hold_back(text: str, *, is_final: bool, cited: tuple[Passage, ...] = ()) -> str:
    """All but the last characters of a text that still grows, up to the end of a word."""
    if is_final:
        return text
    kept = text[: max(0, len(text) - HELD_BACK)]
    head, space, _ = kept.rpartition(" ")
    return head if space else kept


class Bubble(Watcher):
    """One reply on its way to the people who follow the conversation."""

    def __init__(self, turn: Turn, screen: Screen, broadcasts: Broadcasts) -> None:
        super().__init__()
        self._turn = turn
        self._screen = screen
        self._broadcasts = broadcasts
        follows = turn.channel_type in CHANNELS_TO_FOLLOW
        self._pace_s = CUSTOMER_PACE_S if follows else AGENT_PACE_S
        self._next_at = 0.0
        self._seq = 0
        self._shown = ""
        self._ended = False

    def found(self, looked_up: tuple[Passage, ...]) -> None:
        """Takes what tools gave: a text that rests on it is shown like one of the articles."""
        self._turn = replace(self._turn, looked_up=looked_up)

    def wrote(self, text: str) -> None:
        """Shows what may be shown of a model's text, if it is time again; raises Blocked."""
        if self._ended or time.monotonic() < self._next_at:
            return
        part = shown_part(self._turn, text)
        cited = cited_part(self._turn, text) if part else ()
        shown = self._screen(part, is_final=False, cited=cited) if part else ""
        if shown and shown != self._shown:
            self._show(shown)

    def close(self, reply: Reply, result: Mapping[str, Any]) -> None:
        """Ends what was shown: with the message that the database made of it, or without one."""
        message_id, state = result.get("message_id"), str(result.get("state"))
        if state not in ("answered", "clarified") or message_id is None:
            self.abort(reply.reason or state if state == "handed_over" else state)
        elif not reply.content.startswith(self._shown):
            self.abort("replaced")
        elif self._is_open():
            if reply.content != self._shown:
                self._show(reply.content)
            self._ended = True
            self._send("ai_done", {"message_id": str(message_id)})

    def abort(self, reason: str) -> None:
        """Takes back what was shown, if anything was."""
        if self._is_open():
            self._ended = True
            self._send("ai_abort", {"reason": reason})

    def _is_open(self) -> bool:
        return self._seq > 0 and not self._ended

    def _show(self, text: str) -> None:
        # In shadow people answer: it is judged as ever, and nothing of it is to be seen.
        if not self._turn.is_shown:
            return
        attempt = {"attempt": self._turn.attempt}
        if self._seq == 0:
            self._send("ai_start", attempt)
        self._seq += 1
        self._shown = text
        self._next_at = time.monotonic() + self._pace_s
        self._send("ai_delta", {**attempt, "seq": self._seq, "text": text}, passing=True)

    def _send(self, event: str, payload: Mapping[str, Any], *, passing: bool = False) -> None:
        self._broadcasts.add(
            self._turn.job_id,
            Broadcast(
                topic=f"conversation:{self._turn.conversation_id}",
                event=event,
                payload={"job_id": self._turn.job_id, **payload},
                passing=passing,
            ),
        )
