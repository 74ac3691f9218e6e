"""The routes under /rest/v1."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.gateway.bodies import read_body
from local.gateway.callers import rest_caller
from local.gateway.errors import RestError
from local.gateway.rest.catalog import find_relation
from local.gateway.rest.reads import read_table
from local.gateway.rest.request import read_request
from local.gateway.rest.rpc import call_function, read_arguments, resolve
from local.gateway.rest.writes import write_table
from local.gateway.session import Pool, as_caller, visit
from local.gateway.settings import GatewaySettings

METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE", "PUT"]


def rest_routes(settings: GatewaySettings, pool: Pool) -> list[Route]:
    """The routes for tables and functions; `pool` connects as authenticator."""
    door = Rest(settings, pool)
    return [
        Route("/rest/v1/", door.root, methods=METHODS),
        Route("/rest/v1/rpc/{name}", door.rpc, methods=METHODS),
        Route("/rest/v1/{name}", door.table, methods=METHODS),
    ]


class Rest:
    """The REST door with what it needs to answer."""

    def __init__(self, settings: GatewaySettings, pool: Pool) -> None:
        self.settings = settings
        self.pool = pool

    async def root(self, request: Request) -> Response:
        """The OpenAPI description, which is not served."""
        rest_caller(self.settings, request.headers, request.query_params)
        raise RestError(404, "PGRST126", "Root endpoint metadata is disabled")

    async def table(self, request: Request) -> Response:
        """Read or change the rows of a table or view."""
        caller = rest_caller(self.settings, request.headers, request.query_params)
        if request.method == "PUT":
            raise RestError(
                405,
                "PGRST117",
                "Unsupported HTTP method: PUT",
                hint="Upsert with POST and Prefer: resolution=merge-duplicates.",
            )
        asked = read_request(request, request.path_params["name"], calls=False)
        body = await read_body(request, self.settings.max_json_body)
        seen = visit(request)
        async with as_caller(self.pool, caller, seen, read_only=asked.reads) as connection:
            relation = await find_relation(connection, asked.target)
            if asked.reads:
                return await read_table(connection, relation, asked, self.settings.max_rows)
            _check_content_type(request)
            return await write_table(connection, relation, asked, body)

    async def rpc(self, request: Request) -> Response:
        """Call a function."""
        caller = rest_caller(self.settings, request.headers, request.query_params)
        if request.method not in ("GET", "HEAD", "POST"):
            raise RestError(405, "PGRST101", f"Cannot use the {request.method} method on RPC")
        asked = read_request(request, request.path_params["name"], calls=True)
        if not asked.reads:
            _check_content_type(request)
        arguments = read_arguments(asked, await read_body(request, self.settings.max_json_body))
        seen = visit(request)
        async with as_caller(self.pool, caller, seen, read_only=asked.reads) as connection:
            function = await resolve(connection, asked, arguments)
            limit = self.settings.max_rows
            return await call_function(connection, function, asked, arguments, limit)


def _check_content_type(request: Request) -> None:
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if request.method != "DELETE" and kind not in ("application/json", ""):
        raise RestError(400, "PGRST102", f"Content-Type not acceptable: {kind}")
