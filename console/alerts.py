"""What admins are alerted about, for those who look from a terminal."""

from __future__ import annotations

import psycopg

from console.doctor import Finding
from local.plan import Plan

CONNECT_S = 2
SHOWN = 3
# Those of a channel stand with its other faults.
OPEN = """
select severity::text, message from public.alerts
where resolved_at is null and channel_id is null and severity <> 'info'
order by severity = 'critical' desc, raised_at desc
"""
WAY = 'romashka db psql -c "select * from alerts where resolved_at is null"'


def alerts(plan: Plan) -> Finding:
    """Nobody is alerted about anything; raises psycopg.Error."""
    with psycopg.connect(plan.db_url, connect_timeout=CONNECT_S) as connection:
        found = connection.execute(OPEN).fetchall()
    if not found:
        return Finding(name="alerts", state="ok", meaning="none is open")
    more = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return Finding(
        name="alerts",
        state="failed" if found[0][0] == "critical" else "warning",
        meaning="; ".join(message for _, message in found[:SHOWN]) + more,
        fix=WAY,
    )
