"""Accounts and sessions, as the auth server keeps them."""

from __future__ import annotations

import time
import uuid
from typing import Any

import jwt
import pytest

from local.gateway.tokens import role_token

PASSWORD = "correct horse"


def email() -> str:
    return f"{uuid.uuid4()}@example.com"


def sign_up(door, **more: Any) -> dict[str, Any]:
    body = {"email": email(), "password": PASSWORD} | more
    response = door.auth("POST", "signup", json=body)
    assert response.status_code == 200, response.text
    return dict(response.json())


def sign_in(door, address: str, password: str = PASSWORD):
    body = {"email": address, "password": password}
    return door.auth("POST", "token?grant_type=password", json=body)


def refresh(door, token: str):
    return door.auth("POST", "token?grant_type=refresh_token", json={"refresh_token": token})


def claims_of(door, session: dict[str, Any]) -> dict[str, Any]:
    audience = "authenticated"
    return jwt.decode(session["access_token"], door.jwt_secret, ["HS256"], audience=audience)


def refusal(response) -> tuple[int, str]:
    body = response.json()
    assert set(body) >= {"code", "error_code", "msg"}
    assert body["code"] == response.status_code
    return response.status_code, body["error_code"]


def test_a_visitor_signs_in_without_a_name(door):
    session = door.auth("POST", "signup", json={"data": {"theme": "dark"}}).json()
    assert (session["token_type"], session["expires_in"]) == ("bearer", 3600)
    assert session["user"]["is_anonymous"] is True
    assert session["user"]["user_metadata"] == {"theme": "dark"}
    assert session["user"]["identities"] == []


def test_a_token_carries_the_claims_policies_read(door):
    session = door.visitor()
    claims = claims_of(door, session)
    assert claims["iss"] == f"{door.url}/auth/v1"
    assert claims["sub"] == session["user"]["id"]
    assert (claims["aud"], claims["role"]) == ("authenticated", "authenticated")
    assert (claims["is_anonymous"], claims["aal"]) == (True, "aal1")
    assert claims["amr"][0]["method"] == "anonymous"
    assert claims["exp"] - claims["iat"] == 3600
    assert uuid.UUID(claims["session_id"])
    assert {"email", "phone", "app_metadata", "user_metadata"} <= set(claims)


def test_a_user_signs_up_and_in(door):
    user = sign_up(door, data={"name": "Ann"})["user"]
    session = sign_in(door, user["email"].upper()).json()
    assert session["user"]["id"] == user["id"]
    assert claims_of(door, session)["email"] == user["email"]
    assert session["user"]["app_metadata"] == {"provider": "email", "providers": ["email"]}
    assert session["user"]["last_sign_in_at"]


def test_a_password_is_kept_as_a_salted_hash(door):
    users = [sign_up(door)["user"]["id"] for _ in range(2)]
    kept = door.sql("select encrypted_password from auth.users where id = any(%s::uuid[])", users)
    assert all(row[0].startswith("$scrypt$") for row in kept)
    assert kept[0] != kept[1]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"email": "nobody", "password": PASSWORD}, (400, "validation_failed")),
        ({"email": "a@b.co", "password": "short"}, (422, "weak_password")),
        ({"email": "a@b.co", "password": "x" * 73}, (422, "validation_failed")),
        ({"email": "a@b.co"}, (422, "validation_failed")),
        ({"email": ["a@b.co"], "password": PASSWORD}, (400, "validation_failed")),
        ({"email": "a\x00@b.co", "password": PASSWORD}, (400, "validation_failed")),
        ({"phone": "+491700000"}, (400, "phone_provider_disabled")),
        ({"data": "text"}, (400, "bad_json")),
    ],
)
def test_a_sign_up_that_cannot_be_is_refused(door, body, wanted):
    assert refusal(door.auth("POST", "signup", json=body)) == wanted


def test_an_address_has_one_account(door):
    user = sign_up(door)["user"]
    response = door.auth("POST", "signup", json={"email": user["email"], "password": PASSWORD})
    assert refusal(response) == (422, "user_already_exists")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"1"])
def test_a_body_that_is_no_object_is_refused(door, body):
    assert refusal(door.auth("POST", "signup", content=body)) == (400, "bad_json")


