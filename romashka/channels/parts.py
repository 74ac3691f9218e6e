"""Messages that go out in several parts, each sent once however often the whole is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from romashka.channels.errors import SendError

Part = TypeVar("Part")


async def send_parts(
    parts: Sequence[Part], sent: Sequence[str], post: Callable[[Part], Awaitable[str]]
) -> tuple[str, ...]:
    """Send the parts that are not out yet, in order; the platform's ids of all of them.

    `sent` are the ids of the first parts, from earlier tries. Raises what `post` raises, with the
    ids of everything that is out by then.
    """

    async def post_one(part: Part) -> tuple[str, ...]:
        return (await post(part),)

    return await send_albums(parts, sent, post_one, lambda _: 1)


async def send_albums(
    parts: Sequence[Part],
    sent: Sequence[str],
    post: Callable[[Part], Awaitable[Sequence[str]]],
    size: Callable[[Part], int],
) -> tuple[str, ...]:
    """As `send_parts`, where a part may become several messages at once: `size` says how many."""
    ids, place = list(sent), 0
    for part in parts:
        place += size(part)
        if place <= len(sent):
            continue
        try:
            ids.extend(await post(part))
        except SendError as error:
            error.sent = tuple(ids)
            raise
    return tuple(ids)
