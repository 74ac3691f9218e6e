"""The routes under /storage/v1/object, but for those with signatures."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.gateway.callers import Caller
from local.gateway.session import Connection
from local.gateway.storage.access import caller_if_any, check_bucket, check_key
from local.gateway.storage.door import Door
from local.gateway.storage.downloads import file_response, info
from local.gateway.storage.errors import invalid, no_bucket, no_object
from local.gateway.storage.listings import list_level, list_page
from local.gateway.storage.rows import (
    NewObject,
    Stored,
    delete_objects,
    find_bucket,
    find_object,
    look_for_object,
    store_object,
)
from local.gateway.storage.uploads import Target

MOST_AT_ONCE = 1000


class ObjectRoutes:
    """Handlers for objects."""

    def __init__(self, door: Door) -> None:
        self.door = door

    async def upload(self, request: Request) -> Response:
        """POST (new, or replaced with x-upsert) and PUT (replaced)."""
        caller = self.door.caller(request)
        target = Target(
            bucket_id=request.path_params["bucket"],
            name=check_key(request.path_params["name"]),
            owner=caller.user_id,
            replaces=request.method == "PUT" or request.headers.get("x-upsert") == "true",
        )
        return JSONResponse(await self.door.uploads.take(request, caller, target))

    async def download(self, request: Request) -> Response:
        """GET and HEAD under the caller's policies; a public bucket is open to anybody."""
        return file_response(request, self.door.files, await self._visible(request))

    async def info(self, request: Request) -> Response:
        """GET /object/info."""
        return JSONResponse(info(await self._visible(request)))

    async def _visible(self, request: Request) -> Stored:
        bucket_id, name = request.path_params["bucket"], request.path_params["name"]
        async with self.door.as_service(request) as connection:
            bucket = await find_bucket(connection, bucket_id)
            if bucket.is_public:
                return await find_object(connection, bucket_id, name)
        caller = caller_if_any(self.door.settings, request)
        if caller is None:
            raise no_bucket()
        async with self.door.as_caller(request, caller, read_only=True) as connection:
            return await find_object(connection, bucket_id, name)

    async def public(self, request: Request) -> Response:
        """GET and HEAD /object/public: no token, public buckets only."""
        return file_response(request, self.door.files, await self._public(request))

    async def public_info(self, request: Request) -> Response:
        """GET /object/info/public."""
        return JSONResponse(info(await self._public(request)))

    async def _public(self, request: Request) -> Stored:
        bucket_id, name = request.path_params["bucket"], request.path_params["name"]
        async with self.door.as_service(request) as connection:
            if not (await find_bucket(connection, bucket_id)).is_public:
                raise no_bucket()
            return await find_object(connection, bucket_id, name)

    async def list_level(self, request: Request) -> Response:
        """POST /object/list."""
        caller = self.door.caller(request)
        body = await self.door.body(request)
        async with self.door.as_caller(request, caller, read_only=True) as connection:
            text = await list_level(connection, request.path_params["bucket"], body)
        return Response(text, media_type="application/json")

    async def list_page(self, request: Request) -> Response:
        """POST /object/list-v2."""
        caller = self.door.caller(request)
        body = await self.door.body(request)
        async with self.door.as_caller(request, caller, read_only=True) as connection:
            return JSONResponse(await list_page(connection, request.path_params["bucket"], body))

    async def delete(self, request: Request) -> Response:
        """DELETE one object; 404 when the caller may not delete it."""
        if not await self._delete(request, [request.path_params["name"]]):
            raise no_object()
        return JSONResponse({"message": "Successfully deleted"})

    async def delete_many(self, request: Request) -> Response:
        """DELETE by names; answers with the rows that went."""
        names = (await self.door.body(request)).get("prefixes")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise invalid("Error", "body/prefixes must be array")
        if not 1 <= len(names) <= MOST_AT_ONCE:
            message = f"body/prefixes must have between 1 and {MOST_AT_ONCE} items"
            raise invalid("InvalidRequest", message)
        return JSONResponse(await self._delete(request, names))

    async def _delete(self, request: Request, names: list[str]) -> list[dict[str, Any]]:
        caller = self.door.caller(request)
        bucket_id = request.path_params["bucket"]
        async with self.door.as_caller(request, caller) as connection:
            gone = await delete_objects(connection, bucket_id, names)
        self.door.files.drop(*(row["version"] for row in gone))
        return gone

    async def move(self, request: Request) -> Response:
        """POST /object/move: another name, the same bytes."""
        caller = self.door.caller(request)
        source, target = _ends(await self.door.body(request))
        async with self.door.as_caller(request, caller) as connection:
            await find_object(connection, *source)
            moved = await _rename(connection, source, target)
        return JSONResponse({"message": "Successfully moved", "Id": moved, "Key": "/".join(target)})

    async def copy(self, request: Request) -> Response:
        """POST /object/copy: the bytes once more, under another name."""
        caller = self.door.caller(request)
        source, target = _ends(await self.door.body(request))
        replaces = request.headers.get("x-upsert") == "true"
        async with self.door.as_caller(request, caller, read_only=True) as connection:
            found = await find_object(connection, *source)
        version = str(uuid.uuid4())
        await self.door.files.copy(found.version, version)
        try:
            old, made = await self._store_copy(
                request, caller, _copy_of(found, target, version, caller), replaces
            )
        except BaseException:
            self.door.files.drop(version)
            raise
        self.door.files.drop(old)
        return JSONResponse({"Id": made, "Key": "/".join(target)})

    async def _store_copy(
        self, request: Request, caller: Caller, new: NewObject, replaces: bool
    ) -> tuple[str | None, str]:
        """Store the row as the caller; gives the version it replaced and its id."""
        async with self.door.as_service(request) as connection:
            old = await look_for_object(connection, new.bucket_id, new.name)
        async with self.door.as_caller(request, caller) as connection:
            await store_object(connection, new, replaces=replaces)
        async with self.door.as_service(request) as connection:
            made = await find_object(connection, new.bucket_id, new.name)
        return (old.version if old is not None else None), made.id


def _ends(body: dict[str, Any]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Where a move or copy starts and where it ends, each as bucket and name."""
    bucket_id = check_bucket(body.get("bucketId"))
    target_bucket = check_bucket(body.get("destinationBucket") or bucket_id)
    source, target = str(body.get("sourceKey") or ""), str(body.get("destinationKey") or "")
    return (bucket_id, source), (target_bucket, check_key(target))


async def _rename(connection: Connection, source: tuple[str, str], target: tuple[str, str]) -> str:
    cursor = await connection.execute(
        """
        update storage.objects set bucket_id = $3, name = $4, updated_at = now()
        where bucket_id = $1 and name = $2
        returning id::text
        """,
        (*source, *target),
    )
    row = await cursor.fetchone()
    if row is None:
        raise no_object()
    return str(row[0])


def _copy_of(found: Stored, target: tuple[str, str], version: str, caller: Caller) -> NewObject:
    return NewObject(
        bucket_id=target[0],
        name=target[1],
        owner=caller.user_id,
        version=version,
        metadata=found.metadata,
        user_metadata=found.user_metadata,
    )