def test_a_wrong_password_and_an_unknown_address_look_alike(door):
    address = sign_up(door)["user"]["email"]
    wrong, unknown = sign_in(door, address, "wrong horse"), sign_in(door, email())
    assert refusal(wrong) == refusal(unknown) == (400, "invalid_credentials")
    assert wrong.json() == unknown.json()


def test_a_user_without_a_password_cannot_use_one(door):
    made = door.call("POST", "/auth/v1/admin/users", json={"email": email(), "email_confirm": True})
    assert refusal(sign_in(door, made.json()["email"])) == (400, "invalid_credentials")


def test_an_unconfirmed_address_cannot_sign_in(door):
    body = {"email": email(), "password": PASSWORD}
    door.call("POST", "/auth/v1/admin/users", json=body)
    assert refusal(sign_in(door, body["email"])) == (400, "email_not_confirmed")


def test_an_unknown_grant_is_refused(door):
    response = door.auth("POST", "token?grant_type=magic", json={})
    assert response.json()["msg"] == "unsupported_grant_type"


def test_a_refresh_gives_new_tokens_of_the_same_session(door):
    before = door.visitor()
    after = refresh(door, before["refresh_token"]).json()
    assert after["refresh_token"] != before["refresh_token"]
    assert claims_of(door, after)["session_id"] == claims_of(door, before)["session_id"]


def test_a_used_token_gives_its_unused_successor_again(door):
    """The client may not have got the first answer."""
    before = door.visitor()["refresh_token"]
    first = refresh(door, before).json()["refresh_token"]
    age(door, before)
    assert refresh(door, before).json()["refresh_token"] == first


def test_a_stolen_token_ends_the_session(door):
    before = door.visitor()["refresh_token"]
    first = refresh(door, before).json()["refresh_token"]
    second = refresh(door, first).json()["refresh_token"]
    age(door, before)
    assert refusal(refresh(door, before)) == (400, "refresh_token_already_used")
    age(door, second)
    assert refusal(refresh(door, second)) == (400, "refresh_token_already_used")


def test_a_token_may_be_used_twice_within_ten_seconds(door):
    before = door.visitor()["refresh_token"]
    first = refresh(door, before).json()["refresh_token"]
    refresh(door, first)
    assert refresh(door, before).status_code == 200


def age(door, token: str) -> None:
    """Make a token's last change a minute old."""
    query = "update auth.refresh_tokens set updated_at = now() - interval '1 minute'"
    door.sql(query + " where token = %s", token)


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        ("abcdefghijkl", "refresh_token_not_found"),
        ("short", "validation_failed"),
        (None, "validation_failed"),
        ("'; drop --abc", "validation_failed"),
    ],
)
def test_an_unknown_refresh_token_is_refused(door, token, wanted):
    assert refusal(refresh(door, token)) == (400, wanted)


def get_user(door, token: str):
    return door.auth("GET", "user", token=token)


def test_a_user_reads_their_own_account(door):
    session = door.visitor()
    assert get_user(door, session["access_token"]).json()["id"] == session["user"]["id"]


def token_of(door, **claims: object) -> str:
    body = {"role": "authenticated", "exp": int(time.time()) + 60} | claims
    return jwt.encode(body, door.jwt_secret)


@pytest.mark.parametrize(
    ("claims", "wanted", "message"),
    [
        ({"exp": 1}, (403, "bad_jwt"), "token is expired"),
        ({}, (403, "bad_jwt"), "missing sub claim"),
        ({"sub": "x"}, (400, "bad_jwt"), "must be a UUID"),
        ({"sub": str(uuid.uuid4())}, (403, "user_not_found"), "does not exist"),
    ],
)
def test_a_token_that_is_no_good_is_refused(door, claims, wanted, message):
    response = get_user(door, token_of(door, **claims))
    assert refusal(response) == wanted
    assert message in response.json()["msg"]


@pytest.mark.parametrize("token", ["garbage", "a.b.c", jwt.encode({"sub": "x"}, "x" * 40)])
def test_garbage_is_no_token(door, token):
    response = get_user(door, token)
    assert refusal(response) == (403, "bad_jwt")
    assert response.json()["msg"].startswith("invalid JWT: unable to parse or verify signature")


