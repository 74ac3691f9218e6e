"""POST /webhooks/<channel>: what is stored and what is answered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures_path import WHATSAPP_PAYLOADS
from tests.webhooks.conftest import Site
from tests.webhooks.senders import (
    meta_signed,
    receipt_change,
    site_body,
    site_signed,
    whatsapp_batch,
    whatsapp_body,
    whatsapp_change,
)

MESSAGES = "select count(*) from public.messages where external_message_id is not null"


def test_a_signed_message_is_stored_before_the_answer(site: Site) -> None:
    answer = site.message("wamid.1", text="Hello \N{BLOSSOM}")
    assert (answer.status_code, answer.data) == (200, b"{}")
    query = "select content from public.messages where external_message_id = 'wamid.1'"
    assert site.one(query) == "Hello \N{BLOSSOM}"


def test_the_raw_bytes_are_kept_unaltered(site: Site) -> None:
    body = whatsapp_body(text="caf\u00e9 \u2028 \N{BLOSSOM}") + b"\n "
    site.post(body)
    assert site.one("select body from private.inbound_events") == body


def test_headers_are_kept_but_nothing_secret(site: Site) -> None:
    body = whatsapp_body()
    headers = meta_signed(body) | {"Authorization": "Bearer canary", "Cookie": "canary=1"}
    site.client.post("/webhooks/whatsapp", data=body, headers=headers)
    kept: Any = site.one("select headers from private.inbound_events")
    assert kept["content-type"] == "application/json"
    assert sorted(kept) == ["content-type", "request-id", "user-agent"]


def test_the_same_message_twice_is_one_message(site: Site) -> None:
    assert [site.message().status_code for _ in range(2)] == [200, 200]
    assert site.one(MESSAGES) == 1


def test_a_receipt_before_its_message_is_taken(site: Site) -> None:
    assert site.post(whatsapp_batch(receipt_change("wamid.later", "read"))).status_code == 200


@pytest.mark.parametrize("path", WHATSAPP_PAYLOADS, ids=lambda path: path.stem)
def test_every_kind_of_payload_is_taken(path: Any, shared_site: Site) -> None:
    body = path.read_bytes()
    before = shared_site.one("select count(*) from private.inbound_events where state = 'failed'")
    assert shared_site.post(body).status_code == 200
    after = shared_site.one("select count(*) from private.inbound_events where state = 'failed'")
    assert after == before


def test_an_unknown_account_is_a_dead_letter_not_an_error(site: Site) -> None:
    assert site.message(account="999").status_code == 200
    assert site.one("select reason from public.dead_letters") == "unknown account 999"


def test_a_bad_item_is_a_dead_letter_and_its_neighbour_a_message(site: Site) -> None:
    good, bad = whatsapp_change("wamid.good"), whatsapp_change("wamid.bad")
    bad["value"]["messages"][0]["type"] = "hologram"
    assert site.post(whatsapp_batch(bad, good)).status_code == 200
    assert site.one(MESSAGES) == 1
    assert site.one("select reason from public.dead_letters") == "unknown message type hologram"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"object": "page", "entry": []}',
        b"\xff\xfe\x00\x00",
        b"{" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * 100_000,
        b"9" * 5000,
        b"<?xml version='1.0'?><!DOCTYPE x>",
    ],
    ids=range(10),
)
def test_an_authentic_body_that_cannot_be_read_is_kept(body: bytes, shared_site: Site) -> None:
    assert shared_site.post(body).status_code == 200
    query = "select body from private.inbound_events where state = 'failed' order by id desc"
    assert shared_site.one(query) == body


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\x00b", "a\ufffdb"),
        ("\ud83d", "\ufffd"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\u202e\u2066 abc", "\u202e\u2066 abc"),
        ("\U0010ffff\uffff", "\U0010ffff\uffff"),
        ("'; drop table messages; --", "'; drop table messages; --"),
        ("{{7*7}} ${x} %s%n \\u0000", "{{7*7}} ${x} %s%n \\u0000"),
        ("x" * 100_001, "x" * 100_000),
    ],
    ids=range(8),
)
def test_any_text_can_be_written(text: str, stored: str, shared_site: Site) -> None:
    external_id = f"wamid.text{text[:3].encode('utf-8', 'replace')!r}"
    assert shared_site.message(external_id, text=text).status_code == 200
    query = "select content from public.messages where external_message_id = %s"
    assert shared_site.one(query, external_id) == stored


def test_odd_numbers_are_no_reason_to_fail(site: Site) -> None:
    body = whatsapp_body().replace(b'"1792000001"', b"1e400")
    assert site.post(body).status_code == 200
    assert site.one(MESSAGES) == 1


def test_the_website_is_a_channel_of_its_own(site: Site) -> None:
    body = site_body("m-7", "Hallo")
    answer = site.client.post("/webhooks/website", data=body, headers=site_signed(body))
    assert answer.status_code == 200
    assert site.one("select content from public.messages where channel_type='website'") == "Hallo"


def test_a_signature_of_one_channel_opens_no_other(site: Site) -> None:
    body = site_body()
    assert site.post(body, "/webhooks/website").status_code == 401


def test_the_answer_names_the_request_and_is_not_for_browsers(site: Site) -> None:
    headers = site.message().headers
    assert len(headers["X-Request-Id"]) == 16
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
