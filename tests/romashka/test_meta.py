"""The handshake and the signature of Meta's webhooks."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from romashka.channels.meta import BadChallenge, WrongToken, answer_handshake, is_signed

BODY = '{"text":"caf\\u00e9 \U0001f33c"}'.encode()
SECRETS = [b"old-secret", b"new-secret"]


def signature(body: bytes = BODY, secret: bytes = b"new-secret") -> str:
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


def signed(value: str, body: bytes = BODY) -> bool:
    return is_signed({"x-hub-signature-256": value}, body, SECRETS)


def test_the_right_signature_is_taken() -> None:
    assert signed(signature())


def test_an_older_secret_is_still_taken() -> None:
    assert signed(signature(secret=b"old-secret"))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "sha256=",
        signature()[7:],
        signature().upper(),
        "sha256=" + signature()[7:].upper(),
        "sha1=" + signature()[7:47],
        signature() + " ",
        signature() + "," + signature(),
        signature()[:-1],
        signature() + "0",
        "sha256=" + "\u0661" * 64,
        "sha256=" + "\u00e9" * 64,
        "\ud800" * 71,
        "x" * 10_000,
        signature(secret=b"other"),
        signature(secret=b""),
    ],
)
def test_any_other_signature_is_refused(value: str) -> None:
    assert not signed(value)


@pytest.mark.parametrize(
    "body", [BODY + b" ", BODY[:-1], b"", '{"text":"café \U0001f33c"}'.encode()]
)
def test_one_changed_byte_breaks_the_signature(body: bytes) -> None:
    assert not signed(signature(), body)


def test_the_old_sha1_header_alone_is_refused() -> None:
    digest = hmac.new(b"new-secret", BODY, hashlib.sha1).hexdigest()
    assert not is_signed({"x-hub-signature": f"sha1={digest}"}, BODY, SECRETS)


def test_without_a_secret_nothing_is_taken() -> None:
    assert not is_signed({"x-hub-signature-256": signature(secret=b"")}, BODY, [])


def query(**change: str) -> dict[str, str]:
    parts = {"mode": "subscribe", "verify_token": "daisy", "challenge": "115_A-z", **change}
    return {f"hub.{name}": value for name, value in parts.items()}


def test_the_challenge_is_echoed() -> None:
    assert answer_handshake(query(), ("rose-bush", "daisy")) == "115_A-z"


@pytest.mark.parametrize(
    "change",
    [{"verify_token": "rose"}, {"verify_token": "d\u00e4isy"}, {"verify_token": "\ud800"},
     {"verify_token": ""}, {"mode": "unsubscribe"}],
)  # fmt: skip
def test_a_wrong_token_or_mode_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(WrongToken):
        answer_handshake(query(**change), ("rose-bush", "daisy"))


def test_without_a_token_of_ours_every_handshake_is_refused() -> None:
    with pytest.raises(WrongToken):
        answer_handshake(query(verify_token=""), ("",))


@pytest.mark.parametrize("challenge", ["", "<script>", "x" * 65, "a b", "\u0661"])
def test_a_challenge_that_could_do_harm_is_not_echoed(challenge: str) -> None:
    with pytest.raises(BadChallenge):
        answer_handshake(query(challenge=challenge), ("rose-bush", "daisy"))
