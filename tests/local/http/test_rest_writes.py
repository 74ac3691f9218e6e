"""Writing rows: what comes back, what stands in the table afterwards, and what is refused."""

from __future__ import annotations

import json

import pytest

FULL = {"Prefer": "return=representation"}
ONE = {"Accept": "application/vnd.pgrst.object+json", **FULL}


def books(door) -> list[tuple]:
    return door.sql("select isbn, title, pages, shelf from public.books order by isbn")


def test_an_insert_answers_201_and_nothing(door):
    response = door.rest("POST", "books", json={"isbn": "1", "title": "t"})
    assert (response.status_code, response.content) == (201, b"")
    assert books(door) == [("1", "t", None, "new")]


def test_an_insert_gives_the_row_back_when_asked(door):
    row = {"isbn": "1", "title": "t"}
    response = door.rest("POST", "books?select=isbn,kept:shelf", json=row, headers=ONE)
    assert response.json() == {"isbn": "1", "kept": "new"}
    assert response.headers["preference-applied"] == "return=representation"


def test_the_place_of_a_new_row_is_told_with_headers_only(door):
    headers = {"Prefer": "return=headers-only"}
    response = door.rest("POST", "books", json={"isbn": "a b", "title": "t"}, headers=headers)
    assert response.headers["location"] == "/books?isbn=eq.a%20b"


def test_many_rows_go_in_at_once(door):
    rows = [{"isbn": str(n), "title": f"t{n}"} for n in range(200)]
    headers = {"Prefer": "count=exact"}
    response = door.rest("POST", "books", json=rows, headers=headers)
    assert response.headers["content-range"] == "*/200"
    assert len(books(door)) == 200


def test_rows_must_have_the_same_keys(door):
    rows = [{"isbn": "1", "title": "t"}, {"isbn": "2"}]
    response = door.rest("POST", "books", json=rows)
    assert (response.status_code, response.json()["code"]) == (400, "PGRST102")


def test_columns_make_uneven_rows_even(door):
    rows = [{"isbn": "1", "title": "a", "shelf": "x"}, {"isbn": "2", "title": "b", "junk": 1}]
    path = 'books?columns="isbn","title","shelf"'
    headers = {"Prefer": "missing=default"}
    assert door.rest("POST", path, json=rows, headers=headers).status_code == 201
    assert [row[3] for row in books(door)] == ["x", "new"]


def test_without_that_preference_a_missing_key_is_null(door):
    rows = [{"isbn": "1", "title": "a", "shelf": "x"}, {"isbn": "2", "title": "b"}]
    response = door.rest("POST", "books?columns=isbn,title,shelf", json=rows)
    assert (response.status_code, response.json()["code"]) == (400, "23502")


def test_a_missing_identity_takes_its_next_value(door):
    rows = [{"id": 77, "body": "a"}, {"body": "b"}]
    headers = {"Prefer": "missing=default,return=representation"}
    response = door.rest("POST", "notes?columns=id,body&select=id", json=rows, headers=headers)
    assert response.json() == [{"id": 77}, {"id": 1}]


def test_a_row_without_keys_takes_every_default(door):
    response = door.rest("POST", "notes?select=rank", json={}, headers=FULL)
    assert response.json() == [{"rank": 0}]


def test_an_empty_list_inserts_nothing(door):
    response = door.rest("POST", "books", json=[], headers=FULL)
    assert (response.status_code, response.json()) == (201, [])


def test_values_reach_their_types(door):
    row = {
        "id": 9007199254740993,
        "score": 1e-300,
        "price": 12345.6789,
        "tags": ["a,b", None, '"'],
        "span": "[1,3)",
        "meta": {"deep": [{"x": None}]},
        "born_on": "2024-02-29",
    }
    columns = ",".join(row)
    response = door.rest("POST", f"notes?select={columns}", json=row, headers=ONE)
    assert response.json() == row


def test_an_unknown_column_is_refused_by_name(door):
    response = door.rest("POST", "books", json={"isbn": "1", "name": "t"})
    assert (response.status_code, response.json()["code"]) == (400, "PGRST204")
    assert response.json()["message"] == (
        "Could not find the 'name' column of 'books' in the schema cache"
    )


