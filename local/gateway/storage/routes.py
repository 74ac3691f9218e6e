"""The routes under /storage/v1."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.gateway.errors import StorageError
from local.gateway.session import Pool
from local.gateway.settings import GatewaySettings
from local.gateway.storage.access import Signer
from local.gateway.storage.bucket_routes import BucketRoutes
from local.gateway.storage.door import Door
from local.gateway.storage.errors import invalid
from local.gateway.storage.files import Files
from local.gateway.storage.object_routes import ObjectRoutes
from local.gateway.storage.signed_routes import SignedRoutes

Endpoint = Callable[[Request], Awaitable[Response]]

BASE = "/storage/v1"
ONE = "/{bucket}/{name:path}"
EVERY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def storage_routes(settings: GatewaySettings, pool: Pool, files: Files) -> list[Route]:
    """The routes for buckets and objects; more specific ones come first."""
    door = Door(settings, pool, files, Signer(settings.jwt_secret))
    return [
        *_bucket_routes(BucketRoutes(door)),
        *_signed_routes(SignedRoutes(door)),
        *_object_routes(ObjectRoutes(door)),
        _route("/status", healthy, "GET"),
        _route("/{rest:path}", refuse, *EVERY),
    ]


def _route(path: str, endpoint: Endpoint, *methods: str) -> Route:
    return Route(BASE + path, endpoint, methods=list(methods))


def _bucket_routes(buckets: BucketRoutes) -> list[Route]:
    return [
        _route("/bucket", buckets.collection, "GET", "POST"),
        _route("/bucket/{bucket}", buckets.one, "GET", "PUT", "DELETE"),
        _route("/bucket/{bucket}/empty", buckets.empty, "POST"),
    ]


def _signed_routes(signed: SignedRoutes) -> list[Route]:
    return [
        _route("/object/upload/sign" + ONE, signed.sign_upload, "POST"),
        _route("/object/upload/sign" + ONE, signed.upload, "PUT"),
        _route("/object/sign" + ONE, signed.sign, "POST"),
        _route("/object/sign" + ONE, signed.download, "GET", "HEAD"),
        _route("/object/sign/{bucket}", signed.sign_many, "POST"),
    ]


def _object_routes(objects: ObjectRoutes) -> list[Route]:
    return [
        _route("/object/list/{bucket}", objects.list_level, "POST"),
        _route("/object/list-v2/{bucket}", objects.list_page, "POST"),
        _route("/object/move", objects.move, "POST"),
        _route("/object/copy", objects.copy, "POST"),
        _route("/object/public" + ONE, objects.public, "GET", "HEAD"),
        _route("/object/authenticated" + ONE, objects.download, "GET", "HEAD"),
        _route("/object/info/public" + ONE, objects.public_info, "GET"),
        _route("/object/info/authenticated" + ONE, objects.info, "GET"),
        _route("/object/info" + ONE, objects.info, "GET"),
        _route("/object" + ONE, objects.download, "GET", "HEAD"),
        _route("/object" + ONE, objects.upload, "POST", "PUT"),
        _route("/object" + ONE, objects.delete, "DELETE"),
        _route("/object/{bucket}", objects.delete_many, "DELETE"),
    ]


async def healthy(_: Request) -> Response:
    """GET /status."""
    return Response(None, 200)


async def refuse(request: Request) -> Response:
    """What only the real storage server can do: images, resumable uploads, S3, vectors."""
    rest = request.path_params["rest"]
    name = rest.split("/", 1)[0]
    if name in ("bucket", "object"):
        raise StorageError(
            404, "not_found", f"Route {request.method}:/{rest} not found", status=404
        )
    raise invalid("FeatureNotEnabled", f"/{name} is not served by the embedded gateway")
