"""`romashka dead`: what could not be processed, and taking it up again."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from console.identities import identity_of, sought
from console.output import counted, data, data_json, shorten
from console.place import running
from console.problems import USAGE, Problem

COLUMNS = "kind, id, channel_type, conversation_id, reason, attempts, created_at"
LIST = f"select {COLUMNS} from public.dead_letters order by created_at desc limit %s"  # noqa: S608
LARGEST_ID = 2**63 - 1
FOUND_BY = "romashka dead list"
KINDS = ("inbound", "item", "delivery", "reply_job", "media")


def list_dead(limit: int, *, as_json: bool) -> None:
    """Print the dead letters, the newest first."""
    plan, _ = running()
    with psycopg.connect(plan.db_url, row_factory=dict_row, connect_timeout=5) as connection:
        rows = connection.execute(LIST.encode(), [limit]).fetchall()
    if as_json:
        data_json({"dead_letters": rows})
        return
    for row in rows:
        data(_line(row))
    if not rows:
        data("nothing is dead")


def retry(kind: str, identity: str, *, as_json: bool) -> None:
    """Take up one dead letter again and print its new state."""
    if kind not in KINDS:
        raise Problem(USAGE, "no_such_kind", f"kind {kind!r}: known are {', '.join(KINDS)}")
    identity = _checked(kind, identity)
    state = _replay(identity) if kind == "inbound" else _retry(kind, identity)
    if as_json:
        data_json({"kind": kind, "id": identity, "state": state})
    else:
        data(f"{kind} {identity}: {state}")


def _checked(kind: str, identity: str) -> str:
    """The id as the kind has them; raises Problem."""
    if kind in ("delivery", "reply_job"):
        return str(identity_of(identity, kind, FOUND_BY))
    if not (identity.isdecimal() and int(identity) <= LARGEST_ID):
        message = f"{identity!r} is no id of kind {kind}, which is a number"
        raise Problem(USAGE, "bad_id", message, FOUND_BY)
    return identity


def _retry(kind: str, identity: str) -> str:
    plan, _ = running()
    with sought(FOUND_BY), psycopg.connect(plan.db_url, connect_timeout=5) as connection:
        query = "select public.retry_dead_letter(%s, %s)"
        row = connection.execute(query, [kind, identity]).fetchone()
    return str(row[0]) if row else "unknown"


def _replay(identity: str) -> str:
    from console.replay import Which, replay

    _, result = replay(Which(ids=(int(identity),)))
    if result["requests"] == 0:
        raise Problem(USAGE, "missing", f"request {identity} is not kept", FOUND_BY)
    return f"replayed: {counted(result['messages'], 'message')}, {result['rejected']} rejected"


def _line(row: dict[str, Any]) -> str:
    when = row["created_at"].astimezone().strftime("%Y-%m-%d %H:%M:%S")
    reason = shorten(str(row["reason"]), 80)
    channel = row["channel_type"] or "-"
    return f"{when}  {row['kind']:<9} {row['id']}  {channel}  {row['attempts']}x  {reason}"
