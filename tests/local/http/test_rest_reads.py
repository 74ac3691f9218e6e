"""Reading rows: columns, counts, single objects, and what numbers look like."""

from __future__ import annotations

import json

import pytest

SINGLE = {"Accept": "application/vnd.pgrst.object+json"}


def add_books(door, count: int = 3) -> None:
    rows = [{"isbn": str(n), "title": f"t{n}", "pages": n} for n in range(1, count + 1)]
    assert door.rest("POST", "books", json=rows).status_code == 201


def test_columns_take_aliases_casts_and_paths(door):
    door.rest("POST", "notes", json={"rank": 7, "meta": {"a": {"b": [1, "x"]}}})
    select = "r:rank,rank::text,a:meta->a,meta->a->b->>1,deep:meta->a->b->0"
    response = door.rest("GET", f"notes?select={select}")
    assert response.json() == [{"r": 7, "rank": "7", "a": {"b": [1, "x"]}, "b": "x", "deep": 1}]


def test_a_bigint_keeps_every_digit(door):
    door.sql("insert into public.notes (id, price) values (9223372036854775807, 123456789.0001)")
    assert '"id":9223372036854775807' in door.rest("GET", "notes?select=id").text
    assert '"price":123456789.0001' in door.rest("GET", "notes?select=price", headers=SINGLE).text


def test_not_a_number_is_told_as_text(door):
    door.sql("insert into public.notes (score) values ('NaN'), ('-Infinity')")
    text = door.rest("GET", "notes?select=score&order=id").text
    assert json.loads(text, parse_constant=pytest.fail) == [
        {"score": "NaN"},
        {"score": "-Infinity"},
    ]


def test_a_read_is_json_in_utf8(door):
    response = door.rest("GET", "books")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert (response.text, response.headers["content-range"]) == ("[]", "*/*")


@pytest.mark.parametrize(
    ("prefer", "status", "wanted"),
    [(None, 200, "0-1/*"), ("count=exact", 206, "0-1/3"), ("count=estimated", 206, "0-1/3")],
)
def test_the_number_of_rows_is_told_when_asked_for(door, prefer, status, wanted):
    add_books(door)
    headers = {"Prefer": prefer} if prefer else {}
    response = door.rest("GET", "books?limit=2", headers=headers)
    assert (response.status_code, response.headers["content-range"]) == (status, wanted)


def test_a_planned_count_is_a_guess(door):
    add_books(door)
    response = door.rest("GET", "books", headers={"Prefer": "count=planned"})
    assert int(response.headers["content-range"].split("/")[1]) >= 3
    assert response.headers["preference-applied"] == "count=planned"


def test_head_counts_without_rows(door):
    add_books(door)
    response = door.rest("HEAD", "books", headers={"Prefer": "count=exact"})
    assert (response.content, response.headers["content-range"]) == (b"", "0-2/3")


def test_no_more_than_a_thousand_rows_come_at_once(door):
    door.sql("insert into public.notes (rank) select generate_series(1, 1005)")
    response = door.rest("GET", "notes?select=rank", headers={"Prefer": "count=exact"})
    assert (len(response.json()), response.headers["content-range"]) == (1000, "0-999/1005")


def test_one_row_can_be_had_as_an_object(door):
    add_books(door, 1)
    response = door.rest("GET", "books?select=title", headers=SINGLE)
    assert response.json() == {"title": "t1"}
    assert response.headers["content-type"].startswith("application/vnd.pgrst.object+json")


@pytest.mark.parametrize("count", [0, 2])
def test_an_object_needs_exactly_one_row(door, count):
    add_books(door, count) if count else None
    response = door.rest("GET", "books", headers=SINGLE)
    assert response.status_code == 406
    assert response.json() == {
        "code": "PGRST116",
        "message": "Cannot coerce the result to a single JSON object",
        "details": f"The result contains {count} rows",
        "hint": None,
    }


def test_nulls_can_be_left_out(door):
    door.rest("POST", "books", json={"isbn": "1", "title": "t"})
    headers = {"Accept": "application/vnd.pgrst.array+json;nulls=stripped"}
    assert door.rest("GET", "books?select=isbn,pages", headers=headers).json() == [{"isbn": "1"}]


def test_a_view_is_read_like_a_table(door):
    rows = [{"rank": 1, "is_open": True}, {"rank": 2, "is_open": False}]
    door.rest("POST", "notes", json=rows)
    assert door.rest("GET", "open_notes?select=rank").json() == [{"rank": 1}]


def test_an_unknown_table_is_named_with_a_neighbour(door):
    response = door.rest("GET", "boks")
    assert response.status_code == 404
    assert response.json() == {
        "code": "PGRST205",
        "message": "Could not find the table 'public.boks' in the schema cache",
        "details": None,
        "hint": "Perhaps you meant the table 'public.books'",
    }
    assert response.headers["proxy-status"] == "PostgREST; error=PGRST205"


def test_an_unknown_table_with_braces_in_its_name_is_only_unknown(door):
    assert door.rest("GET", "%7B0%7D%7Bx%7D").status_code == 404


def test_only_schema_public_is_there(door):
    response = door.rest("GET", "users", headers={"Accept-Profile": "auth"})
    assert (response.status_code, response.json()["code"]) == (406, "PGRST106")
    assert response.json()["hint"] == "Only the following schemas are exposed: public"


@pytest.mark.parametrize("path", ["ledger", "users", "objects", "pg_class", "messages"])
def test_tables_of_other_schemas_do_not_exist(door, path):
    assert door.rest("GET", path).json()["code"] == "PGRST205"


@pytest.mark.parametrize("accept", ["text/csv", "application/vnd.pgrst.plan+json", "image/png"])
def test_other_media_types_are_refused(door, accept):
    response = door.rest("GET", "books", headers={"Accept": accept})
    assert (response.status_code, response.json()["code"]) == (406, "PGRST107")


def test_the_root_tells_nothing(door):
    assert door.rest("GET", "").json()["code"] == "PGRST126"


def test_a_statement_longer_than_the_role_may_take_is_ended(door):
    response = door.rpc("sleeps", {"p_seconds": 10}, key=door.anon_key)
    assert (response.status_code, response.json()["code"]) == (500, "57014")
