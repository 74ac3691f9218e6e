"""The routes under /storage/v1."""

from __future__ import annotations

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

__all__ = ["storage_routes"]

BASE = "/storage/v1"
EVERY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def storage_routes(settings: GatewaySettings, pool: Pool, files: Files) -> list[Route]:
    """The routes for buckets and objects; more specific ones come first."""
    door = Door(settings, pool, files, Signer(settings.jwt_secret))
    buckets, objects, signed = BucketRoutes(door), ObjectRoutes(door), SignedRoutes(door)
    one = "/{bucket}/{name:path}"

    def route(path: str, endpoint: object, *methods: str) -> Route:
        return Route(BASE + path, endpoint, methods=list(methods))  # type: ignore[arg-type]

    return [
        route("/bucket", buckets.collection, "GET", "POST"),
        route("/bucket/{bucket}", buckets.one, "GET", "PUT", "DELETE"),
        route("/bucket/{bucket}/empty", buckets.empty, "POST"),
        route("/object/list/{bucket}", objects.list_level, "POST"),
        route("/object/list-v2/{bucket}", objects.list_page, "POST"),
        route("/object/move", objects.move, "POST"),
        route("/object/copy", objects.copy, "POST"),
        route("/object/upload/sign" + one, signed.sign_upload, "POST"),
        route("/object/upload/sign" + one, signed.upload, "PUT"),
        route("/object/sign" + one, signed.sign, "POST"),
        route("/object/sign" + one, signed.download, "GET", "HEAD"),
        route("/object/sign/{bucket}", signed.sign_many, "POST"),
        route("/object/public" + one, objects.public, "GET", "HEAD"),
        route("/object/authenticated" + one, objects.download, "GET", "HEAD"),
        route("/object/info/public" + one, objects.public_info, "GET"),
        route("/object/info/authenticated" + one, objects.info, "GET"),
        route("/object/info" + one, objects.info, "GET"),
        route("/object" + one, objects.download, "GET", "HEAD"),
        route("/object" + one, objects.upload, "POST", "PUT"),
        route("/object" + one, objects.delete, "DELETE"),
        route("/object/{bucket}", objects.delete_many, "DELETE"),
        route("/status", healthy, "GET"),
        route("/{rest:path}", refuse, *EVERY),
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
