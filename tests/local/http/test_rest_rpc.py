"""Calling functions: arguments, overloads, and every kind of result."""

from __future__ import annotations

import pytest

ONE = {"Accept": "application/vnd.pgrst.object+json"}


@pytest.mark.parametrize(
    ("name", "arguments", "wanted"),
    [
        ("add", {"a": 1, "b": 2}, 3),
        ("add", {"a": 1, "b": 2, "c": 3}, 6),
        ("greet", {}, "hello world!"),
        ("greet", {"p_mark": "?"}, "hello world?"),
        ("greet", {"p_mark": "?", "p_name": "Ann"}, "hello Ann?"),
        ("none", {}, None),
        ("report", {}, {"big": 9223372036854775807}),
        ("numbers", {"p_count": 3}, [1, 2, 3]),
        ("numbers", {"p_count": 0}, []),
        ("table_of", {"p_count": 2}, [{"n": 1, "square": 1}, {"n": 2, "square": 4}]),
        ("out_pair", {"p_in": 5}, {"low": 4, "high": 6}),
        ("inout_one", {"p_value": 5}, {"p_value": 10}),
        ("one_book", {"p_isbn": "1"}, {"isbn": "1", "title": "t", "pages": None, "shelf": "new"}),
        ("one_book", {"p_isbn": "9"}, {"isbn": None, "title": None, "pages": None, "shelf": None}),
        ("find_books", {"p_shelf": "none"}, []),
        ("array_sum", {"p_numbers": [1, 2, 3]}, 6),
        ("echo", {"any": ["thing"]}, {"any": ["thing"]}),
    ],
)
def test_a_result_has_the_shape_of_its_function(door, name, arguments, wanted):
    door.rest("POST", "books", json={"isbn": "1", "title": "t"})
    response = door.rpc(name, arguments)
    assert (response.status_code, response.json()) == (200, wanted)


def test_numbers_that_json_lacks_are_text(door):
    assert door.rpc("strange").text.startswith('[{"nan":"NaN","inf":"Infinity","big":')
    assert "12345678901234567890.5" in door.rpc("strange").text


def test_void_answers_204(door):
    response = door.rpc("nothing")
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("add?a=1&b=2", 3),
        ("greet?p_name=a%26b%3Dc", "hello a&b=c!"),
        ("array_sum?p_numbers=%7B1,2%7D", 3),
        ("table_of?p_count=4&n=gt.2&select=square", [{"square": 9}, {"square": 16}]),
        ("table_of?p_count=3&order=n.desc&limit=1", [{"n": 3, "square": 9}]),
    ],
)
def test_get_takes_arguments_from_the_query(door, path, wanted):
    assert door.rest("GET", f"rpc/{path}").json() == wanted


def test_get_cannot_write(door):
    response = door.rest("GET", "rpc/writes_note?p_body=x")
    assert (response.status_code, response.json()["code"]) == (405, "25006")


def test_post_can_write(door):
    assert door.rpc("writes_note", {"p_body": "x"}).json() == 1
    assert door.sql("select body from public.notes") == [("x",)]


def test_a_stable_function_runs_read_only(door):
    door.sql(
        "create or replace function public.lies_about_writing() returns bigint language plpgsql"
        " stable as $$ begin return public.writes_note('x'); end $$"
    )
    response = door.rpc("lies_about_writing")
    assert (response.status_code, response.json()["code"]) == (405, "25006")


def test_head_gives_the_count_alone(door):
    headers = {"Prefer": "count=exact"}
    response = door.rest("HEAD", "rpc/table_of?p_count=4", headers=headers)
    assert (response.content, response.headers["content-range"]) == (b"", "0-3/4")


def test_rows_of_a_function_are_filtered_ordered_and_paged(door):
    path = "rpc/table_of?square=lt.10&order=n.desc&select=n&limit=2"
    response = door.rest("POST", path, json={"p_count": 9}, headers={"Prefer": "count=exact"})
    assert response.json() == [{"n": 3}, {"n": 2}]
    assert (response.status_code, response.headers["content-range"]) == (206, "0-1/3")


def test_one_row_of_a_function_can_be_had_as_an_object(door):
    response = door.rest("POST", "rpc/table_of", json={"p_count": 1}, headers=ONE)
    assert response.json() == {"n": 1, "square": 1}
    response = door.rest("POST", "rpc/table_of", json={"p_count": 2}, headers=ONE)
    assert (response.status_code, response.json()["code"]) == (406, "PGRST116")