def test_a_generated_column_cannot_be_given(door):
    assert door.rest("POST", "notes", json={"words": "x"}).json()["code"] == "428C9"


@pytest.mark.parametrize(
    ("row", "sqlstate", "status"),
    [
        ({"isbn": "1", "title": "other"}, "23505", 409),
        ({"isbn": "2"}, "23502", 400),
        ({"isbn": "2", "title": "x", "pages": 0}, "23514", 400),
        ({"isbn": "2", "title": "x", "pages": "many"}, "22P02", 400),
        ({"isbn": "2", "title": "nul \u0000"}, "22P05", 400),
    ],
)
def test_a_row_the_database_refuses_keeps_its_sqlstate(door, row, sqlstate, status):
    door.rest("POST", "books", json={"isbn": "1", "title": "t"})
    response = door.rest("POST", "books", json=row)
    assert (response.status_code, response.json()["code"]) == (status, sqlstate)


def test_a_missing_reference_is_a_conflict(door):
    response = door.rest("POST", "loans", json={"book": "none", "reader": "r"})
    assert (response.status_code, response.json()["code"]) == (409, "23503")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"oops", b'{"a": NaN}', b"\xff", b"[1]", b"[[]]", b'{"isbn": 1e}', b"[" * 10**5],
    ids=lambda body: repr(body[:12]),
)
def test_a_body_that_is_no_row_is_refused(door, body):
    headers = {"Content-Type": "application/json"}
    response = door.rest("POST", "books", content=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, "PGRST102")


def test_lone_surrogates_are_refused(door):
    headers = {"Content-Type": "application/json"}
    body = b'{"isbn": "\\ud800", "title": "t"}'
    assert door.rest("POST", "books", content=body, headers=headers).status_code == 400
    body = b'{"\\ud800": 1}'
    assert door.rest("POST", "books", content=body, headers=headers).status_code == 400


def test_a_body_over_the_limit_is_refused(door):
    body = b'"' + b"x" * (10 * 1024 * 1024) + b'"'
    assert door.rest("POST", "books", content=body).status_code == 413


def test_another_content_type_is_refused(door):
    response = door.rest("POST", "books", content=b"a", headers={"Content-Type": "text/csv"})
    assert (response.status_code, response.json()["code"]) == (400, "PGRST102")


def upsert(door, rows, how: str, query: str = "") -> list:
    headers = {"Prefer": f"resolution={how}-duplicates,return=representation"}
    return door.rest("POST", f"books{query}", json=rows, headers=headers).json()


def test_an_upsert_merges_by_the_primary_key(door):
    door.rest("POST", "books", json={"isbn": "1", "title": "t", "pages": 5})
    upsert(door, [{"isbn": "1", "title": "u"}, {"isbn": "2", "title": "v"}], "merge")
    assert books(door) == [("1", "u", 5, "new"), ("2", "v", None, "new")]


def test_an_upsert_can_name_another_key(door):
    door.rest("POST", "books", json={"isbn": "1", "title": "t"})
    upsert(door, {"isbn": "9", "title": "t"}, "merge", "?on_conflict=title")
    assert books(door) == [("9", "t", None, "new")]


def test_duplicates_can_be_ignored(door):
    door.rest("POST", "books", json={"isbn": "1", "title": "t"})
    rows = [{"isbn": "1", "title": "u"}, {"isbn": "2", "title": "v"}]
    assert [row["isbn"] for row in upsert(door, rows, "ignore")] == ["2"]
    assert [row[1] for row in books(door)] == ["t", "v"]


def test_an_update_changes_what_the_filter_finds(door):
    door.rest("POST", "books", json=[{"isbn": "1", "title": "a"}, {"isbn": "2", "title": "b"}])
    headers = {"Prefer": "return=representation,count=exact"}
    path = "books?isbn=eq.1&select=pages"
    response = door.rest("PATCH", path, json={"pages": 3, "shelf": "x"}, headers=headers)
    assert (response.json(), response.headers["content-range"]) == ([{"pages": 3}], "0-0/1")
    assert [row[2:] for row in books(door)] == [(3, "x"), (None, "new")]


def test_an_update_without_keys_changes_nothing(door):
    door.rest("POST", "books", json={"isbn": "1", "title": "a"})
    response = door.rest("PATCH", "books?isbn=eq.1", json={}, headers=FULL)
    assert (response.status_code, response.json()) == (200, [])


