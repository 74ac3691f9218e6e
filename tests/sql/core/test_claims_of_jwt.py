"""Tokens that a customer's site signs for the people who are signed in there."""

from __future__ import annotations

import json
import time

import pytest

from tests.sql.rows import call
from tests.sql.tokens import encoded, signed_bytes

SECRET = "a secret of at least thirty-two bytes"
CLAIMS = {"sub": "user-17", "name": "Ada"}


def in_an_hour(**more):
    return {**CLAIMS, "exp": int(time.time()) + 3600, **more}


def signed(claims, secret=SECRET, **header):
    return signed_bytes(json.dumps(claims).encode(), secret, **header)


def test_a_signed_token_tells_its_claims(db):
    claims = in_an_hour(iat=int(time.time()), nbf=int(time.time()))
    assert call(db, "private.claims_of_jwt", signed(claims), SECRET) == claims


@pytest.mark.parametrize(
    "claims",
    [
        CLAIMS,
        {**CLAIMS, "exp": "tomorrow"},
        {**CLAIMS, "exp": 1e300},
        {**CLAIMS, "exp": int(time.time()) - 1},
        {**CLAIMS, "exp": int(time.time()) + 90_000},
        in_an_hour(nbf=int(time.time()) + 600),
        in_an_hour(iat=int(time.time()) + 600),
        in_an_hour(nbf=None),
    ],
)
def test_a_token_outside_its_time_is_none(db, claims):
    assert call(db, "private.claims_of_jwt", signed(claims), SECRET) is None


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "a.b",
        "a.b.c.d",
        "..",
        "\u2603.\u2603.\u2603",
        signed(in_an_hour(), alg="none"),
        signed(in_an_hour(), alg="HS512"),
        signed(in_an_hour(), alg=None),
        signed(in_an_hour(), secret="another secret of at least 32 bytes"),
        signed(in_an_hour(), crit=["exp"]),
        encoded(b'{"alg":"none"}') + "." + encoded(json.dumps(in_an_hour()).encode()) + ".",
        signed(in_an_hour()) + "A",
        signed(in_an_hour()).upper(),
        "x" * 100_000,
    ],
)
def test_what_is_not_signed_by_us_is_none(db, token):
    assert call(db, "private.claims_of_jwt", token, SECRET) is None


def test_a_token_that_says_hs256_and_is_not_signed_is_none(db):
    head, claims, _ = signed(in_an_hour()).split(".")
    assert call(db, "private.claims_of_jwt", f"{head}.{claims}.", SECRET) is None


@pytest.mark.parametrize("payload", [b"[1]", b"no json", b"\xff\xfe", b'"text"', b"{\x00}"])
def test_a_signed_payload_that_is_no_object_is_none(db, payload):
    assert call(db, "private.claims_of_jwt", signed_bytes(payload, SECRET), SECRET) is None


def test_a_short_secret_opens_nothing(db):
    token = signed(in_an_hour(), secret="short")
    assert call(db, "private.claims_of_jwt", token, "short") is None