def test_the_key_alone_is_nobody(door):
    assert refusal(get_user(door, role_token("anon", door.jwt_secret))) == (403, "bad_jwt")
    assert refusal(door.auth("GET", "user")) == (403, "bad_jwt")


def test_a_user_changes_metadata_key_by_key(door):
    token = sign_up(door, data={"a": 1, "b": 2})["access_token"]
    body = {"data": {"b": None, "c": [3]}}
    changed = door.auth("PUT", "user", token=token, json=body).json()
    assert {"a": 1, "c": [3]}.items() <= changed["user_metadata"].items()
    assert "b" not in changed["user_metadata"]


def test_a_user_cannot_change_app_metadata(door):
    body = {"app_metadata": {"role": "admin"}}
    token = door.visitor()["access_token"]
    assert refusal(door.auth("PUT", "user", token=token, json=body)) == (403, "not_admin")


def test_a_new_password_ends_other_sessions(door):
    one = sign_up(door)
    other = sign_in(door, one["user"]["email"]).json()
    body = {"password": "battery staple"}
    assert door.auth("PUT", "user", token=one["access_token"], json=body).status_code == 200
    assert get_user(door, one["access_token"]).status_code == 200
    assert refusal(get_user(door, other["access_token"])) == (403, "session_not_found")
    assert sign_in(door, one["user"]["email"]).status_code == 400


def test_the_same_password_is_no_new_one(door):
    token = sign_up(door)["access_token"]
    response = door.auth("PUT", "user", token=token, json={"password": PASSWORD})
    assert refusal(response) == (422, "same_password")


def test_a_visitor_becomes_a_user_with_the_same_id(door):
    session = door.visitor()
    body = {"email": email(), "password": PASSWORD}
    changed = door.auth("PUT", "user", token=session["access_token"], json=body).json()
    assert (changed["id"], changed["is_anonymous"]) == (session["user"]["id"], False)
    again = refresh(door, session["refresh_token"]).json()
    assert claims_of(door, again)["is_anonymous"] is False
    assert sign_in(door, body["email"]).status_code == 200


def test_a_visitor_needs_an_address_for_a_password(door):
    token = door.visitor()["access_token"]
    response = door.auth("PUT", "user", token=token, json={"password": PASSWORD})
    assert refusal(response) == (422, "validation_failed")


def test_a_taken_address_cannot_be_taken_over(door):
    taken = sign_up(door)["user"]["email"]
    token = door.visitor()["access_token"]
    response = door.auth("PUT", "user", token=token, json={"email": taken})
    assert refusal(response) == (422, "email_exists")


@pytest.mark.parametrize(
    ("scope", "own", "other"), [("global", 403, 403), ("local", 403, 200), ("others", 200, 403)]
)
def test_a_sign_out_ends_the_sessions_of_its_scope(door, scope, own, other):
    one = sign_up(door)
    two = sign_in(door, one["user"]["email"]).json()
    response = door.auth("POST", f"logout?scope={scope}", token=one["access_token"])
    assert response.status_code == 204
    assert get_user(door, one["access_token"]).status_code == own
    assert get_user(door, two["access_token"]).status_code == other


def test_a_refresh_token_dies_with_its_session(door):
    session = door.visitor()
    door.auth("POST", "logout", token=session["access_token"])
    assert refusal(refresh(door, session["refresh_token"])) == (400, "refresh_token_not_found")


def test_an_unknown_scope_is_refused(door):
    token = door.visitor()["access_token"]
    response = door.auth("POST", "logout?scope=everywhere", token=token)
    assert refusal(response) == (400, "validation_failed")


def test_what_is_open_is_told(door):
    told = door.auth("GET", "settings").json()
    assert told["external"]["anonymous_users"] is told["external"]["email"] is True
    assert told["external"]["github"] is told["disable_signup"] is False


def test_the_door_tells_that_it_is_well(door):
    assert door.auth("GET", "health").json()["name"] == "auth"


def test_there_are_no_public_keys(door):
    assert door.call("GET", "/auth/v1/.well-known/jwks.json", key="").json() == {"keys": []}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "otp"), ("POST", "recover"), ("GET", "authorize"), ("POST", "factors")],
)
def test_what_is_not_served_says_so(door, method, path):
    response = door.auth(method, path)
    assert refusal(response) == (501, "not_implemented")
    assert path in response.json()["msg"]


