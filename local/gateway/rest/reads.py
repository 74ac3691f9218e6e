"""GET and HEAD on a table or view."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from local.gateway.rest.catalog import Relation
from local.gateway.rest.request import RestRequest
from local.gateway.rest.results import (
    Form,
    Result,
    check_single,
    page_response,
    run,
    write_page,
    write_result,
)
from local.gateway.rest.statement import (
    Source,
    Statement,
    write_order,
    write_selected,
    write_where,
)
from local.gateway.session import Connection


def source_of(relation: Relation) -> Source:
    """A relation as filters see it."""
    documents = frozenset(column.name for column in relation.columns if column.is_tsvector)
    return Source(name=relation.name, documents=documents)


async def read_table(
    connection: Connection, relation: Relation, request: RestRequest, max_rows: int
) -> Response:
    """Answer a select."""
    statement = select_statement(relation, request, max_rows)
    result = await run(connection, statement)
    check_single(request, result)
    if request.prefer.count in ("planned", "estimated"):
        result = await _guess_total(connection, relation, request, result, max_rows)
    response = page_response(request, result)
    response.headers.update(request.prefer.applied("count", "handling"))
    return response


def select_statement(relation: Relation, request: RestRequest, max_rows: int) -> Statement:
    """The one statement behind a select, with the count when it is asked for."""
    source = source_of(relation)
    out = Statement().sql("with answer as (select ")
    write_selected(out, request.select, source)
    out.sql(" from public.").name(relation.name)
    write_where(out, request.conditions, source)
    write_order(out, request.order, source)
    write_page(out, request.page, max_rows)
    out.sql(") ")
    counts = request.prefer.count in ("exact", "estimated")
    if counts:
        out.sql(", counted as (select 1 from public.").name(relation.name)
        write_where(out, request.conditions, source)
        if request.prefer.count == "estimated":
            out.sql(" limit ").value(max_rows + 1)
        out.sql(") ")
    write_result(
        out,
        form_of(request),
        strips_nulls=request.strips_nulls,
        counted="(select count(*) from counted)" if counts else "null::bigint",
    )
    return out


def form_of(request: RestRequest) -> Form:
    """How rows are told: not at all for HEAD, as one object, or as a list."""
    if request.method == "HEAD":
        return "nothing"
    return "row" if request.shape == "object" else "rows"


async def _guess_total(
    connection: Connection,
    relation: Relation,
    request: RestRequest,
    result: Result,
    max_rows: int,
) -> Result:
    """Replace the count by the planner's, unless `estimated` found few enough to be exact."""
    if result.total is not None and result.total <= max_rows:
        return result
    out = Statement().sql("explain (format json) select 1 from public.").name(relation.name)
    write_where(out, request.conditions, source_of(relation))
    row = await (await connection.execute(out.text, out.values)).fetchone()
    guess = int(row[0][0]["Plan"]["Plan Rows"]) if row else 0
    return replace(result, total=max(guess, result.page_count))
