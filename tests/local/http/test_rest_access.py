"""Who may call, and what hostile requests get: a refusal in JSON, never a crash."""

from __future__ import annotations

import time
from urllib.parse import quote, urlsplit

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.gateway.tokens import role_token
from tests.local.http.door import running_door

NO_KEY = "No API key found in request"
BAD_KEY = "Invalid API key"


def signed(door, secret: str | None = None, **claims: object) -> str:
    body = {"role": "authenticated", "exp": int(time.time()) + 60} | claims
    return jwt.encode(body, secret or door.jwt_secret, algorithm="HS256")


@pytest.mark.parametrize("path", ["/rest/v1/books", "/rest/v1/rpc/add", "/auth/v1/settings"])
def test_a_request_without_a_key_is_refused(door, path):
    response = door.call("GET", path, key="")
    assert (response.status_code, response.json()["message"]) == (401, NO_KEY)


@pytest.mark.parametrize("key", ["sb_publishable_x", "nonsense", "a.b.c"])
def test_an_unknown_key_is_refused(door, key):
    response = door.rest("GET", "books", key=key)
    assert (response.status_code, response.json()["message"]) == (401, BAD_KEY)


def test_a_user_token_is_no_key(door):
    token = door.visitor()["access_token"]
    assert door.rest("GET", "books", key=token).json()["message"] == BAD_KEY


@pytest.mark.parametrize("role", ["anon", "service_role"])
def test_legacy_keys_work(door, role):
    key = role_token(role, door.jwt_secret)
    assert door.rpc("whoami", key=key).json()["role"] == role
    assert door.rpc("whoami", key=key, token=key).json()["role"] == role


def test_a_key_may_come_in_the_query(door):
    path = f"rpc/whoami?apikey={door.anon_key}"
    assert door.rest("GET", path, key="").json()["role"] == "anon"


def test_a_new_key_may_stand_in_authorization_too(door):
    seen = door.rpc("whoami", key=door.service_key, token=door.service_key).json()
    assert seen["role"] == "service_role"


def test_a_different_new_key_may_not(door):
    response = door.rpc("whoami", key=door.anon_key, token=door.service_key)
    assert (response.status_code, response.json()["message"]) == (401, BAD_KEY)


def test_the_token_decides_and_not_the_key(door):
    seen = door.rpc("whoami", key=door.service_key, token=signed(door, sub="x")).json
    assert seen()["code"] == "22P02"
    seen = door.rpc("whoami", key=door.service_key, token=signed(door)).json
    assert seen()["role"] == "authenticated"


def test_an_expired_token_is_refused(door):
    token = signed(door, exp=int(time.time()) - 5)
    response = door.rest("GET", "books", token=token)
    assert response.status_code == 401
    assert response.json() == {
        "code": "PGRST303",
        "message": "JWT expired",
        "details": None,
        "hint": None,
    }
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("x", "Expected 3 parts in JWT; got 1"),
        ("a.b", "Expected 3 parts in JWT; got 2"),
        ("a.b.c", "No suitable key or wrong key type"),
        (jwt.encode({"role": "service_role"}, "x" * 40), "No suitable key or wrong key type"),
        (jwt.encode({"role": "service_role"}, None, "none"), "No suitable key or wrong key type"),
    ],
)
def test_a_token_of_somebody_else_is_refused(door, token, message):
    response = door.rest("GET", "books", token=token)
    assert (response.status_code, response.json()["code"]) == (401, "PGRST301")
    assert response.json()["message"] == message


@pytest.mark.parametrize("role", ["postgres", "supabase_admin", "supabase_auth_admin"])
def test_a_token_cannot_name_a_role_of_ours(door, role):
    response = door.rpc("whoami", token=signed(door, role=role))
    assert (response.status_code, response.json()["code"]) == (403, "42501")


def test_a_role_that_does_not_exist_is_refused(door):
    assert door.rpc("whoami", token=signed(door, role="nobody")).status_code == 401


def test_a_table_without_a_grant_is_refused(door):
    response = door.rest("GET", "secrets", key=door.anon_key)
    assert (response.status_code, response.json()["code"]) == (401, "42501")
    assert door.rest("GET", "secrets").status_code == 403


def test_a_function_cannot_climb_to_the_superuser(door):
    door.sql(
        "create or replace function public.climbs() returns text language plpgsql as $$"
        " begin set local role postgres; return current_user; end $$"
    )
    assert door.rpc("climbs", key=door.anon_key).json()["code"] == "42501"


