"""Whether this installation can do its work now, and if not, why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from romashka.database import DatabaseAway, DatabaseError, call

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

OLDEST_HEARTBEAT_MS = 5000


def readiness(pool: ConnectionPool) -> dict[str, Any]:
    """The database's own report with `ready` and the `reasons` against it."""
    try:
        report = call(pool, "private.readiness")
    except DatabaseAway as error:
        return {"ready": False, "reasons": [_away(error)]}
    except DatabaseError as error:
        return {"ready": False, "reasons": [f"the database refused to report ({error.code})"]}
    reasons = list(_against(report))
    return {"ready": not reasons, "reasons": reasons, **report}


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
