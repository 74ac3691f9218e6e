"""`romashka ai backtest`: settings are tried on turns of the past, and reported."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from console.ai_curve import lines_of
from console.identities import identity_of, sought
from console.output import counted, data, data_json, say
from console.place import reachable
from console.problems import CHECK_FAILED, CONFLICT, NOT_READY, USAGE, Problem
from romashka.database import call, to_json
from romashka.pools import open_pool

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

POLL_S = 0.5
# Without a turn in so long nobody works on it.
STALLED_S = 120.0
CHOSEN_BY = "--channel, --language and --since say which turns; without --since those of 90 days"
FOUND_BY = "romashka ai backtest tells it as one starts; the table ai_backtests has all of them"

Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to try: a file with the candidate, which turns, and how many at most."""

    candidate: Path | None
    filter: Mapping[str, str]
    limit: int


def run(wanted: Wanted, *, as_json: bool) -> None:
    """Try it, show how far it is, and print what came of it."""
    candidate = read_candidate(wanted.candidate)
    with open_pool(reachable().db_url, name="romashka-backtest", size=1, timeout_s=60.0) as pool:
        started = call(pool, "public.backtest", candidate, dict(wanted.filter), wanted.limit)
        say(f"backtest {started['id']}: {counted(started['turns'], 'turn')}")
        show(follow(pool, UUID(started["id"])), as_json=as_json)


def resume(identity: str, *, ended: bool, as_json: bool) -> None:
    """Follow a backtest that was started before, or end it, and print what came of it."""
    wanted = identity_of(identity, "backtest", FOUND_BY)
    with open_pool(reachable().db_url, name="romashka-backtest", size=1, timeout_s=60.0) as pool:
        if ended:
            _cancel(pool, wanted)
        show(follow(pool, wanted), as_json=as_json)


def _cancel(pool: ConnectionPool, wanted: UUID) -> None:
    with sought(FOUND_BY):
        call(pool, "public.cancel_backtest", wanted)


def report_shadow(wanted: Wanted, *, as_json: bool) -> None:
    """Print what the AI would have answered where it ran in shadow, as a backtest's figures."""
    with open_pool(reachable().db_url, name="romashka-shadow", size=1, timeout_s=60.0) as pool:
        found = call(pool, "public.shadow_report", dict(wanted.filter), wanted.limit)
    if as_json:
        data_json(found)
        return
    if not found["turns"]:
        say("no turn that fits ran in shadow: docs/ai.md says how that is set")
    data("\n".join(lines_of(found)))


def follow(pool: ConnectionPool, identity: UUID, stalled_s: float = STALLED_S) -> Found:
    """Wait until a backtest has ended; raises Problem when nobody works on it any more."""
    done, moved_at = -1, time.monotonic()
    while True:
        found: Found = call(pool, "public.get_backtest", identity)
        now = found["done"] + found["failed"]
        if found["state"] != "running":
            return found
        if now != done:
            say(f"{now} of {found['turns']} tried")
            done, moved_at = now, time.monotonic()
        elif time.monotonic() - moved_at > stalled_s:
            raise stalled(identity, found)
        time.sleep(POLL_S)


def stalled(identity: UUID, found: Found) -> Problem:
    """Why nothing happens, and what to do."""
    if found["is_waiting_for_budget"]:
        hint = "the day's budget for models is spent; it goes on tomorrow, or try model embedded"
    else:
        hint = "does a worker run? romashka status"
    hint += f" · romashka ai backtest --cancel {identity}"
    return Problem(NOT_READY, "stalled", f"nobody works on backtest {identity}", hint)


def show(found: Found, *, as_json: bool) -> None:
    """Print what a backtest found; raises Problem for one in which nothing was tried."""
    if problem := nothing_tried(found):
        raise problem
    if as_json:
        data_json(found)
        return
    data("\n".join(lines_of(found["report"])))
    if found["state"] == "cancelled":
        tried = found["done"] + found["failed"]
        say(f"cancelled after {tried} of {counted(found['turns'], 'turn')}")
    if found["failed"]:
        say(f"{found['failed']} could not be tried: {found['error']}")


def nothing_tried(found: Found) -> Problem | None:
    """Why a backtest has nothing to show, None for one that has."""
    if not found["turns"]:
        wanted = ", ".join(f"{name} {value}" for name, value in sorted(found["filter"].items()))
        text = "nothing was replayed: no customer's turn fits" + (f" {wanted}" if wanted else "")
        return Problem(CONFLICT, "no_turns", text, CHOSEN_BY)
    if found["failed"] == found["turns"]:
        text = f"nothing was replayed: {counted(found['turns'], 'turn')} could not be tried"
        return Problem(
            CHECK_FAILED, "nothing_tried", f"{text}: {found['error']}", "romashka doctor"
        )
    return None


def read_candidate(path: Path | None) -> dict[str, Any]:
    """The candidate of a file, nothing without one; raises Problem for what is no JSON object."""
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text())
        to_json(found)
    except OSError as error:
        raise Problem(USAGE, "bad_candidate", f"{path}: {error.strerror}") from error
    except RecursionError as error:
        raise Problem(USAGE, "bad_candidate", f"{path} nests too deep") from error
    except ValueError as error:
        raise Problem(USAGE, "bad_candidate", f"{path} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise Problem(USAGE, "bad_candidate", f"{path}: not one JSON object")
    return found
