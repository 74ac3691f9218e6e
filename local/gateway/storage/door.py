"""What every storage route has at hand."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.requests import Request

from local.gateway.bodies import read_object
from local.gateway.callers import Caller
from local.gateway.errors import StorageError
from local.gateway.session import Connection, Pool, as_caller, visit
from local.gateway.settings import GatewaySettings
from local.gateway.storage.access import Signer, storage_caller
from local.gateway.storage.errors import invalid, storage_error
from local.gateway.storage.files import Files
from local.gateway.storage.uploads import SERVICE, Uploads

JSON_LIMIT = 1024 * 1024


class Door:
    """Settings, database, files and signatures, and the two ways to look at the database."""

    def __init__(self, settings: GatewaySettings, pool: Pool, files: Files, signer: Signer) -> None:
        self.settings = settings
        self.pool = pool
        self.files = files
        self.signer = signer
        self.uploads = Uploads(pool, files, settings.max_upload)

    def caller(self, request: Request) -> Caller:
        """Who calls; 403 when nobody we know."""
        return storage_caller(self.settings, request)

    def as_caller(
        self, request: Request, caller: Caller, *, read_only: bool = False, commits: bool = True
    ) -> AbstractAsyncContextManager[Connection]:
        """A transaction under the caller's policies."""
        return as_caller(
            self.pool,
            caller,
            visit(request),
            read_only=read_only,
            commits=commits,
            explain=storage_error,
        )

    def as_service(self, request: Request) -> AbstractAsyncContextManager[Connection]:
        """A transaction that sees everything, for what policies have already allowed."""
        return self.as_caller(request, SERVICE)

    async def body(self, request: Request) -> dict[str, Any]:
        """The JSON object of a request."""
        return await read_object(request, JSON_LIMIT, _bad_body)


def _bad_body() -> StorageError:
    return invalid("Error", "body must be object")
