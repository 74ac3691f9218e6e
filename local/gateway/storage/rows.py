"""Rows of storage.buckets and storage.objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from local.gateway.session import Connection
from local.gateway.storage.errors import no_bucket, no_object


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket and its rules; a limit in bytes, None for none."""

    id: str
    is_public: bool
    file_size_limit: int | None
    allowed_mime_types: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object: what is known about its bytes, and which version they are."""

    id: str
    bucket_id: str
    name: str
    version: str
    metadata: dict[str, Any]
    user_metadata: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewObject:
    """An object about to be stored."""

    bucket_id: str
    name: str
    owner: str | None
    version: str
    metadata: dict[str, Any]
    user_metadata: dict[str, Any] | None


OBJECT: LiteralString = """
select id::text, bucket_id, name, coalesce(version, ''), coalesce(metadata, '{}'), user_metadata,
  created_at, updated_at
from storage.objects
where bucket_id = $1 and name = $2
"""
# `owner` takes uuids only, and tokens of other issuers may carry another kind of subject.
INSERT: LiteralString = """
insert into storage.objects
  (bucket_id, name, owner, owner_id, version, metadata, user_metadata)
values (
  $1, $2,
  case when $3 ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then $3::uuid end,
  $3, $4, $5, $6
)
"""
REPLACE: LiteralString = """
on conflict (bucket_id, name) do update
set
  owner = excluded.owner, owner_id = excluded.owner_id, version = excluded.version,
  metadata = excluded.metadata, user_metadata = excluded.user_metadata, updated_at = now()
"""


async def find_bucket(connection: Connection, bucket_id: str) -> Bucket:
    """The bucket of that id, as far as the connection's role may see it."""
    row = await (
        await connection.execute(
            """
            select id, coalesce(public, false), file_size_limit, allowed_mime_types
            from storage.buckets where id = $1
            """,
            (bucket_id,),
        )
    ).fetchone()
    if row is None:
        raise no_bucket()
    return Bucket(id=row[0], is_public=row[1], file_size_limit=row[2], allowed_mime_types=row[3])


async def find_object(connection: Connection, bucket_id: str, name: str) -> Stored:
    """The object of that name, as far as the connection's role may see it; 404 when not."""
    found = await look_for_object(connection, bucket_id, name)
    if found is None:
        raise no_object()
    return found


async def look_for_object(
    connection: Connection, bucket_id: str, name: str, *, lock: bool = False
) -> Stored | None:
    """The object of that name, or None; `lock` keeps others from changing it."""
    query = OBJECT + " for update" if lock else OBJECT
    row = await (await connection.execute(query, (bucket_id, name))).fetchone()
    if row is None:
        return None
    return Stored(
        id=row[0],
        bucket_id=row[1],
        name=row[2],
        version=row[3],
        metadata=row[4],
        user_metadata=row[5],
        created_at=row[6],
        updated_at=row[7],
    )


async def take_turn(connection: Connection, bucket_id: str, name: str) -> None:
    """Wait until nobody else stores under this name, and keep the others waiting."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", (f"storage {bucket_id}/{name}",)
    )


async def store_object(connection: Connection, new: NewObject, *, replaces: bool) -> None:
    """Insert an object, or replace the one of that name; nothing is read back, which would
    take a right to read."""
    values = (
        new.bucket_id,
        new.name,
        new.owner,
        new.version,
        Jsonb(new.metadata),
        Jsonb(new.user_metadata) if new.user_metadata is not None else None,
    )
    await connection.execute(INSERT + REPLACE if replaces else INSERT, values)


async def delete_objects(
    connection: Connection, bucket_id: str, names: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Delete objects by name, or all there are; gives the rows that went."""
    await connection.execute("select set_config('storage.allow_delete_query', 'true', true)")
    cursor = await connection.execute(
        """
        delete from storage.objects
        where bucket_id = $1 and ($2::text[] is null or name = any($2::text[]))
        returning to_jsonb(objects)
        """,
        (bucket_id, list(names) if names is not None else None),
    )
    return [row[0] for row in await cursor.fetchall()]
