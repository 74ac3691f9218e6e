"""POST, PATCH and DELETE on a table: rows in, and rows out when the client wants them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from starlette.responses import Response

from local.gateway.errors import RestError
from local.gateway.rest.catalog import Column, Relation
from local.gateway.rest.payload import Payload, read_payload
from local.gateway.rest.reads import form_of, source_of
from local.gateway.rest.request import RestRequest
from local.gateway.rest.results import (
    Result,
    check_single,
    content_range,
    json_response,
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

# The key of the one row that was inserted, as a JSON list of pairs.
PRIMARY_KEY = """,
case when count(romashka_row) = 1 then
  (select json_agg(json_build_array(pair.key, pair.value))
   from answer as new_row, json_each_text(row_to_json(new_row)) as pair)::text
end"""


async def write_table(
    connection: Connection, relation: Relation, request: RestRequest, body: bytes
) -> Response:
    """Insert, update or delete, and answer as the Prefer header asks."""
    if request.method != "POST" and (request.order or not request.page.is_whole):
        raise RestError(
            400,
            "PGRST127",
            "Feature not implemented",
            "order, limit and offset are not supported for PATCH and DELETE.",
            "Name the rows by a filter.",
        )
    result = await run(connection, _statement(relation, request, body))
    _check_affected(request, result)
    if request.prefer.returning == "representation":
        check_single(request, result)
    return _response(relation, request, result)


def _statement(relation: Relation, request: RestRequest, body: bytes) -> Statement:
    out = Statement().sql("with changed as (")
    if request.method == "POST":
        _write_insert(out, relation, request, read_payload(body, request))
    elif request.method == "PATCH":
        _write_update(out, relation, request, read_payload(body, request))
    else:
        _write_delete(out, relation, request)
    out.sql("), answer as (select ")
    changed = Source(name="changed", documents=None)
    if request.prefer.returning == "representation":
        write_selected(out, request.select, changed)
    else:
        out.sql("*")
    out.sql(" from changed")
    write_order(out, request.order, changed)
    write_page(out, request.page, None)
    out.sql(") ")
    wants_rows = request.prefer.returning == "representation"
    form = form_of(request) if wants_rows else "nothing"
    extra = PRIMARY_KEY if _tells_location(relation, request) else ""
    write_result(out, form, strips_nulls=request.strips_nulls, extra=extra)
    return out


def _write_insert(
    out: Statement, relation: Relation, request: RestRequest, payload: Payload
) -> None:
    columns = [relation.column(key) for key in payload.keys]
    out.sql("insert into public.").name(relation.name)
    if columns:
        out.sql("(").sql(_names(payload.keys)).sql(") select ")
        _write_values(out, columns, request)
        out.sql(" from ")
        _write_records(out, columns, payload)
    else:
        _write_empty_rows(out, payload)
    _write_conflict(out, relation, request, payload.keys)
    out.sql(f" returning {_returned(relation, request)}")


def _write_empty_rows(out: Statement, payload: Payload) -> None:
    """Rows without any key take every default; an empty list inserts nothing."""
    if payload.count == 1:
        out.sql(" default values")
    elif payload.count == 0:
        out.sql(" select where false")
    else:
        raise RestError(400, "PGRST102", "Several rows without any key cannot be inserted at once")


def _names(names: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in names)


def _write_records(out: Statement, columns: Sequence[Column], payload: Payload) -> None:
    """The rows of a body as typed records, beside the JSON of each."""
    out.sql("json_array_elements(").value(payload.rows).sql("::json) as romashka_element,")
    types = ", ".join(f"{quoted(column.name)} {column.type}" for column in columns)
    out.sql(f" lateral json_to_record(romashka_element) as romashka_given({types})")


def _write_values(out: Statement, columns: Sequence[Column], request: RestRequest) -> None:
    for number, column in enumerate(columns):
        out.sql(", " if number else "")
        given = f"romashka_given.{quoted(column.name)}"
        if request.prefer.missing == "default" and column.default is not None:
            out.sql("case when romashka_element::jsonb ? ").value(column.name)
            out.sql(f" then {given} else {column.default} end")
        else:
            out.sql(given)


def _write_conflict(
    out: Statement, relation: Relation, request: RestRequest, keys: Sequence[str]
) -> None:
    target = request.on_conflict or relation.primary_key
    if request.prefer.resolution is None or not target:
        return
    out.sql(" on conflict (").sql(_names(target)).sql(") do ")
    if request.prefer.resolution == "ignore-duplicates" or not keys:
        out.sql("nothing")
        return
    pairs = (f"{quoted(key)} = excluded.{quoted(key)}" for key in keys)
    out.sql("update set ").sql(", ".join(pairs))


def _write_update(
    out: Statement, relation: Relation, request: RestRequest, payload: Payload
) -> None:
    if payload.count != 1:
        raise RestError(400, "PGRST102", "An update takes one object")
    columns = [relation.column(key) for key in payload.keys]
    returned = _returned(relation, request)
    if not columns:
        out.sql("select ").sql(returned).sql(" from public.").name(relation.name)
        out.sql(" where false")
        return
    _require_filter(request, "UPDATE")
    out.sql("update public.").name(relation.name).sql(" set (").sql(_names(payload.keys))
    out.sql(") = row(")
    _write_values(out, columns, request)
    out.sql(") from ")
    _write_records(out, columns, payload)
    write_where(out, request.conditions, source_of(relation))
    out.sql(f" returning {returned}")


def _write_delete(out: Statement, relation: Relation, request: RestRequest) -> None:
    _require_filter(request, "DELETE")
    out.sql("delete from public.").name(relation.name)
    write_where(out, request.conditions, source_of(relation))
    out.sql(f" returning {_returned(relation, request)}")


def _require_filter(request: RestRequest, verb: str) -> None:
    if not request.conditions:
        raise RestError(400, "21000", f"{verb} requires a WHERE clause")


def _returned(relation: Relation, request: RestRequest) -> str:
    """Only the columns the answer needs, because reading a column takes a privilege."""
    table = quoted(relation.name)
    if _tells_location(relation, request):
        names: Iterable[str] = relation.primary_key
    elif request.prefer.returning != "representation":
        return "1"
    elif any(item.is_star for item in request.select):
        return f"{table}.*"
    else:
        fields = [item.field for item in request.select] + [item.field for item in request.order]
        names = dict.fromkeys([field.name for field in fields])
    return ", ".join(f"{table}.{quoted(name)}" for name in names)


def _tells_location(relation: Relation, request: RestRequest) -> bool:
    is_asked = request.method == "POST" and request.prefer.returning == "headers-only"
    return is_asked and bool(relation.primary_key)


def _check_affected(request: RestRequest, result: Result) -> None:
    limit = request.prefer.max_affected
    if request.method == "POST" or limit is None or request.prefer.handling != "strict":
        return
    if result.page_count > limit:
        raise RestError(
            400,
            "PGRST124",
            "Query result exceeds max-affected preference constraint",
            f"The query affects {result.page_count} rows",
        )


def _response(relation: Relation, request: RestRequest, result: Result) -> Response:
    counted = result.page_count if request.prefer.count in ("exact", "estimated") else None
    is_update = request.method == "PATCH"
    span = (0, result.page_count - 1) if is_update else (1, 0)
    headers = {"Content-Range": content_range(*span, counted), **_applied(request)}
    if result.key is not None:
        pairs = "&".join(f"{quote(name)}=eq.{quote(value)}" for name, value in result.key)
        headers["Location"] = f"/{quote(relation.name)}?{pairs}"
    status = 201 if request.method == "POST" else 204
    if request.prefer.returning != "representation":
        headers.update(result.headers)
        return Response(None, result.status or status, headers)
    return json_response(request, result, 201 if request.method == "POST" else 200, headers)


def _applied(request: RestRequest) -> dict[str, str]:
    names = ["return", "count", "handling"]
    names += ["resolution", "missing"] if request.method == "POST" else ["max-affected"]
    return request.prefer.applied(*names)
