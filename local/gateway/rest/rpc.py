"""Calling a function: GET, HEAD and POST on /rest/v1/rpc/<name>."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from local.gateway.errors import RestError
from local.gateway.rest.catalog import Function, find_function
from local.gateway.rest.payload import parse_json
from local.gateway.rest.request import RestRequest
from local.gateway.rest.results import (
    Form,
    check_single,
    page_response,
    run,
    write_page,
    write_result,
)
from local.gateway.rest.statement import (
    Source,
    Statement,
    quoted,
    write_order,
    write_selected,
    write_where,
)
from local.gateway.session import Connection

CALLED = Source(name="called", documents=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What a call gives: text per name (GET), or the JSON object of a body (POST)."""

    names: frozenset[str]
    texts: dict[str, str] | None = None
    body: str | None = None


def read_arguments(request: RestRequest, body: bytes) -> Arguments:
    """The arguments of a call; RestError (PGRST102) when a body is no JSON."""
    if request.reads:
        texts = dict(request.arguments)
        return Arguments(names=frozenset(texts), texts=texts)
    text, parsed = parse_json(body or b"{}")
    names = frozenset(parsed) if isinstance(parsed, dict) else frozenset()
    if request.columns is not None:
        names = frozenset(request.columns)
    return Arguments(names=names, body=text)


async def resolve(connection: Connection, request: RestRequest, arguments: Arguments) -> Function:
    """The function that is meant; what cannot be called here is refused."""
    function = await find_function(
        connection, request.target, arguments.names, posted=not request.reads
    )
    if function.is_variadic:
        raise RestError(
            400,
            "PGRST127",
            "Feature not implemented",
            f"{function} takes a variable number of arguments.",
            "Write a function that takes an array.",
        )
    limit = request.prefer.max_affected
    if limit is not None and request.prefer.handling == "strict" and not function.returns_set:
        raise RestError(
            400,
            "PGRST128",
            "Function must return SETOF or TABLE when max-affected preference is used "
            "with handling=strict",
        )
    return function


async def call_function(
    connection: Connection,
    function: Function,
    request: RestRequest,
    arguments: Arguments,
    max_rows: int,
) -> Response:
    """Call a function and answer with what it gives."""
    statement = call_statement(function, request, arguments, max_rows)
    async with connection.pipeline():
        if not function.is_volatile:
            await connection.execute("set transaction read only")
        result = await run(connection, statement)
    if function.returns_void:
        headers = {**request.prefer.applied("handling"), **result.headers}
        return Response(None, result.status or 204, headers)
    check_single(request, result)
    _check_affected(request, result.page_count)
    response = page_response(request, result)
    response.headers.update(request.prefer.applied("count", "handling", "max-affected"))
    return response


def call_statement(
    function: Function, request: RestRequest, arguments: Arguments, max_rows: int
) -> Statement:
    """The one statement behind a call."""
    out = Statement().sql("with called as materialized (select ")
    out.sql("romashka_call.*" if function.returns_rows else "romashka_call.romashka_scalar")
    _write_call(out, function, arguments)
    out.sql("), answer as (select ")
    if function.returns_rows:
        write_selected(out, request.select, CALLED)
    else:
        out.sql("*")
    out.sql(" from called")
    write_where(out, request.conditions, CALLED)
    write_order(out, request.order, CALLED)
    write_page(out, request.page, max_rows if function.returns_set else None)
    out.sql(") ")
    counted = "null::bigint"
    if request.prefer.count is not None:
        out.sql(", counted as (select 1 from called")
        write_where(out, request.conditions, CALLED)
        out.sql(") ")
        counted = "(select count(*) from counted)"
    write_result(out, _form(function, request), strips_nulls=request.strips_nulls, counted=counted)
    return out


def _form(function: Function, request: RestRequest) -> Form:
    if function.returns_void or request.method == "HEAD":
        return "nothing"
    is_one = request.shape == "object" or not function.returns_set
    if function.returns_rows:
        return "row" if is_one else "rows"
    return "scalar" if is_one else "scalars"


def _write_call(out: Statement, function: Function, arguments: Arguments) -> None:
    """Add `from … as romashka_call`, rows as they are and anything else as one column."""
    out.sql(" from ")
    given = [(name, kind) for name, kind in function.arguments if name in arguments.names]
    if arguments.body is not None and given:
        types = ", ".join(f"{quoted(name)} {kind}" for name, kind in given)
        out.sql("json_to_record(").value(arguments.body)
        out.sql(f"::json) as romashka_given({types}), lateral ")
    call = f"public.{quoted(function.name)}("
    out.sql(call if function.returns_rows else f"(select {call}")
    _write_arguments(out, function, arguments, given)
    out.sql(")" if function.returns_rows else ") as romashka_scalar)").sql(" as romashka_call")


def _write_arguments(
    out: Statement, function: Function, arguments: Arguments, given: list[tuple[str, str]]
) -> None:
    if not given and arguments.body is not None and function.takes_body:
        out.value(arguments.body).sql(f"::{function.arguments[0][1]}")
        return
    for number, (name, kind) in enumerate(given):
        out.sql(", " if number else "").name(name).sql(" => ")
        if arguments.texts is not None:
            out.value(arguments.texts[name]).sql(f"::{kind}")
        else:
            out.sql(f"romashka_given.{quoted(name)}")


def _check_affected(request: RestRequest, count: int) -> None:
    limit = request.prefer.max_affected
    if limit is not None and request.prefer.handling == "strict" and count > limit:
        raise RestError(
            400,
            "PGRST124",
            "Query result exceeds max-affected preference constraint",
            f"The query affects {count} rows",
        )
