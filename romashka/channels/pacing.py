"""Keeping to a platform's rates before it has to refuse: messages wait for their turn."""

from __future__ import annotations

import asyncio

from romashka.channels.errors import Throttled

# More chats than can be waiting at once; those whose turn is over are forgotten beyond it.
MOST_CHATS = 4096


class Pace:
    """Gives turns: one a `chat_s` seconds to each chat, one a `all_s` seconds to all together.

    Of one process and one account; other processes have their own, and the platform the last word.
    """

    def __init__(self, *, chat_s: float, all_s: float) -> None:
        self._chat_s = chat_s
        self._all_s = all_s
        self._next_of_all = 0.0
        self._next_of: dict[str, float] = {}

    async def turn(self, chat: str, within_s: float) -> None:
        """Wait for the chat's turn; raises Throttled at once where it is too far away."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_of.get(chat, 0.0), self._next_of_all)
        if at - now > within_s:
            raise Throttled("pace", "too many messages are waiting", at - now)
        self._forget(now)
        self._next_of[chat] = at + self._chat_s
        self._next_of_all = max(self._next_of_all, now) + self._all_s
        await asyncio.sleep(at - now)

    def taken(self, chat: str) -> None:
        """Count the chat's pause from now: the platform has answered, however late it counted."""
        self._next_of[chat] = asyncio.get_running_loop().time() + self._chat_s

    def _forget(self, now: float) -> None:
        if len(self._next_of) >= MOST_CHATS:
            self._next_of = {chat: at for chat, at in self._next_of.items() if at > now}
