"""Running a statement and turning its one row into an HTTP answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from local.gateway.errors import RestError
from local.gateway.rest.request import Page, RestRequest
from local.gateway.rest.statement import Statement
from local.gateway.session import Connection

Form = Literal["rows", "row", "scalars", "scalar", "nothing"]

# How the rows of `answer` become the body; the database does all JSON, so that a bigint stays
# exact and NaN is a string.
BODIES: dict[Form, str] = {
    "rows": "coalesce({strip}(json_agg(romashka_row)), '[]')",
    "row": "coalesce({strip}(json_agg(romashka_row)) -> 0, 'null')",
    "scalars": "coalesce({strip}(json_agg(romashka_row.romashka_scalar)), '[]')",
    "scalar": "coalesce({strip}(json_agg(romashka_row.romashka_scalar)) -> 0, 'null')",
    "nothing": "''",
}
HEADER_NAME = re.compile(r"[A-Za-z0-9-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a statement gave: rows on this page, rows in all (when counted), and the body.

    `status` and `headers` are what a function asked for; `key` is the primary key of a new row.
    """

    page_count: int
    total: int | None
    body: str
    status: int | None
    headers: dict[str, str]
    key: tuple[tuple[str, str], ...] | None = None


def write_result(
    out: Statement,
    form: Form,
    *,
    strips_nulls: bool = False,
    counted: str = "null::bigint",
    extra: str = "",
) -> None:
    """Add the final select over `answer`; `extra` is SQL for one more column."""
    body = BODIES[form].replace("{strip}", "json_strip_nulls" if strips_nulls else "")
    out.sql(
        f"select {counted}, count(romashka_row), {body}::text,"  # noqa: S608 no client's text
        " nullif(current_setting('response.status', true), ''),"
        f" nullif(current_setting('response.headers', true), ''){extra}"
        " from (select * from answer) as romashka_row"
    )


def write_page(out: Statement, page: Page, max_rows: int | None) -> None:
    """Add limit and offset, never more than `max_rows`."""
    limits = [limit for limit in (page.limit, max_rows) if limit is not None]
    if limits:
        out.sql(" limit ").value(min(limits))
    if page.offset:
        out.sql(" offset ").value(page.offset)


async def run(connection: Connection, statement: Statement) -> Result:
    """Run a statement that ends with `write_result`."""
    cursor = await connection.execute(statement.text, statement.values)
    row = await cursor.fetchone()
    if row is None:
        raise AssertionError("an aggregate always gives a row")
    total, page_count, body, status, headers = row[:5]
    return Result(
        page_count=page_count,
        total=total,
        body=body,
        status=_status(status),
        headers=_headers(headers),
        key=_key(row[5]) if len(row) > 5 else None,
    )


def _key(text: str | None) -> tuple[tuple[str, str], ...] | None:
    return tuple((name, value) for name, value in json.loads(text)) if text else None


def _status(text: str | None) -> int | None:
    """The status a function set by `response.status`."""
    if text is None:
        return None
    if not re.fullmatch(r"[2-5]\d\d", text, re.ASCII):
        raise RestError(500, "PGRST112", "response.status guc must be a valid status code")
    return int(text)


def _headers(text: str | None) -> dict[str, str]:
    """The headers a function set by `response.headers`, an array of one-key objects."""
    try:
        items = json.loads(text) if text else []
        pairs = [pair for item in items for pair in item.items()]
        if not all(_is_header(name, value) for name, value in pairs):
            raise ValueError
    except (ValueError, AttributeError, TypeError):
        raise RestError(
            500,
            "PGRST111",
            "response.headers guc must be a JSON array composed of objects "
            "with a single key and a string value",
        ) from None
    return dict(pairs)


def _is_header(name: str, value: object) -> bool:
    return (
        isinstance(value, str)
        and HEADER_NAME.fullmatch(name) is not None
        and value.isascii()
        and value.isprintable()
    )


def check_single(request: RestRequest, result: Result) -> None:
    """Refuse an answer of no or several rows to a client that wants one object (406)."""
    if request.shape == "object" and result.page_count != 1:
        raise RestError(
            406,
            "PGRST116",
            "Cannot coerce the result to a single JSON object",
            f"The result contains {result.page_count} rows",
        )


def content_range(lower: int, upper: int, total: int | None) -> str:
    """A Content-Range value; `*` stands for an empty or unknown part."""
    known = "*" if total is None else str(total)
    part = f"{lower}-{upper}" if total != 0 and lower <= upper else "*"
    return f"{part}/{known}"


def page_response(request: RestRequest, result: Result) -> Response:
    """The answer to a read: 200, 206 for a part, 416 for a part that is not there."""
    lower = request.page.offset
    upper = lower + result.page_count - 1
    total = result.total
    if total is not None and lower > total:
        raise RestError(
            416,
            "PGRST103",
            "Requested range not satisfiable",
            f"An offset of {lower} was requested, but there are only {total} rows.",
        )
    status = 206 if total is not None and result.page_count < total else 200
    headers = {"Content-Range": content_range(lower, upper, total)}
    return json_response(request, result, status, headers)


def json_response(
    request: RestRequest, result: Result, status: int, headers: dict[str, str]
) -> Response:
    """A JSON answer with what the function asked for on top; a HEAD has headers only."""
    subtype = "vnd.pgrst.object+json" if request.shape == "object" else "json"
    if request.strips_nulls:
        subtype = f"vnd.pgrst.{request.shape}+json;nulls=stripped"
    return Response(
        b"" if request.method == "HEAD" else result.body,
        result.status or status,
        {**headers, **result.headers},
        f"application/{subtype}; charset=utf-8",
    )
