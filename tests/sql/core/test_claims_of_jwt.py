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
    ("claim", "later_s"),
    [
        ("exp", -1),
        ("exp", 90_000),
        ("nbf", 600),
        ("iat", 600),
    ],
)
def test_a_token_outside_its_time_is_none(db, claim, later_s):
    claims = in_an_hour(**{claim: int(time.time()) + later_s})
    assert call(db, "private.claims_of_jwt", signed(claims), SECRET) is None


@pytest.mark.parametrize(
    "more", [{"exp": None}, {"exp": "tomorrow"}, {"exp": 1e300}, {"nbf": None}, {"iat": "x"}]
)
def test_a_time_that_is_none_is_no_time(db, more):
    assert call(db, "private.claims_of_jwt", signed(in_an_hour(**more)), SECRET) is None


def test_a_token_for_ever_is_none(db):
    assert call(db, "private.claims_of_jwt", signed(CLAIMS), SECRET) is None


# Made when the test runs: a token is good for its time alone.
FORGERIES = {
    "nothing": lambda: None,
    "empty": lambda: "",
    "two parts": lambda: "a.b",
    "four parts": lambda: "a.b.c.d",
    "empty parts": lambda: "..",
    "no base64": lambda: "\u2603.\u2603.\u2603",
    "alg none": lambda: signed(in_an_hour(), alg="none"),
    "alg hs512": lambda: signed(in_an_hour(), alg="HS512"),
    "no alg": lambda: signed(in_an_hour(), alg=None),
    "another secret": lambda: signed(in_an_hour(), "another secret of at least 32 bytes"),
    "critical": lambda: signed(in_an_hour(), crit=["exp"]),
    "unsigned": lambda: f"{encoded(b'{}')}.{encoded(json.dumps(in_an_hour()).encode())}.",
    "longer": lambda: signed(in_an_hour()) + "A",
    "shouted": lambda: signed(in_an_hour()).upper(),
    "endless": lambda: "x" * 100_000,
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_is_not_signed_by_us_is_none(db, forgery):
    assert call(db, "private.claims_of_jwt", FORGERIES[forgery](), SECRET) is None


def test_a_token_that_says_hs256_and_is_not_signed_is_none(db):
    head, claims, _ = signed(in_an_hour()).split(".")
    assert call(db, "private.claims_of_jwt", f"{head}.{claims}.", SECRET) is None


@pytest.mark.parametrize("payload", [b"[1]", b"no json", b"\xff\xfe", b'"text"', b"{\x00}"])
def test_a_signed_payload_that_is_no_object_is_none(db, payload):
    assert call(db, "private.claims_of_jwt", signed_bytes(payload, SECRET), SECRET) is None


def test_a_short_secret_opens_nothing(db):
    token = signed(in_an_hour(), secret="short")
    assert call(db, "private.claims_of_jwt", token, "short") is None
