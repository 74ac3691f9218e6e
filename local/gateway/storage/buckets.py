"""Buckets: made, changed, emptied and removed as the caller's role may."""

from __future__ import annotations

import re
from typing import Any

from local.gateway.errors import StorageError
from local.gateway.session import Connection
from local.gateway.storage.access import check_bucket
from local.gateway.storage.errors import invalid, no_bucket
from local.gateway.storage.rows import find_bucket

UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}
SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)(gb|mb|kb|b)", re.IGNORECASE | re.ASCII)
MIME = re.compile(r"[\w.+-]+/(\*|[\w.+-]+)", re.ASCII)
SELECT = """
select to_jsonb(buckets) - 'owner_id'
  || jsonb_build_object('owner', coalesce(owner::text, ''), 'public', coalesce(public, false),
    'type', 'STANDARD')
from storage.buckets
"""


async def list_buckets(connection: Connection) -> list[dict[str, Any]]:
    """Every bucket the caller may see."""
    rows = await (await connection.execute(SELECT + " order by name")).fetchall()
    return [row[0] for row in rows]


async def get_bucket(connection: Connection, bucket_id: str) -> dict[str, Any]:
    """One bucket; 404 when the caller may not see it."""
    row = await (await connection.execute(SELECT + " where id = $1", (bucket_id,))).fetchone()
    if row is None:
        raise no_bucket()
    bucket: dict[str, Any] = row[0]
    return bucket


async def create_bucket(
    connection: Connection, body: dict[str, Any], owner: str | None, largest: int
) -> dict[str, str]:
    """Make a bucket; 409 when the name is taken."""
    name = check_bucket(body.get("name") or body.get("id"))
    bucket_id = check_bucket(body.get("id") or name)
    await connection.execute(
        """
        insert into storage.buckets (
          id, name, owner_id, public, file_size_limit, allowed_mime_types
        )
        values ($1, $2, $3, $4, $5, $6)
        """,
        (
            bucket_id,
            name,
            owner,
            body.get("public") is True,
            _size(body.get("file_size_limit"), largest),
            _types(body.get("allowed_mime_types")),
        ),
    )
    return {"name": bucket_id}


async def update_bucket(
    connection: Connection, bucket_id: str, body: dict[str, Any], largest: int
) -> None:
    """Change what the body names; null lifts a limit."""
    cursor = await connection.execute(
        """
        update storage.buckets
        set
          public = coalesce($2, public),
          file_size_limit = case when $3 then $4 else file_size_limit end,
          allowed_mime_types = case when $5 then $6 else allowed_mime_types end,
          updated_at = now()
        where id = $1
        """,
        (
            bucket_id,
            body.get("public") if isinstance(body.get("public"), bool) else None,
            "file_size_limit" in body,
            _size(body.get("file_size_limit"), largest),
            "allowed_mime_types" in body,
            _types(body.get("allowed_mime_types")),
        ),
    )
    if cursor.rowcount == 0:
        raise no_bucket()


async def check_empty(connection: Connection, bucket_id: str) -> None:
    """Refuse (409) when a bucket holds anything; for a connection that sees everything."""
    await find_bucket(connection, bucket_id)
    row = await (
        await connection.execute(
            "select 1 from storage.objects where bucket_id = $1 limit 1", (bucket_id,)
        )
    ).fetchone()
    if row is not None:
        message = "The bucket you tried to delete is not empty"
        raise StorageError(409, "ResourceNotEmpty", message)


async def delete_bucket(connection: Connection, bucket_id: str) -> None:
    """Remove an empty bucket."""
    await connection.execute("select set_config('storage.allow_delete_query', 'true', true)")
    cursor = await connection.execute("delete from storage.buckets where id = $1", (bucket_id,))
    if cursor.rowcount == 0:
        raise no_bucket()


def _size(value: object, largest: int) -> int | None:
    """A size limit in bytes, from a number or text such as `20MB`."""
    if value is None:
        return None
    found = SIZE.fullmatch(value) if isinstance(value, str) else None
    if found:
        size = int(float(found[1]) * UNITS[found[2].lower()])
    elif isinstance(value, int | str) and str(value).isascii() and str(value).isdigit():
        size = int(str(value)[:18])
    else:
        raise invalid(
            "InvalidRequest", "Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B"
        )
    if size > largest:
        raise StorageError(413, "Payload too large", "The object exceeded the maximum allowed size")
    return size


def _types(value: object) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(
        isinstance(kind, str) and MIME.fullmatch(kind) for kind in value
    ):
        raise StorageError(415, "invalid_mime_type", "allowed_mime_types must be a list of types")
    return value
