"""`romashka replay`: kept webhook requests are parsed anew by the present parsers."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from console.output import data, data_json, say
from console.place import running
from console.problems import USAGE, Problem
from romashka.channels import build_channels
from romashka.channels.base import Channel
from romashka.channels.errors import ParseError
from romashka.channels.events import as_json
from romashka.database import call, call_all, to_json
from romashka.pools import open_pool
from romashka.settings import Settings

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

AT_ONCE = 1000
SUMS = ("messages", "duplicates", "receipts", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which requests: by id, by time (ISO 8601), or those that could not be parsed."""

    ids: tuple[int, ...] = ()
    since: str | None = None
    until: str | None = None
    failed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows it down."""
        return not (self.ids or self.since or self.until or self.failed)


def run(which: Which, *, as_json: bool) -> None:
    """Parse the requests anew and print what came of it."""
    if which.is_empty:
        raise Problem(USAGE, "which", "say which requests: --id, --since and --until, or --failed")
    result = replay(which)
    if as_json:
        data_json(result)
    else:
        data(", ".join(f"{number} {name}" for name, number in result.items()))


def replay(which: Which) -> dict[str, int]:
    """Do it; gives how many requests were read and what was stored of them."""
    from local.parts import environment

    plan, _ = running()
    settings = Settings.from_env(environment(plan))
    with open_pool(plan.db_url, name="romashka-replay", size=1, timeout_s=60.0) as pool:
        found = kept_requests(pool, which)
        if len(found) == AT_ONCE:
            say(f"only the first {AT_ONCE} were taken: go on with --since or --id")
        wanted = [item for item in found if not which.failed or item["state"] == "failed"]
        result = dict.fromkeys(("requests", *SUMS), 0)
        channels = build_channels(settings)
        for channel_type, items in groupby(wanted, key=lambda item: str(item["channel_type"])):
            batch = list(items)
            summary = ingest(pool, channels.get(channel_type), channel_type, batch)
            result["requests"] += len(batch)
            for name in SUMS:
                result[name] += summary.get(name, 0)
    return result


def kept_requests(pool: ConnectionPool, which: Which) -> list[dict[str, Any]]:
    """The requests as they were kept, oldest first."""
    return call_all(
        pool,
        "private.inbound_for_replay",
        p_from=which.since,
        p_to=which.until,
        p_ids=list(which.ids) or None,
        p_limit=AT_ONCE,
    )


def ingest(
    pool: ConnectionPool,
    channel: Channel | None,
    channel_type: str,
    items: Sequence[Mapping[str, Any]],
) -> Mapping[str, int]:
    """Store what the present parser makes of these requests of one channel."""
    if channel is None:
        raise Problem(
            USAGE, "channel", f"{channel_type} is not configured here, so nothing can parse it"
        )
    bodies = [base64.b64decode(item["body"]) for item in items]
    parsed = [parse(channel, body) for body in bodies]
    summary: Mapping[str, int] = call(
        pool,
        "private.ingest_events",
        channel_type,
        bodies,
        _array(to_json(item["headers"]) for item in items),
        _array(events for events, _ in parsed),
        [error for _, error in parsed],
        [item["id"] for item in items],
    )
    return summary


def parse(channel: Channel, body: bytes) -> tuple[str, str | None]:
    """The events as JSON text, or "null" and why there are none."""
    try:
        return to_json([as_json(event) for event in channel.parse(body)]), None
    except ParseError as error:
        return "null", str(error)


def _array(texts: Iterable[str]) -> str:
    return f"[{','.join(texts)}]"
