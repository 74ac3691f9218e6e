"""The routes under /storage/v1/bucket."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.gateway.storage import buckets
from local.gateway.storage.door import Door
from local.gateway.storage.rows import delete_objects, find_bucket


class BucketRoutes:
    """Handlers for buckets."""

    def __init__(self, door: Door) -> None:
        self.door = door

    async def collection(self, request: Request) -> Response:
        """GET and POST /bucket."""
        caller = self.door.caller(request)
        if request.method == "GET":
            async with self.door.as_caller(request, caller, read_only=True) as connection:
                return JSONResponse(await buckets.list_buckets(connection))
        body = await self.door.body(request)
        largest = self.door.settings.max_upload
        async with self.door.as_caller(request, caller) as connection:
            made = await buckets.create_bucket(connection, body, caller.user_id, largest)
        return JSONResponse(made)

    async def one(self, request: Request) -> Response:
        """GET, PUT and DELETE /bucket/<id>."""
        caller = self.door.caller(request)
        bucket_id = request.path_params["bucket"]
        if request.method == "GET":
            async with self.door.as_caller(request, caller, read_only=True) as connection:
                return JSONResponse(await buckets.get_bucket(connection, bucket_id))
        if request.method == "PUT":
            body = await self.door.body(request)
            largest = self.door.settings.max_upload
            async with self.door.as_caller(request, caller) as connection:
                await buckets.update_bucket(connection, bucket_id, body, largest)
            return JSONResponse({"message": "Successfully updated"})
        async with self.door.as_service(request) as connection:
            await buckets.check_empty(connection, bucket_id)
        async with self.door.as_caller(request, caller) as connection:
            await buckets.delete_bucket(connection, bucket_id)
        return JSONResponse({"message": "Successfully deleted"})

    async def empty(self, request: Request) -> Response:
        """POST /bucket/<id>/empty: everything the caller may delete goes, at once."""
        caller = self.door.caller(request)
        bucket_id = request.path_params["bucket"]
        async with self.door.as_caller(request, caller) as connection:
            await find_bucket(connection, bucket_id)
            gone = await delete_objects(connection, bucket_id, None)
        self.door.files.drop(*(row["version"] for row in gone))
        return JSONResponse({"message": "Successfully emptied"})
