"""A REST request as data: its query string read once, before the database is asked anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl

from starlette.requests import Request

from local.gateway.errors import RestError
from local.gateway.rest.columns import (
    Ordering,
    Selected,
    parse_names,
    parse_order,
    parse_select,
)
from local.gateway.rest.filters import (
    Filter,
    Logic,
    has_operator,
    parse_filter,
    parse_key,
    parse_logic,
)
from local.gateway.rest.prefer import Preferences, parse_preferences

RESERVED = frozenset({"select", "columns", "on_conflict", "apikey"})
LISTED = frozenset({"order", "limit", "offset", "and", "or"})
RANGE = re.compile(r"^\s*(\d{1,18})-(\d{0,18})\s*$")
Shape = Literal["array", "object"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The part of a result that is wanted; `limit` None means no limit."""

    offset: int = 0
    limit: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the request named no part at all."""
        return self.offset == 0 and self.limit is None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRequest:
    """Everything a REST request says, but for its body.

    `arguments` are the parameters of a GET rpc that are no filters.
    """

    target: str
    method: str
    select: tuple[Selected, ...]
    conditions: tuple[Filter | Logic, ...]
    order: tuple[Ordering, ...]
    page: Page
    columns: tuple[str, ...] | None
    on_conflict: tuple[str, ...] | None
    arguments: tuple[tuple[str, str], ...]
    prefer: Preferences
    shape: Shape
    strips_nulls: bool

    @property
    def reads(self) -> bool:
        """Whether the method may change nothing."""
        return self.method in ("GET", "HEAD")


def read_request(request: Request, target: str, *, calls: bool) -> RestRequest:
    """The request as data; RestError for whatever cannot be understood or is not served."""
    _check_profile(request)
    pairs = _pairs(request)
    first = dict(reversed(pairs))
    shape, strips_nulls = _shape(request)
    is_get_call = calls and request.method in ("GET", "HEAD")
    columns, on_conflict = first.get("columns"), first.get("on_conflict")
    return RestRequest(
        target=target,
        method=request.method,
        select=parse_select(first.get("select", ""), target),
        conditions=_conditions(pairs, is_get_call),
        order=parse_order(first["order"]) if first.get("order") else (),
        page=_page(request, first),
        columns=parse_names(columns, "columns") if columns is not None else None,
        on_conflict=parse_names(on_conflict, "on_conflict") if on_conflict is not None else None,
        arguments=_arguments(pairs) if is_get_call else (),
        prefer=parse_preferences(request.headers.getlist("prefer")),
        shape=shape,
        strips_nulls=strips_nulls,
    )


def _pairs(request: Request) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            request.url.query, keep_blank_values=True, errors="strict", max_num_fields=500
        )
    except ValueError:
        raise RestError(400, "PGRST100", "the query string is not UTF-8 or too long") from None


def _check_profile(request: Request) -> None:
    header = "accept-profile" if request.method in ("GET", "HEAD") else "content-profile"
    profile = request.headers.get(header, "public")
    if profile != "public":
        raise RestError(
            406,
            "PGRST106",
            f"Invalid schema: {profile}",
            hint="Only the following schemas are exposed: public",
        )


def _shape(request: Request) -> tuple[Shape, bool]:
    accept = request.headers.get("accept", "*/*")
    for part in accept.split(","):
        media, *options = (piece.strip().lower() for piece in part.split(";"))
        strips = "nulls=stripped" in options
        if media in ("application/vnd.pgrst.object+json", "application/vnd.pgrst.object"):
            return "object", strips
        if media in ("application/vnd.pgrst.array+json", "application/vnd.pgrst.array"):
            return "array", strips
        if media in ("application/json", "*/*", "application/*", ""):
            return "array", False
    raise RestError(
        406,
        "PGRST107",
        f"None of these media types are available: {accept}",
        hint="The embedded gateway answers in JSON only.",
    )


def _last_word(key: str) -> str:
    return key.rsplit(".", 1)[-1]


def _conditions(pairs: list[tuple[str, str]], is_get_call: bool) -> tuple[Filter | Logic, ...]:
    found: list[Filter | Logic] = []
    for key, value in pairs:
        if key in ("and", "or", "not.and", "not.or"):
            found.append(parse_logic(key, value))
        elif _last_word(key) in LISTED and key not in LISTED:
            parse_key(key)
        elif key in LISTED or key in RESERVED:
            continue
        elif not is_get_call or has_operator(value):
            found.append(parse_filter(key, value))
    return tuple(found)


def _arguments(pairs: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found = [
        (parse_key(key).name, value)
        for key, value in pairs
        if key not in RESERVED and _last_word(key) not in LISTED and not has_operator(value)
    ]
    return tuple(dict(found).items())


def _page(request: Request, first: dict[str, str]) -> Page:
    offset = _number(first.get("offset")) or 0
    limit = _number(first.get("limit"))
    if (limit is not None and limit < 0) or offset < 0:
        _refuse_range("Limit should be greater than or equal to zero.")
    header = RANGE.match(request.headers.get("range", ""))
    if request.method != "GET" or header is None or limit == 0:
        return Page(offset=offset, limit=limit)
    return _within(Page(offset=offset, limit=limit), int(header[1]), header[2])


def _within(page: Page, start: int, end: str) -> Page:
    """The part of a page that a Range header also asks for."""
    if end and int(end) < start:
        _refuse_range(
            "The lower boundary must be lower than or equal to the upper boundary "
            "in the Range header."
        )
    ends = [page.offset + page.limit] if page.limit is not None else []
    ends += [int(end) + 1] if end else []
    offset = max(page.offset, start)
    if ends and min(ends) <= offset:
        _refuse_range("Limit should be greater than or equal to zero.")
    return Page(offset=offset, limit=min(ends) - offset if ends else None)


def _number(text: str | None) -> int | None:
    """A whole number, or None for anything else, which PostgREST ignores as well."""
    if text is None or not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        return None
    return int(text)


def _refuse_range(details: str) -> None:
    raise RestError(416, "PGRST103", "Requested range not satisfiable", details)
