"""Who looks on while a reply is made: counts the calls, and may show the text as it grows."""

from __future__ import annotations

from worker.knowledge import Passage
from worker.model.calls import Call


class Blocked(Exception):
    """A check refuses what a model writes; `reason` is a word for the log and the agents."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Watcher:
    """Looks on at one turn; this one only counts."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def found(self, looked_up: tuple[Passage, ...]) -> None:
        """Takes all that tools gave a model to rest on: what it writes from now on may cite it."""

    def wrote(self, text: str) -> None:
        """Takes the whole text of a model so far; raises Blocked where it must not go on."""