def test_requests_may_log_in_as_authenticator(shared_door, jwt_secret, tmp_path):
    secret = "only for this test"
    shared_door.sql(f"alter role authenticator password '{secret}'")
    parts = urlsplit(shared_door.database_url)
    place = f"authenticator:{quote(secret)}@{parts.hostname}:{parts.port}"
    url = parts._replace(netloc=place).geturl()
    with running_door(
        shared_door.database_url, jwt_secret, tmp_path, GATEWAY_REQUESTS_URL=url
    ) as door:
        door.sql(
            "create or replace function public.undoes() returns text language plpgsql as"
            " $$ begin reset session authorization; return current_user; end $$"
        )
        assert door.rpc("undoes").json() == "authenticator"
        assert door.rpc("whoami").json()["session"] == "authenticator"


def test_policies_see_the_caller(door):
    one, other = door.visitor()["access_token"], door.visitor()["access_token"]
    door.rest("POST", "notes", key=door.anon_key, token=one, json={"body": "mine"})
    path = "notes?select=body"
    assert door.rest("GET", path, key=door.anon_key, token=one).json() == [{"body": "mine"}]
    assert door.rest("GET", path, key=door.anon_key, token=other).json() == []


def test_a_policy_refuses_a_row_of_another(door):
    token = door.visitor()["access_token"]
    row = {"owner": "00000000-0000-4000-8000-000000000000"}
    response = door.rest("POST", "notes", key=door.anon_key, token=token, json=row)
    assert (response.status_code, response.json()["code"]) == (403, "42501")
    assert response.json()["message"].startswith("new row violates row-level security policy")


@pytest.mark.parametrize(
    "path",
    [
        "books'--",
        'books";drop table books;--',
        "books%00",
        "%00",
        "%FF",
        "a%2Fb",
        "..%2f..%2fauth",
        "{name}",
        "%25s",
        "x" * 3000,
        "rpc/%00",
        'rpc/add";--',
    ],
)
def test_a_hostile_name_is_refused(door, path):
    for method in ("GET", "POST"):
        response = door.rest(method, path, json={} if method == "POST" else None)
        assert 400 <= response.status_code < 500, response.text
        assert response.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "query",
    [
        *("id=eq.%00", "%00=eq.1", "id=eq.%FF", "select=%00", "order=%22%00%22", "select=%22%22"),
        *("limit=99999999999999999999", "limit=abc", "&".join(["a=eq.1"] * 600), "or=()"),
    ],
)
def test_a_hostile_query_is_no_crash(door, query):
    response = door.rest("GET", f"notes?{query}")
    assert response.status_code < 500, response.text


ODD = st.text(alphabet=st.characters(codec="utf-8"), max_size=30)
PIECE = st.sampled_from(["eq.", "in.(", "or", "(", ")", ",", "->", "::", "*", '"', "id", "body"])
VALUE = st.one_of(ODD, st.lists(PIECE, max_size=8).map("".join))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.one_of(st.sampled_from(["notes", "books", "rpc/table_of"]), ODD.map(quote)),
    key=st.one_of(st.sampled_from(["select", "order", "or", "limit", "id", "columns"]), VALUE),
    value=VALUE,
)
def test_no_request_is_an_unexpected_error(shared_door, name, key, value):
    response = shared_door.rest(
        "GET", name, params={key: value}, headers={"Prefer": key.strip()[:0]}
    )
    assert response.status_code not in (500, 502, 503, 504), response.text
    if response.content:
        response.json()


def test_an_unknown_path_is_told_in_json(door):
    response = door.call("GET", "/nowhere/at/all")
    assert (response.status_code, response.json()) == (
        404,
        {"message": "no Route matched with those values"},
    )


def test_a_browser_may_ask_from_anywhere(door):
    preflight = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "apikey,content-profile,x-anything",
    }
    response = door.call("OPTIONS", "/rest/v1/books", key="", headers=preflight)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert "PATCH" in response.headers["access-control-allow-methods"]
    assert "x-anything" in response.headers["access-control-allow-headers"]


def test_a_browser_may_read_counts_and_errors(door):
    headers = {"Origin": "https://shop.example"}
    response = door.rest("GET", "boks", headers=headers)
    assert response.headers["access-control-allow-origin"] == "*"
    assert "Content-Range" in response.headers["access-control-expose-headers"]