def test_an_unknown_function_is_named_with_a_neighbour(door):
    response = door.rpc("grete", {"p_name": "x"})
    assert response.status_code == 404
    assert response.json() == {
        "code": "PGRST202",
        "message": "Could not find the function public.grete(p_name) in the schema cache",
        "details": "Searched for the function public.grete with parameter p_name or with a single"
        " unnamed json/jsonb parameter, but no matches were found in the schema cache.",
        "hint": "Perhaps you meant to call the function public.greet",
    }


def test_wrong_arguments_are_answered_with_the_right_ones(door):
    response = door.rpc("add", {"a": 1, "bb": 2})
    assert response.json()["hint"] == "Perhaps you meant to call the function public.add(a, b)"


def test_overloads_that_differ_by_type_alone_are_ambiguous(door):
    door.sql(
        "create or replace function public.twice(x integer) returns integer language sql as"
        " 'select x'; create or replace function public.twice(x text) returns text language sql"
        " as 'select x'"
    )
    response = door.rpc("twice", {"x": 1})
    assert (response.status_code, response.json()["code"]) == (300, "PGRST203")
    assert "public.twice(x => integer), public.twice(x => text)" in response.json()["message"]


def test_a_variadic_function_is_refused(door):
    response = door.rpc("sum_of", {"p_numbers": [1]})
    assert (response.status_code, response.json()["code"]) == (400, "PGRST127")
    assert "array" in response.json()["hint"]


@pytest.mark.parametrize("name", ["hidden", "pg_sleep", "uid", "jwt", "send"])
def test_functions_of_other_schemas_do_not_exist(door, name):
    assert door.rpc(name).json()["code"] == "PGRST202"


def test_execute_is_a_privilege(door):
    assert door.rpc("for_service").json() == 1
    refused = door.rpc("for_service", key=door.anon_key)
    assert (refused.status_code, refused.json()["code"]) == (401, "42501")
    token = door.visitor()["access_token"]
    refused = door.rpc("for_service", key=door.anon_key, token=token)
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")


@pytest.mark.parametrize(
    ("sqlstate", "status"),
    [
        ("P0001", 400),
        ("PT400", 400),
        ("PT402", 402),
        ("PT404", 404),
        ("PT409", 409),
        ("PT429", 429),
        ("PT503", 503),
        ("PT999", 500),
        ("PTABC", 500),
        ("23505", 409),
        ("23503", 409),
        ("22012", 400),
        ("40001", 500),
        ("53300", 503),
        ("57014", 500),
        ("25006", 405),
        ("42P01", 404),
        ("XX000", 500),
        ("28000", 403),
    ],
)
def test_an_error_keeps_code_details_and_hint(door, sqlstate, status):
    response = door.rpc("raise_code", {"p_code": sqlstate})
    assert response.status_code == status
    assert response.json() == {
        "code": sqlstate,
        "message": "it failed",
        "details": "a detail",
        "hint": "a hint",
    }


def test_a_function_can_set_status_and_headers(door):
    response = door.rpc("teapot")
    assert (response.status_code, response.headers["x-short"]) == (418, "stout")


def test_a_function_reads_who_calls_and_how(door):
    session = door.visitor()
    seen = door.rpc(
        "whoami", key=door.anon_key, token=session["access_token"], headers={"X-Tenant": "7"}
    ).json()
    assert (seen["role"], seen["session"]) == ("authenticated", "authenticator")
    assert seen["uid"] == seen["claims"]["sub"] == session["user"]["id"]
    assert (seen["method"], seen["path"]) == ("POST", "/rpc/whoami")
    assert seen["headers"]["x-tenant"] == "7"
    assert not {"authorization", "apikey"} & set(seen["headers"])


@pytest.mark.parametrize(
    ("who", "timeout"), [("anon", "3s"), ("authenticated", "8s"), ("service_role", "8s")]
)
def test_each_role_has_its_own_time(door, who, timeout):
    key = door.service_key if who == "service_role" else door.anon_key
    token = door.visitor()["access_token"] if who == "authenticated" else ""
    seen = door.rpc("whoami", key=key, token=token).json()
    assert (seen["role"], seen["timeout"]) == (who, timeout)


def test_nothing_of_a_caller_is_left_for_the_next(door):
    token = door.visitor()["access_token"]
    for _ in range(20):
        door.rpc("whoami", key=door.anon_key, token=token)
    seen = [door.rpc("whoami", key=door.anon_key).json() for _ in range(20)]
    assert {(one["role"], one["uid"]) for one in seen} == {("anon", None)}


def test_a_list_is_no_set_of_arguments(door):
    response = door.rest("POST", "rpc/add", json=[{"a": 1, "b": 2}])
    assert (response.status_code, response.json()["code"]) == (404, "PGRST202")


def test_other_methods_are_refused(door):
    response = door.rest("DELETE", "rpc/add")
    assert (response.status_code, response.json()["code"]) == (405, "PGRST101")
