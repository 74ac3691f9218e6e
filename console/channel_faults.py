"""What is wrong with the channels, why, and what to do: for `romashka doctor` and `status`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.doctor import Finding
from console.output import counted, shorten
from local.plan import Plan

QUERY = """
select type, account, status, status_reason, token_state, token_expires_at, last_error, lost_at,
  waiting
from public.channel_status
where is_enabled
order by type, account
"""
CONNECT_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One channel that does not work (failed) or will not for long (warning), with the remedy."""

    state: str
    meaning: str
    fix: str


def channel_faults(db_url: str) -> list[Fault]:
    """The faults of all channels that are in use; raises psycopg.Error."""
    import psycopg
    from psycopg.rows import dict_row

    with psycopg.connect(db_url, row_factory=dict_row, connect_timeout=CONNECT_S) as connection:
        rows = connection.execute(QUERY).fetchall()
    return faults_of(rows)


def channels(plan: Plan) -> Finding:
    """Every channel can receive and send, as far as its platform says."""
    faults = channel_faults(plan.db_url)
    return Finding(
        name="channels",
        state=faults[0].state if faults else "ok",
        meaning="; ".join(fault.meaning for fault in faults) or "none has a fault",
        fix=" · ".join(dict.fromkeys(fault.fix for fault in faults)),
    )


def faults_of(rows: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """The faults among rows of channel_status, the worst first."""
    found = [fault for row in rows if (fault := _fault(row)) is not None]
    return sorted(found, key=lambda fault: fault.state != "failed")


def _fault(row: Mapping[str, Any]) -> Fault | None:
    name = f"{row['type']} {row['account']}"
    queued = counted(row["waiting"], "message waits", "messages wait")
    waiting = f"; {queued}" if row["waiting"] else ""
    test = f"romashka channel test {row['type']} --account {row['account']}"
    renew = f"renew the token at the platform and {_keep(row)}; then {test}"

    def fault(state: str, what: str, fix: str) -> Fault:
        return Fault(state=state, meaning=f"{name}: {shorten(what, 200)}{waiting}", fix=fix)

    access = row["token_state"]
    if access == "invalid":
        what = row["last_error"] or "it has ended"
        return fault("failed", f"the token is refused: {what}", renew)
    if row["status"] == "disconnected":
        fix = "romashka channel register telegram" if _has_lost_webhook(row) else test
        return fault("failed", row["status_reason"] or "disconnected", fix)
    if row["status"] == "degraded":
        what = row["status_reason"] or row["last_error"] or "degraded"
        return fault("warning", what, test)
    if access == "expiring":
        return fault(
            "warning", f"the token ends {row['token_expires_at']:%Y-%m-%d %H:%M %Z}", renew
        )
    return None


def _keep(row: Mapping[str, Any]) -> str:
    """How a new token is kept, where the account is one of the environment or a stored one."""
    name = "bot_token" if row["type"] == "telegram" else "access_token"
    stored = f"romashka channel set {row['type']} --account {row['account']} {name}=-"
    return f"put it into .env and start again (a stored account: {stored})"


def _has_lost_webhook(row: Mapping[str, Any]) -> bool:
    return row["type"] == "telegram" and row["lost_at"] is not None
