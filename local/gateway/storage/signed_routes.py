"""The routes whose address carries its own permission, and those that make such addresses."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.gateway.storage.access import check_key, seconds
from local.gateway.storage.door import Door
from local.gateway.storage.downloads import file_response
from local.gateway.storage.errors import invalid
from local.gateway.storage.rows import NewObject, find_object, look_for_object, store_object
from local.gateway.storage.uploads import SERVICE, Target, announced_metadata

# Policies tell by it that a ticket is asked for and no file comes.
SIGNS_UPLOAD = "select set_config('storage.operation', 'storage.object.sign_upload_url', true)"
UPLOAD_WINDOW = 2 * 3600
MOST_AT_ONCE = 1000
UNSEEN = "Either the object does not exist or you do not have access to it"


class SignedRoutes:
    """Handlers for signed addresses."""

    def __init__(self, door: Door) -> None:
        self.door = door

    async def sign(self, request: Request) -> Response:
        """POST /object/sign/<bucket>/<name>: an address to download what the caller may see."""
        caller = self.door.caller(request)
        bucket_id, name = request.path_params["bucket"], request.path_params["name"]
        body = await self.door.body(request)
        if body.get("transform"):
            raise invalid("FeatureNotEnabled", "images are not transformed by the embedded gateway")
        good_for = seconds(body.get("expiresIn"))
        async with self.door.as_caller(request, caller, read_only=True) as connection:
            await find_object(connection, bucket_id, name)
        return JSONResponse({"signedURL": self._address(bucket_id, name, good_for)})

    async def sign_many(self, request: Request) -> Response:
        """POST /object/sign/<bucket>: addresses for several names; unseen ones get an error."""
        caller = self.door.caller(request)
        bucket_id = request.path_params["bucket"]
        body = await self.door.body(request)
        good_for = seconds(body.get("expiresIn"))
        names = body.get("paths")
        if not isinstance(names, list) or not 1 <= len(names) <= MOST_AT_ONCE:
            raise invalid("Error", f"body/paths must have between 1 and {MOST_AT_ONCE} items")
        out: list[dict[str, Any]] = []
        async with self.door.as_caller(request, caller, read_only=True) as connection:
            for name in map(str, names):
                seen = await look_for_object(connection, bucket_id, name) is not None
                address = self._address(bucket_id, name, good_for) if seen else None
                out.append({"error": None if seen else UNSEEN, "path": name, "signedURL": address})
        return JSONResponse(out)

    def _address(self, bucket_id: str, name: str, good_for: int) -> str:
        token = self.door.signer.sign("download", f"{bucket_id}/{name}", good_for)
        # Not percent-encoded, because both clients do that themselves.
        return f"/object/sign/{bucket_id}/{name}?token={token}"

    async def download(self, request: Request) -> Response:
        """GET and HEAD /object/sign: whoever has the address may read."""
        bucket_id, name = request.path_params["bucket"], request.path_params["name"]
        token = request.query_params.get("token", "")
        claims = self.door.signer.check("download", f"{bucket_id}/{name}", token)
        async with self.door.as_service(request) as connection:
            stored = await find_object(connection, bucket_id, name)
        return file_response(request, self.door.files, stored, expires=int(claims["exp"]))

    async def sign_upload(self, request: Request) -> Response:
        """POST /object/upload/sign: an address to upload to, good for two hours."""
        caller = self.door.caller(request)
        bucket_id, name = request.path_params["bucket"], check_key(request.path_params["name"])
        replaces = request.headers.get("x-upsert") == "true"
        trial = NewObject(
            bucket_id=bucket_id,
            name=name,
            owner=caller.user_id,
            version="",
            metadata=announced_metadata(request, request.headers.get("content-type")),
            user_metadata=None,
        )
        async with self.door.as_caller(request, caller, commits=False) as connection:
            await connection.execute(SIGNS_UPLOAD)
            await store_object(connection, trial, replaces=replaces)
        url = f"{bucket_id}/{name}"
        more = {"owner": caller.user_id, "upsert": replaces}
        token = self.door.signer.sign("upload", url, UPLOAD_WINDOW, **more)
        address = f"/object/upload/sign/{url}?token={token}"
        return JSONResponse({"url": address, "token": token})

    async def upload(self, request: Request) -> Response:
        """PUT /object/upload/sign: the upload itself."""
        bucket_id, name = request.path_params["bucket"], check_key(request.path_params["name"])
        token = request.query_params.get("token", "")
        claims = self.door.signer.check("upload", f"{bucket_id}/{name}", token)
        target = Target(
            bucket_id=bucket_id,
            name=name,
            owner=claims.get("owner"),
            replaces=claims.get("upsert") is True,
        )
        stored = await self.door.uploads.take(request, SERVICE, target)
        return JSONResponse({"Key": stored["Key"]})