def test_an_update_can_set_null(door):
    door.rest("POST", "books", json={"isbn": "1", "title": "a", "pages": 3})
    assert door.rest("PATCH", "books?isbn=eq.1", json={"pages": None}).status_code == 204
    assert books(door)[0][2] is None


@pytest.mark.parametrize(("method", "verb"), [("PATCH", "UPDATE"), ("DELETE", "DELETE")])
def test_a_change_of_the_whole_table_is_refused(door, method, verb):
    door.rest("POST", "books", json={"isbn": "1", "title": "a"})
    response = door.rest(method, "books", json={"pages": 1})
    assert response.status_code == 400
    assert response.json() == {
        "code": "21000",
        "message": f"{verb} requires a WHERE clause",
        "details": None,
        "hint": None,
    }
    assert books(door) == [("1", "a", None, "new")]


@pytest.mark.parametrize("query", ["limit=1", "order=isbn", "offset=1"])
def test_a_limited_change_is_refused(door, query):
    response = door.rest("DELETE", f"books?isbn=gt.0&{query}")
    assert (response.status_code, response.json()["code"]) == (400, "PGRST127")


def test_a_delete_removes_what_the_filter_finds(door):
    door.rest("POST", "books", json=[{"isbn": "1", "title": "a"}, {"isbn": "2", "title": "b"}])
    response = door.rest("DELETE", "books?isbn=eq.1", headers={"Prefer": "count=exact"})
    assert (response.status_code, response.headers["content-range"]) == (204, "*/1")
    assert [row[0] for row in books(door)] == ["2"]


def test_too_many_affected_rows_undo_the_change(door):
    door.rest("POST", "books", json=[{"isbn": "1", "title": "a"}, {"isbn": "2", "title": "b"}])
    headers = {"Prefer": "handling=strict,max-affected=1"}
    response = door.rest("DELETE", "books?isbn=gt.0", headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, "PGRST124")
    assert len(books(door)) == 2


def test_an_insert_that_is_not_one_row_is_undone_for_an_object(door):
    rows = [{"isbn": "1", "title": "a"}, {"isbn": "2", "title": "b"}]
    response = door.rest("POST", "books", json=rows, headers=ONE)
    assert (response.status_code, response.json()["code"]) == (406, "PGRST116")
    assert books(door) == []


def test_only_granted_columns_are_read_back(door):
    door.rest("POST", "masked", json={"id": 1, "shown": "s", "hidden": "h"})
    path = "masked?id=eq.1&select=shown"
    response = door.rest("PATCH", path, json={"hidden": "i"}, headers=FULL)
    assert response.json() == [{"shown": "s"}]
    refused = door.rest("PATCH", "masked?id=eq.1", json={"hidden": "i"}, headers=FULL)
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")


def test_put_is_refused_with_the_way_to_do_it(door):
    response = door.rest("PUT", "books?isbn=eq.1", json={"isbn": "1", "title": "t"})
    assert (response.status_code, response.json()["code"]) == (405, "PGRST117")
    assert "resolution=merge-duplicates" in response.json()["hint"]


def test_a_value_is_never_sql(door):
    hostile = "'; drop table public.books; -- %s $1 {0}"
    door.rest("POST", "books", json={"isbn": hostile, "title": "t"})
    response = door.rest("GET", "books", params={"isbn": f"eq.{hostile}"})
    assert [row["isbn"] for row in response.json()] == [hostile]


def test_names_are_never_sql(door):
    row = {"col; drop table x--": 1, "per%cent %s": "50%", "plain": "$1"}
    table = "odd%20%22name%22%20%25s%20%7B0%7D"
    assert door.rest("POST", table, json=row).status_code == 201
    params = {"select": '"per%cent %s",x:plain', '"col; drop table x--"': "eq.1"}
    response = door.rest("GET", table, params=params)
    assert response.json() == [{"per%cent %s": "50%", "x": "$1"}]
    changed = door.rest("PATCH", table, params={"plain": "eq.$1"}, json={"per%cent %s": "%(x)s"})
    assert changed.status_code == 204
    assert json.loads(door.rest("GET", table).text)[0]["per%cent %s"] == "%(x)s"
