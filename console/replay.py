"""`romashka replay`: kept webhook requests are parsed anew by the present parsers."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from console.output import data, data_json
from console.place import running
from console.problems import USAGE, Problem
from romashka.channels import build_channels
from romashka.channels.base import Channel, Inlet
from romashka.channels.reading import read_events
from romashka.database import call, call_all, to_json
from romashka.pools import open_pool
from romashka.settings import Settings

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

AT_ONCE = 20
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
    channels = build_channels(Settings.from_env(environment(plan)))
    with open_pool(plan.db_url, name="romashka-replay", size=1, timeout_s=60.0) as pool:
        return replay_all(pool, channels, which)


def replay_all(
    pool: ConnectionPool, channels: Mapping[str, Channel], which: Which
) -> dict[str, int]:
    """Replay page by page over a pool; raises Problem when a named request is not kept."""
    result = dict.fromkeys(("requests", *SUMS), 0)
    missing = set(which.ids)
    for page in pages(pool, which):
        missing -= {item["id"] for item in page}
        for channel_type, items in groupby(page, key=lambda item: str(item["channel_type"])):
            batch = list(items)
            summary = ingest(pool, channels.get(channel_type), channel_type, batch)
            result["requests"] += len(batch)
            for name in SUMS:
                result[name] += summary.get(name, 0)
    if missing:
        names = ", ".join(map(str, sorted(missing)))
        raise Problem(USAGE, "missing", f"no request is kept under {names}", "romashka dead list")
    return result


def pages(pool: ConnectionPool, which: Which) -> Iterator[list[dict[str, Any]]]:
    """The requests as they were kept, oldest first, a few at a time: each may have 4 MB."""
    after = 0
    while page := call_all(
        pool,
        "private.inbound_for_replay",
        p_from=which.since,
        p_to=which.until,
        p_ids=list(which.ids) or None,
        p_limit=AT_ONCE,
        p_state="failed" if which.failed else None,
        p_after=after,
    ):
        yield page
        after = page[-1]["id"]


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
    readings = [
        read_events(
            channel_type, _inlet(channel, item), base64.b64decode(item["body"]), item["headers"]
        )
        for item in items
    ]
    summary: Mapping[str, int] = call(
        pool,
        "private.ingest_events",
        channel_type,
        [],
        _array(to_json(item["headers"]) for item in items),
        _array("null" if one.events is None else _array(one.events) for one in readings),
        [one.error for one in readings],
        [item["id"] for item in items],
    )
    return summary


def _inlet(channel: Channel, item: Mapping[str, Any]) -> Inlet:
    """The door by which a request came in, or the channel's own if that one is closed now."""
    inlet = channel.inlets.get(str(item["headers"].get("inlet", "")))
    return inlet or next(iter(channel.inlets.values()))


def _array(texts: Iterable[str]) -> str:
    return f"[{','.join(texts)}]"