def test_a_trigger_that_refuses_a_user_is_told_briefly(door):
    door.sql(
        "create function public.refuses_user() returns trigger language plpgsql as $$"
        " begin raise exception 'secret reason'; end $$;"
        " create trigger refuses before insert on auth.users for each row"
        " when (new.email = 'unwanted@example.com') execute function public.refuses_user()"
    )
    body = {"email": "unwanted@example.com", "password": PASSWORD}
    response = door.auth("POST", "signup", json=body)
    assert refusal(response) == (500, "unexpected_failure")
    assert response.json()["msg"] == "Database error saving new user"


def admin(door, method: str, path: str = "", **options: Any):
    return door.call(method, f"/auth/v1/admin/users{path}", **options)


def test_the_service_makes_users(door):
    body = {
        "email": email(),
        "password": PASSWORD,
        "email_confirm": True,
        "id": str(uuid.uuid4()),
        "user_metadata": {"a": 1},
        "app_metadata": {"team": "north"},
    }
    made = admin(door, "POST", json=body).json()
    assert (made["id"], made["app_metadata"]["team"]) == (body["id"], "north")
    assert sign_in(door, body["email"]).status_code == 200


def test_the_service_lists_users_page_by_page(door):
    for _ in range(3):
        door.visitor()
    response = admin(door, "GET", "?page=1&per_page=2")
    assert len(response.json()["users"]) == 2
    assert int(response.headers["x-total-count"]) >= 3
    assert 'rel="next"' in response.headers["link"]


def test_the_service_changes_users(door):
    user = sign_up(door)["user"]
    body = {"password": "battery staple", "app_metadata": {"x": 1}, "user_metadata": {"y": 2}}
    changed = admin(door, "PUT", f"/{user['id']}", json=body).json()
    assert (changed["app_metadata"]["x"], changed["user_metadata"]["y"]) == (1, 2)
    assert sign_in(door, user["email"], "battery staple").status_code == 200


def test_the_service_bans_users(door):
    user = sign_up(door)
    path = f"/{user['user']['id']}"
    admin(door, "PUT", path, json={"ban_duration": "24h"})
    assert refusal(sign_in(door, user["user"]["email"])) == (400, "user_banned")
    assert refusal(get_user(door, user["access_token"])) == (403, "user_banned")
    assert refusal(refresh(door, user["refresh_token"])) == (400, "user_banned")
    admin(door, "PUT", path, json={"ban_duration": "none"})
    assert sign_in(door, user["user"]["email"]).status_code == 200


def test_the_service_deletes_users(door):
    session = door.visitor()
    path = f"/{session['user']['id']}"
    assert admin(door, "DELETE", path, json={"should_soft_delete": False}).status_code == 200
    assert refusal(admin(door, "GET", path)) == (404, "user_not_found")
    assert refusal(get_user(door, session["access_token"])) == (403, "user_not_found")


@pytest.mark.parametrize(
    ("method", "path", "body", "wanted"),
    [
        ("POST", "", {"password": PASSWORD}, (400, "validation_failed")),
        ("POST", "", {"email": "a@b.co", "id": "x"}, (400, "validation_failed")),
        ("POST", "", {"email": "a@b.co", "role": "a b"}, (400, "validation_failed")),
        ("GET", "/x", None, (404, "validation_failed")),
        ("PUT", "/00000000-0000-4000-8000-000000000000", {}, (404, "user_not_found")),
    ],
)
def test_a_request_of_the_service_that_cannot_be_is_refused(door, method, path, body, wanted):
    assert refusal(admin(door, method, path, json=body)) == wanted


def test_an_address_that_is_taken_cannot_be_made_again(door):
    body = {"email": sign_up(door)["user"]["email"]}
    assert refusal(admin(door, "POST", json=body)) == (422, "email_exists")


def test_a_ban_needs_a_duration(door):
    path = f"/{door.visitor()['user']['id']}"
    response = admin(door, "PUT", path, json={"ban_duration": "soon"})
    assert refusal(response) == (400, "validation_failed")


@pytest.mark.parametrize("who", ["anon", "user"])
def test_only_the_service_administers(door, who):
    token = door.visitor()["access_token"] if who == "user" else ""
    response = admin(door, "GET", key=door.anon_key, token=token)
    assert refusal(response) == (403, "not_admin")
