"""Telegram's error envelopes, and what makes the Telegram stand-in refuse a message."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from local.standins.behaviour import Behaviour

REFUSALS: Mapping[str, tuple[int, str]] = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "not_found": (400, "Bad Request: chat not found"),
    "token": (401, "Unauthorized"),
    "conflict": (409, "Conflict: terminated by other getUpdates request"),
    "transient": (500, "Internal Server Error"),
}


# Not frozen: raising sets attributes of an exception.
@dataclass(eq=False, kw_only=True)
class BotError(Exception):
    """A refusal of the platform: its code, what it says and what it gives to go on with."""

    code: int
    description: str
    parameters: Mapping[str, int] = field(default_factory=dict)

    def envelope(self) -> dict[str, Any]:
        """The body of the refusal as the platform writes it."""
        error = {"ok": False, "error_code": self.code, "description": self.description}
        return error | ({"parameters": dict(self.parameters)} if self.parameters else {})


def bad_request(description: str) -> BotError:
    """A request that the platform does not take."""
    return BotError(code=400, description=f"Bad Request: {description}")


def too_many_requests(retry_after: int) -> BotError:
    """Too fast: wait so many seconds."""
    return BotError(
        code=429,
        description=f"Too Many Requests: retry after {retry_after}",
        parameters={"retry_after": retry_after},
    )


@dataclass(slots=True, kw_only=True)
class TelegramBehaviour(Behaviour):
    """How the Telegram stand-in behaves; `strict` holds every chat to a message a second."""

    modes: ClassVar[tuple[str, ...]] = (
        "normal",
        "strict",
        "throttle",
        "hang",
        "drop",
        *REFUSALS,
    )

    def refuse(self, mode: str, chat: str, last_sent: dict[str, float]) -> None:
        """Raise the refusal that a mode asks for; `last_sent` is when each chat last got one."""
        if mode in REFUSALS:
            code, description = REFUSALS[mode]
            raise BotError(code=code, description=description)
        if mode == "throttle":
            raise too_many_requests(self.retry_after_s or 1)
        now = time.monotonic()
        if mode == "strict" and now - last_sent.get(chat, now - 2.0) < 1.0:
            raise too_many_requests(1)
        last_sent[chat] = now
