"""Of every provider only what is proven is taken, and one changed byte undoes the proof."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import tracemalloc
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from romashka.channels.errors import ParseError
from romashka.channels.mail.providers.forms import LONGEST_URLENCODED
from romashka.channels.mail.providers.generic import GenericInlet
from romashka.channels.mail.providers.mailgun import MailgunInlet
from romashka.channels.mail.providers.postmark import PostmarkInlet
from romashka.channels.mail.providers.sendgrid import SIGNATURE, TIMESTAMP, SendgridInlet
from romashka.channels.mail.providers.ses import SesInlet
from romashka.settings import BadSetting
from tests.romashka.mail.letters import LETTERS, letter
from tests.romashka.mail.providers.requests import (
    CERTIFICATE,
    FORM,
    NOW,
    ODD,
    SENDGRID_KEY,
    TOPIC,
    basic,
    certificate,
    clock,
    form,
    mailgun_fields,
    parsed_or_none,
    public_text,
    received,
    sendgrid_headers,
    sns,
)

OLD, NEW = ("whsec_" + base64.b64encode(word * 4).decode() for word in (b"old-secr", b"new-secr"))
GENERIC = GenericInlet([OLD, NEW], clock)
POSTMARK = PostmarkInlet(["shop:old", "shop:new"])
MAILGUN = MailgunInlet(["old", "new"], clock)
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
SENDGRID = SendgridInlet([public_text(OTHER_KEY), public_text(SENDGRID_KEY)])
PEM = certificate()


def ses(pem: bytes = PEM) -> SesInlet:
    return SesInlet([TOPIC], lambda url: pem, clock)


def generic_headers(body: bytes, secret: str = NEW, at: float = NOW) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    told = f"msg_1.{int(at)}.".encode() + body
    signature = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at)),
        "webhook-signature": f"v1a,abc v1,{signature}",
    }


BODIES = {
    "generic": LETTERS["koi8_raw"],
    "postmark": json.dumps({"From": "a@b.example"}).encode(),
    "mailgun": form({**mailgun_fields("new"), "body-mime": LETTERS["plain"]}),
    "sendgrid": form({"email": LETTERS["plain"]}),
    "ses": json.dumps(sns(received("From: a@b.example\r\n\r\nx"))).encode(),
}
INLETS: dict[str, Any] = {
    "generic": GENERIC,
    "postmark": POSTMARK,
    "mailgun": MAILGUN,
    "sendgrid": SENDGRID,
    "ses": ses(),
}
HEADERS = {
    "generic": generic_headers(BODIES["generic"]),
    "postmark": basic("shop:new"),
    "mailgun": FORM,
    "sendgrid": sendgrid_headers(BODIES["sendgrid"]),
    "ses": {},
}


@pytest.mark.parametrize("provider", INLETS)
def test_what_is_proven_is_taken(provider: str) -> None:
    kept = INLETS[provider].verify(HEADERS[provider], BODIES[provider])
    assert kept is not None
    (event,) = INLETS[provider].parse(BODIES[provider], kept)
    assert type(event).__name__ == "RawMail"


@pytest.mark.parametrize("provider", INLETS)
def test_without_a_proof_nothing_is_taken(provider: str) -> None:
    body = BODIES[provider].replace(b"signature", b"x").replace(b"Signature", b"x")
    assert INLETS[provider].verify({}, body) is None


@pytest.mark.parametrize("provider", ["generic", "sendgrid"])
@given(data=st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_one_changed_byte_undoes_a_signature_over_the_body(
    provider: str, data: st.DataObject
) -> None:
    body = bytearray(BODIES[provider])
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    assert INLETS[provider].verify(HEADERS[provider], bytes(body)) is None


@pytest.mark.parametrize("name", ["Message", "MessageId", "Timestamp", "TopicArn", "Type"])
def test_a_change_of_what_sns_signs_undoes_its_signature(name: str) -> None:
    payload = sns(received("x"))
    payload[name] += " "
    assert ses().verify({}, json.dumps(payload).encode()) is None


@pytest.mark.parametrize("name", ["timestamp", "token", "signature"])
def test_a_change_of_what_mailgun_signs_undoes_its_signature(name: str) -> None:
    fields = mailgun_fields("new")
    fields[name] = str(fields[name])[:-1] + "9"
    if fields == mailgun_fields("new"):
        fields[name] = str(fields[name])[:-1] + "8"
    assert MAILGUN.verify(FORM, form({**fields, "body-mime": "x"})) is None


@pytest.mark.parametrize("provider", INLETS)
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_headers_are_refused_and_raise_nothing(provider: str, odd: str) -> None:
    names = (
        "authorization",
        "webhook-signature",
        "webhook-timestamp",
        "webhook-id",
        SIGNATURE,
        TIMESTAMP,
    )
    for name in names if provider not in ("mailgun", "ses") else ("content-type",):
        headers = {**HEADERS[provider], name: odd}
        found = INLETS[provider].verify(headers, BODIES[provider])
        assert found is None or name not in HEADERS[provider] or provider == "ses"


@pytest.mark.parametrize("provider", INLETS)
@given(body=st.binary(max_size=200))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_body_is_refused_and_raises_no_more_than_a_parse_error(
    provider: str, body: bytes
) -> None:
    inlet = INLETS[provider]
    if provider != "postmark":
        assert inlet.verify(HEADERS[provider], body) is None
    parsed_or_none(inlet, body, dict(FORM))


@pytest.mark.parametrize("pair", ["shop:old", "shop:new"])
def test_either_password_is_taken(pair: str) -> None:
    assert POSTMARK.verify(basic(pair), b"{}") == {}


@pytest.mark.parametrize("pair", ["shop:", "shop:newer", ":new", "", "new", "shop:né"])
def test_another_password_is_refused(pair: str) -> None:
    assert POSTMARK.verify(basic(pair), b"{}") is None


def test_an_empty_password_in_the_settings_opens_nothing() -> None:
    assert PostmarkInlet([""]).verify(basic(""), b"{}") is None


@pytest.mark.parametrize("key", ["old", "new"])
def test_either_signing_key_is_taken(key: str) -> None:
    assert (
        FORM.items()
        <= (MAILGUN.verify(FORM, form({**mailgun_fields(key), "body-mime": "x"})) or {}).items()
    )


@pytest.mark.parametrize("off_s", [301, -301])
def test_mailguns_time_may_be_five_minutes_off_and_no_more(off_s: int) -> None:
    fields = mailgun_fields("new", NOW + off_s)
    assert MAILGUN.verify(FORM, form({**fields, "body-mime": "x"})) is None
    fields = mailgun_fields("new", NOW + off_s * 0.99)
    assert FORM.items() <= (MAILGUN.verify(FORM, form({**fields, "body-mime": "x"})) or {}).items()


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_either_secret_of_the_generic_door_is_taken(secret: str) -> None:
    assert GENERIC.verify(generic_headers(b"x", secret), b"x") == {}


@pytest.mark.parametrize("off_s", [301, -301])
def test_the_generic_doors_time_may_be_five_minutes_off_and_no_more(off_s: int) -> None:
    assert GENERIC.verify(generic_headers(b"x", at=NOW + off_s), b"x") is None


def test_the_generic_door_takes_a_mail_that_is_no_text() -> None:
    raw = letter(b"\xff\xfe\x00")
    assert GENERIC.verify(generic_headers(raw), raw) == {}


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!", "\u00e9"])
def test_a_secret_that_is_no_base64_is_refused_at_the_start(secret: str) -> None:
    with pytest.raises(BadSetting, match="EMAIL_WEBHOOK_SECRET"):
        GenericInlet([secret])


def test_sendgrids_keys_are_several() -> None:
    body = BODIES["sendgrid"]
    assert SENDGRID.verify(sendgrid_headers(body, OTHER_KEY), body) is not None
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert SENDGRID.verify(sendgrid_headers(body, stranger), body) is None


def test_a_password_does_not_do_where_sendgrid_signs() -> None:
    for keys in ([public_text(SENDGRID_KEY)], [], [""]):
        inlet = SendgridInlet(keys)
        assert inlet.verify({**FORM, **basic("shop:new")}, BODIES["sendgrid"]) is None


@pytest.mark.parametrize("text", ["x", "AAAA", "\u00e9"])
def test_what_is_no_key_of_sendgrids_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(BadSetting, match="SENDGRID_PUBLIC_KEY"):
        SendgridInlet([text])


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_snss_signature_are_taken(version: str) -> None:
    body = json.dumps(sns(received("x"), version)).encode()
    assert ses().verify({}, body) == {}


def test_a_signature_of_one_version_is_none_of_the_other() -> None:
    payload = {**sns(received("x"), "2"), "SignatureVersion": "1"}
    assert ses().verify({}, json.dumps(payload).encode()) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
        "https://a@sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com/other.pem",
        "https://s3.amazonaws.com/SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem\n",
        "",
    ],
)
def test_a_certificate_from_anywhere_but_amazon_is_not_even_fetched(url: str) -> None:
    def fetch(url: str) -> bytes:
        raise AssertionError("fetched")

    inlet = SesInlet([TOPIC], fetch, clock)
    body = json.dumps(sns(received("x"), SigningCertURL=url)).encode()
    assert inlet.verify({}, body) is None


def test_chinas_host_is_amazons_too() -> None:
    url = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-a.pem"
    body = json.dumps(sns(received("x"), SigningCertURL=url)).encode()
    assert ses().verify({}, body) == {}


def test_a_certificate_is_fetched_once() -> None:
    fetched: list[str] = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return PEM

    inlet = SesInlet([TOPIC], fetch, clock)
    for _ in range(3):
        assert inlet.verify({}, BODIES["ses"]) == {}
    assert fetched == [CERTIFICATE]


def test_a_certificate_that_cannot_be_fetched_is_asked_for_again() -> None:
    answers: list[Any] = [httpx.ConnectError("away"), PEM]

    def fetch(url: str) -> bytes:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer)

    inlet = SesInlet([TOPIC], fetch, clock)
    with pytest.raises(httpx.ConnectError):
        inlet.verify({}, BODIES["ses"])
    assert inlet.verify({}, BODIES["ses"]) == {}


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        certificate(days=-1),
        certificate(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    ],
    ids=["none", "broken", "expired", "another"],
)
def test_a_certificate_that_does_not_fit_proves_nothing(pem: bytes) -> None:
    assert ses(pem).verify({}, BODIES["ses"]) is None


def test_another_topic_is_refused() -> None:
    body = json.dumps(sns(received("x"), TopicArn=TOPIC + "2")).encode()
    assert ses().verify({}, body) is None


CONFIRM = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"


@pytest.mark.parametrize(
    ("url", "is_asked"),
    [
        (CONFIRM, True),
        ("https://evil.example/?Action=ConfirmSubscription", False),
        ("http://sns.eu-west-1.amazonaws.com/?Action=x", False),
    ],
)
def test_a_subscription_is_confirmed_at_amazon_alone(url: str, is_asked: bool) -> None:
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return PEM

    payload = sns("m", Type="SubscriptionConfirmation", SubscribeURL=url, Token="t")
    assert SesInlet([TOPIC], fetch, clock).verify({}, json.dumps(payload).encode()) == {}
    assert (url in asked) is is_asked


def test_a_subscription_that_nobody_signed_is_not_confirmed() -> None:
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return PEM

    payload = sns("m", Type="SubscriptionConfirmation", SubscribeURL=CONFIRM, Token="t")
    body = json.dumps(payload | {"Message": "other"}).encode()
    assert SesInlet([TOPIC], fetch, clock).verify({}, body) is None
    assert CONFIRM not in asked


def test_an_event_of_mailgun_at_the_address_for_mail_is_authentic_and_unhandled() -> None:
    signed = {name: mailgun_fields("new")[name] for name in ("timestamp", "token", "signature")}
    body = json.dumps({"signature": signed, "event-data": {"event": "opened"}}).encode()
    kept = MAILGUN.verify({"content-type": "application/json"}, body)
    assert kept is not None
    (event,) = MAILGUN.parse(body, kept)
    assert event.item == {"event": "opened"}
    forged = body.replace(signed["token"].encode(), b"x")
    assert MAILGUN.verify({"content-type": "application/json"}, forged) is None


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", FORM["content-type"]])
def test_what_a_stranger_posts_to_mailguns_door_is_not_decoded(kind: str) -> None:
    size = 3 * LONGEST_URLENCODED
    fields = {**mailgun_fields("wrong"), "body-mime": b"%41" * (size // 3)}
    plain = "&".join(f"{name}={value}" for name, value in mailgun_fields("wrong").items()).encode()
    is_multipart = kind == FORM["content-type"]
    body = form(fields) if is_multipart else b"body-mime=" + b"%41" * (size // 3) + b"&" + plain
    tracemalloc.start()
    try:
        assert MAILGUN.verify({"content-type": kind}, body) is None
        used = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A form in parts is copied once, with its type before it.
    assert used < (size if is_multipart else 0) + 1024 * 1024


def test_a_form_that_is_too_large_to_be_decoded_is_authentic_and_cannot_be_read() -> None:
    kept = {"content-type": "application/x-www-form-urlencoded"}
    fields = urlencode({**mailgun_fields("new"), "body-mime": "x" * LONGEST_URLENCODED})
    assert kept.items() <= (MAILGUN.verify(kept, fields.encode()) or {}).items()
    with pytest.raises(ParseError, match="too large"):
        MAILGUN.parse(fields.encode(), kept)


def test_no_message_of_snss_is_larger_than_what_is_read_of_one() -> None:
    assert 256 * 1024 < SesInlet.longest_body <= 1024 * 1024
