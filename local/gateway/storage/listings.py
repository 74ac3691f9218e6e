"""Listing a bucket as folders and files, though it only knows names with slashes."""

from __future__ import annotations

import base64
from typing import Any, LiteralString

from local.gateway.session import Connection
from local.gateway.storage.errors import invalid

SORTS = ("name", "created_at", "updated_at", "last_accessed_at")

# One level below a prefix: a file has no further slash, anything else is a folder, told once.
LEVEL: LiteralString = """
with below as (
  select objects.*, substr(objects.name, char_length($2) + 1) as rest
  from storage.objects
  where objects.bucket_id = $1 and starts_with(objects.name, $2)
),
entries as (
  select rest as name, id, updated_at, created_at, last_accessed_at, metadata
  from below
  where strpos(rest, '/') = 0 and rest <> ''
  union all
  select distinct split_part(rest, '/', 1), null::uuid, null::timestamptz, null::timestamptz,
    null::timestamptz, null::jsonb
  from below
  where strpos(rest, '/') > 0
)
"""
LISTED: LiteralString = """
select coalesce(json_agg(listed), '[]')::text
from (
  select * from entries
  where starts_with(lower(entries.name), lower($3))
  order by
    case when $4 = 'name' and $5 = 'asc' then entries.name collate "C" end,
    case when $4 = 'name' and $5 = 'desc' then entries.name collate "C" end desc,
    case when $5 = 'asc' then
      case $4 when 'created_at' then created_at when 'updated_at' then updated_at
        when 'last_accessed_at' then last_accessed_at end
    end,
    case when $5 = 'desc' then
      case $4 when 'created_at' then created_at when 'updated_at' then updated_at
        when 'last_accessed_at' then last_accessed_at end
    end desc,
    entries.name collate "C"
  limit $6 offset $7
) as listed
"""
PAGE: LiteralString = """
select $2 || entries.name as key, entries.name, id::text, metadata,
  to_json(updated_at) #>> '{}', to_json(created_at) #>> '{}'
from entries
where $3::text is null or entries.name collate "C" > $3
order by entries.name collate "C"
limit $4
"""
FLAT: LiteralString = """
select name, name, id::text, metadata, to_json(updated_at) #>> '{}', to_json(created_at) #>> '{}'
from storage.objects
where bucket_id = $1 and starts_with(name, $2) and ($3::text is null or name collate "C" > $3)
order by name collate "C"
limit $4
"""


async def list_level(connection: Connection, bucket_id: str, body: dict[str, Any]) -> str:
    """The files and folders directly below a prefix, as JSON text."""
    sort = body.get("sortBy") if isinstance(body.get("sortBy"), dict) else {}
    column = (sort or {}).get("column") or "name"
    order = (sort or {}).get("order") or "asc"
    if column not in SORTS or order not in ("asc", "desc"):
        raise invalid("Error", "body/sortBy must name a column and asc or desc")
    values = (
        bucket_id,
        _folder(_text(body.get("prefix"))),
        _text(body.get("search")),
        column,
        order,
        _number(body.get("limit"), 100),
        _number(body.get("offset"), 0),
    )
    row = await (await connection.execute(LEVEL + LISTED, values)).fetchone()
    return str(row[0]) if row else "[]"


def _folder(prefix: str) -> str:
    return prefix if not prefix or prefix.endswith("/") else prefix + "/"


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or "\x00" in value:
        raise invalid("Error", "body/prefix must be string")
    return value


def _number(value: object, default: int) -> int:
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise invalid("Error", "body/limit and body/offset must be numbers >= 0")
    return value


async def list_page(connection: Connection, bucket_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """A page of list-v2, by name, with a cursor to the next one."""
    sort = body.get("sortBy")
    if isinstance(sort, dict) and (sort.get("column") or "name", sort.get("order") or "asc") != (
        "name",
        "asc",
    ):
        raise invalid("NotSupported", "list-v2 is served by name, ascending, only")
    limit = min(_number(body.get("limit"), 1000) or 1000, 1000)
    query = LEVEL + PAGE if body.get("with_delimiter") else FLAT
    values = (bucket_id, _text(body.get("prefix")), _after(body.get("cursor")), limit + 1)
    rows = await (await connection.execute(query, values)).fetchall()
    page, has_next = rows[:limit], len(rows) > limit
    out: dict[str, Any] = {
        "hasNext": has_next,
        "folders": [{"name": f"{row[0]}/", "key": f"{row[0]}/"} for row in page if row[2] is None],
        "objects": [_entry(row) for row in page if row[2] is not None],
    }
    if has_next:
        out["nextCursor"] = base64.urlsafe_b64encode(page[-1][1].encode()).decode()
    return out


def _entry(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "id": row[2],
        "name": row[0],
        "key": row[0],
        "metadata": row[3],
        "updated_at": row[4],
        "created_at": row[5],
    }


def _after(cursor: object) -> str | None:
    if not cursor:
        return None
    try:
        return base64.urlsafe_b64decode(str(cursor)).decode()
    except ValueError:
        raise invalid("InvalidParameter", "Invalid Parameter cursor") from None
