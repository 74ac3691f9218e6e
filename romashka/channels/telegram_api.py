"""Telegram's Bot API: one call, one answer, and what its errors mean.

The bot's token is a part of every address. Nothing here puts an address into an error or a log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from romashka.channels.base import Fetched
from romashka.channels.errors import (
    AccountBlocked,
    Ambiguous,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
    Unreachable,
)
from romashka.channels.fields import object_in, text_in
from romashka.channels.http import Caller

if TYPE_CHECKING:
    import httpx

LONGEST_PAUSE_S = 3600.0
LONGEST_REASON = 300
CLASH = "somebody else takes this bot's updates (getUpdates, or another webhook)"
# What the Bot API says in words alone: whom we write to is not there.
NOBODY = re.compile("chat not found|PEER_ID_INVALID", re.IGNORECASE)

# A file by the name of its field: its name, its bytes and its type, as httpx takes them.
Files = Mapping[str, tuple[str, bytes, str]]


class BotApi:
    """The Bot API seen from one bot; keeps its connections until closed."""

    def __init__(self, url: str, token: str, timeout_s: float) -> None:
        self._methods = f"{url}/bot{token}"
        self._files = f"{url}/file/bot{token}"
        self._caller = Caller(timeout_s)

    async def call(self, method: str, fields: Mapping[str, Any], files: Files | None = None) -> Any:
        """The result of a method; raises a SendError, within the time limit.

        Any: every method has a result of its own kind. With files the fields are texts.
        """
        content: dict[str, Any] = {"data": fields, "files": files} if files else {"json": fields}
        return _result(await self._caller.request("POST", f"{self._methods}/{method}", **content))

    async def file(self, path: str, limit: int) -> Fetched:
        """A file under the path that getFile gave; raises Rejected or Unavailable."""
        return await self._fetched(f"{self._files}/{path}", limit)

    async def download(self, url: str, limit: int) -> Fetched:
        """A file of ours that is to go out; raises Rejected or Unavailable."""
        return await self._fetched(url, limit)

    async def _fetched(self, url: str, limit: int) -> Fetched:
        found = await self._caller.download(url, limit, timeout_s=self._caller.timeout_s)
        if found.status != 200:
            raise Unavailable(f"HTTP {found.status}", str(found.status))
        return Fetched(content=found.content, mime_type=found.mime_type)

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        await self._caller.close()


def _result(response: httpx.Response) -> Any:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    found = body if isinstance(body, dict) else {}
    if response.is_success and found.get("ok") is True and "result" in found:
        return found["result"]
    raise send_error(response.status_code, found)


def send_error(status: int, answer: Mapping[str, Any]) -> SendError:
    """The send error for an HTTP status and the object that Telegram answered, empty for none."""
    reason = (text_in(answer, "description") or f"HTTP {status}")[:LONGEST_REASON]
    parameters = object_in(answer, "parameters")
    pause = parameters.get("retry_after")
    if status == 429 or type(pause) is int:
        return Throttled(str(status), reason, _pause(pause))
    if "migrate_to_chat_id" in parameters:
        return Rejected("migrated", reason)
    if status in (401, 404):
        return AccountBlocked(str(status), f"the bot's token is refused: {reason}")
    if status == 403:
        return Unreachable("403", reason)
    if status == 409:
        return AccountBlocked("409", f"{CLASH}: {reason}")
    if 400 <= status < 500:
        return Rejected("bad_address" if NOBODY.search(reason) else str(status), reason)
    return _passing(status, reason, is_telegrams_own=answer.get("ok") is False)


def _passing(status: int, reason: str, *, is_telegrams_own: bool) -> SendError:
    # A gateway that gave up waiting does not know whether the message went out behind it.
    if status in (200, 502, 504) and not is_telegrams_own:
        return Ambiguous(reason, str(status))
    return Unavailable(reason, str(status))


def _pause(seconds: object) -> float | None:
    if type(seconds) is not int or seconds <= 0:
        return None
    return min(float(min(seconds, 10**6)), LONGEST_PAUSE_S)
