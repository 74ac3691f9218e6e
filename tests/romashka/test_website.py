"""The website's server-to-server door."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from romashka.channels import build_channels
from romashka.channels.errors import ParseError, Rejected
from romashka.channels.events import Identity, InboundMessage, Unhandled
from romashka.settings import BadSetting, Settings
from tests.romashka.test_whatsapp_send import MESSAGE

OLD, NEW = "whsec_b2xkLXNlY3JldC1vZi10aGUtc2hvcA==", "whsec_bmV3LXNlY3JldC1vZi10aGUtc2hvcA=="
WEBSITE = build_channels(Settings(website_webhook_secret=(OLD, NEW)))["website"].inlets[""]
ITEM = {
    "id": "m-1",
    "visitor_id": "v-1",
    "email": "anna@example.com",
    "name": "Anna",
    "text": "Hallo",
    "sent_at": "2026-10-14T12:00:00+02:00",
    "language": "de",
}


def headers(body: bytes, secret: str = NEW, age_s: float = 0) -> dict[str, str]:
    moment = datetime.now(UTC) - timedelta(seconds=age_s)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", moment, body.decode()),
    }


def parse(*items: Any) -> list[Any]:
    return WEBSITE.parse(json.dumps({"messages": items}).encode(), {})


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_a_signature_of_either_secret_is_taken(secret: str) -> None:
    assert WEBSITE.verify(headers(b"{}", secret), b"{}") == {}


def test_a_changed_body_is_refused() -> None:
    assert WEBSITE.verify(headers(b"{}"), b"{ }") is None


@pytest.mark.parametrize("age_s", [301, -301])
def test_a_signature_more_than_five_minutes_off_is_refused(age_s: float) -> None:
    assert WEBSITE.verify(headers(b"{}", age_s=age_s), b"{}") is None


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,\u00e9"},
        {"webhook-signature": "v1,a"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": ""},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "1e999"},
        {"webhook-timestamp": "soon"},
        {"webhook-id": ""},
        {"webhook-id": "\ud800"},
    ],
)
def test_odd_headers_are_refused(change: dict[str, str]) -> None:
    assert WEBSITE.verify(headers(b"{}") | change, b"{}") is None


def test_a_body_that_is_no_text_is_refused() -> None:
    assert WEBSITE.verify(headers(b"{}"), b"\xff") is None


def test_a_secret_that_is_no_base64_is_refused_at_the_start() -> None:
    with pytest.raises(BadSetting, match="WEBSITE_WEBHOOK_SECRET"):
        build_channels(Settings(website_webhook_secret=("whsec_",)))


def test_a_message_carries_visitor_and_email() -> None:
    (message,) = parse(ITEM)
    assert isinstance(message, InboundMessage)
    assert message.identities == (
        Identity(kind="visitor", value="v-1"),
        Identity(kind="email", value="anna@example.com"),
    )
    assert (message.external_id, message.content, message.language) == ("m-1", "Hallo", "de")
    assert message.occurred_at == datetime(2026, 10, 14, 10, tzinfo=UTC)


def test_an_email_alone_is_enough() -> None:
    (message,) = parse({"id": "m-2", "email": "b@example.com", "text": "Hi"})
    assert message.identities == (Identity(kind="email", value="b@example.com"),)


@pytest.mark.parametrize(("named", "account"), [({}, "default"), ({"account": "shop"}, "shop")])
def test_a_message_may_name_one_of_several_widgets(named: dict[str, str], account: str) -> None:
    (message,) = parse({**ITEM, **named})
    assert message.account == account


@pytest.mark.parametrize("language", ["d", "deutsch!", 7, "x" * 50])
def test_a_language_that_is_no_tag_is_left_out(language: Any) -> None:
    (message,) = parse({**ITEM, "language": language})
    assert message.language is None


@pytest.mark.parametrize(
    "item",
    [
        "text",
        None,
        {},
        {**ITEM, "id": None},
        {**ITEM, "id": "x" * 513},
        {**ITEM, "text": ""},
        {**ITEM, "text": 7},
        {**ITEM, "account": 7},
        {**ITEM, "account": ""},
        {**ITEM, "account": "x" * 513},
        {"id": "m", "text": "nobody"},
    ],
)
def test_a_bad_message_does_not_take_its_neighbour_along(item: Any) -> None:
    bad, good = parse(item, ITEM)
    assert isinstance(bad, Unhandled)
    assert isinstance(good, InboundMessage)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"messages": {}}', b"[" * 10_000])
def test_no_list_of_messages_is_a_parse_error(body: bytes) -> None:
    with pytest.raises(ParseError):
        WEBSITE.parse(body, {})


async def test_nothing_is_ever_sent_to_the_website() -> None:
    with pytest.raises(Rejected):
        await WEBSITE.send(MESSAGE)
