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
    ids = list(sent)
    for part in parts[len(ids) :]:
        try:
            ids.append(await post(part))
        except SendError as error:
            error.sent = tuple(ids)
            raise
    return tuple(ids)
