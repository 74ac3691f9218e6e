"""`romashka replay`: kept webhook requests are parsed anew by the present parsers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from console.output import counted, data, data_json, shorten
from console.place import running
from console.problems import USAGE, Problem
from romashka.channels import build_channels
from romashka.channels.base import Channel
from romashka.database import call_all
from romashka.pools import open_pool
from romashka.replaying import replay_arguments
from romashka.settings import Settings

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

AT_ONCE = 20
# Of the sums, those that are counted things.
WORDS = {
    "requests": ("request", "requests"),
    "messages": ("message", "messages"),
    "receipts": ("receipt", "receipts"),
}

Report = Mapping[str, Any]


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
        return not (self.ids or self.is_narrowed)

    @property
    def is_narrowed(self) -> bool:
        """Whether more than ids says which."""
        return bool(self.since or self.until or self.failed)


def run(which: Which, *, dry_run: bool, as_json: bool) -> None:
    """Parse the requests anew and print what came of it, or what would."""
    if which.is_empty:
        raise Problem(USAGE, "which", "say which requests: --id, --since and --until, or --failed")
    reports, result = replay(which, dry_run=dry_run)
    if as_json:
        data_json(result | ({"changes": reports} if dry_run else {}))
        return
    for line in filter(None, map(describe, reports if dry_run else ())):
        data(line)
    data(
        ", ".join(
            counted(number, *WORDS.get(name, (name, name))) for name, number in result.items()
        )
    )


def replay(which: Which, *, dry_run: bool = False) -> tuple[list[Report], dict[str, int]]:
    """Do it; gives what changed, a report for each request, and the sums."""
    from local.parts import environment

    plan, _ = running()
    channels = build_channels(Settings.from_env(environment(plan)))
    with open_pool(plan.db_url, name="romashka-replay", size=1, timeout_s=60.0) as pool:
        return replay_all(pool, channels, which, dry_run=dry_run)


def replay_all(
    pool: ConnectionPool, channels: Mapping[str, Channel], which: Which, *, dry_run: bool = False
) -> tuple[list[Report], dict[str, int]]:
    """Replay page by page over a pool; raises Problem when a named request is not kept."""
    check_times(pool, which)
    reports: list[Report] = []
    missing = set(which.ids)
    for page in pages(pool, which):
        missing -= {item["id"] for item in page}
        for channel_type, items in groupby(page, key=lambda item: str(item["channel_type"])):
            channel = channels.get(channel_type)
            if channel is None:
                raise Problem(USAGE, "channel", f"{channel_type} is not configured here")
            arguments = replay_arguments(channel, list(items))
            reports += call_all(pool, "private.replay_events", *arguments, dry_run)
    if missing:
        names = ", ".join(map(str, sorted(missing)))
        narrowed = " that the other options let through" * which.is_narrowed
        text = f"no request{narrowed} is kept under {names}"
        raise Problem(USAGE, "missing", text, "romashka dead list")
    return reports, sums_of(reports)


def check_times(pool: ConnectionPool, which: Which) -> None:
    """Raises Problem where --until is not after --since: no request can lie between them."""
    if which.since is None or which.until is None:
        return
    question = "select %s::timestamptz >= %s::timestamptz"
    with pool.connection() as connection:
        row = connection.execute(question, [which.since, which.until]).fetchone()
    if row and row[0]:
        text = f"nothing lies between --since {which.since} and --until {which.until}"
        raise Problem(USAGE, "times", text, "requests are taken from --since on, up to --until")


def sums_of(reports: Sequence[Report]) -> dict[str, int]:
    """How many requests there were, and what all of them together changed."""
    new = sum(change["from"] is None for one in reports for change in one["messages"])
    return {
        "requests": len(reports),
        "messages": new,
        "changed": sum(len(one["messages"]) for one in reports) - new,
        "receipts": sum(len(one["receipts"]) for one in reports),
        "rejected": sum(len(one["rejected"]) for one in reports),
        "understood": sum(one["understood"] for one in reports),
        "read otherwise": sum(len(one["reads_otherwise"]) for one in reports),
    }


def describe(report: Report) -> str:
    """One request's line, empty when nothing would change."""
    new = [change for change in report["messages"] if change["from"] is None]
    words = [
        f"{report['was']} becomes {report['becomes']}" * (report["was"] != report["becomes"]),
        counted(len(new), "new message") * bool(new),
        f"{len(report['messages']) - len(new)} changed" * (len(report["messages"]) > len(new)),
        counted(len(report["receipts"]), "receipt") * bool(report["receipts"]),
        f"{report['understood']} now understood" * bool(report["understood"]),
        *(f"rejected: {shorten(item['reason'], 80)}" for item in report["rejected"]),
        *(f"message {item['id']} reads otherwise" for item in report["reads_otherwise"]),
    ]
    said = ", ".join(filter(None, words))
    return f"request {report['inbound_id']}: {said}" if said else ""


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
