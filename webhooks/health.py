"""Whether this installation can do its work now, and if not, why not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from romashka.database import DatabaseAway, DatabaseError, TooSlow, call
from webhooks.fresh import HALF_A_SECOND

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

OLDEST_HEARTBEAT_MS = 5000
# Beside type, status and its reason: nothing by which an account could be told.
SHOWN_OF_CHANNELS = ("last_in_at", "last_out_at", "last_error_at", "token_state")
LONG_NUMBER = re.compile(r"\d{5,}")


def readiness(pool: ConnectionPool) -> dict[str, Any]:
    """The database's own report with `ready` and the `reasons` against it."""
    try:
        report = call(pool, "private.readiness")
    except DatabaseAway as error:
        return {"ready": False, "reasons": [_away(error)]}
    except TooSlow:
        return {"ready": False, "reasons": ["the database took too long to report"]}
    except DatabaseError as error:
        return {"ready": False, "reasons": [f"the database refused to report ({error.code})"]}
    reasons = list(_against(report))
    return {"ready": not reasons, "reasons": reasons, **_public(report)}


def lasts(report: Mapping[str, Any]) -> float:
    """For how many seconds a report serves; while one process still said "not ready", another one
    would have said that we are.
    """
    return HALF_A_SECOND if report["ready"] else 0.05


def _public(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report for everybody: workers under ids of their own, nobody's account."""
    workers = [
        {
            "id": _short_id(str(worker.get("name"))),
            "pid": (worker.get("state") or {}).get("pid"),
            "age_ms": worker.get("age_ms"),
        }
        for worker in report.get("workers") or ()
    ]
    channels = [
        {
            "type": channel.get("type"),
            "status": channel.get("status"),
            "status_reason": _without_numbers(channel.get("status_reason")),
            **{name: channel.get(name) for name in SHOWN_OF_CHANNELS},
        }
        for channel in report.get("channels") or ()
    ]
    return {**report, "workers": workers, "channels": channels}


def _short_id(name: str) -> str:
    """The same eight characters for the same worker; its name holds the machine's."""
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _without_numbers(reason: str | None) -> str | None:
    """What the platform said, which names applications and users by number."""
    return LONG_NUMBER.sub("\N{HORIZONTAL ELLIPSIS}", reason) if reason else None


def _away(error: DatabaseAway) -> str:
    """The reason without the driver's text, which names hosts and users."""
    if error.code in ("42883", "42P01", "3F000"):
        return "the database has no migrations yet"
    return f"the database cannot be reached ({error.code or 'no connection'})"


def _against(report: Mapping[str, Any]) -> list[str]:
    reasons = []
    if not report.get("migration"):
        reasons.append("the database has no migrations yet")
    ages = [worker.get("age_ms") for worker in report.get("workers") or ()]
    if not any(age is not None and age <= OLDEST_HEARTBEAT_MS for age in ages):
        reasons.append(f"no worker was heard of within {OLDEST_HEARTBEAT_MS // 1000} s")
    return reasons
