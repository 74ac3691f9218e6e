"""What a platform says of our account, asked without anybody writing (R70)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from romashka.channels.base import Channel, Checkable, Hook, Hooked
from romashka.channels.errors import AccountBlocked, SendError


async def ask(channel: Channel, account: str) -> dict[str, Any]:
    """What the platform says of an account now, as private.record_check takes it.

    Besides, `says` is its answer in one line. What goes wrong is a finding too: nothing is raised.
    """
    try:
        said = await channel.check(account) if isinstance(channel, Checkable) else None
        webhook = _told(await channel.hook(account)) if isinstance(channel, Hooked) else None
    except SendError as error:
        state = "invalid" if isinstance(error, AccountBlocked) else "silent"
        return {"state": state, "error": " ".join(filter(None, (error.code, error.reason)))}
    return {"state": "valid", "says": said, "webhook": webhook}


def _told(hook: Hook) -> dict[str, Any]:
    """What a platform tells of our webhook, its time as the database reads it."""
    at = None if hook.error_at is None else datetime.fromtimestamp(hook.error_at, UTC).isoformat()
    return asdict(hook) | {"error_at": at}
