"""What goes out in several parts: a receipt of one says nothing of the others."""

from __future__ import annotations

import json

import pytest

from tests.sql.rows import call, claim_sends, ingest, one, receipt, report, rows, write_in

PICTURE = {"kind": "image", "url": "https://x.example/a"}
CHOICES = {"choices": [{"id": "a", "title": "A"}]}


@pytest.fixture
def send(db):
    """A claimed delivery of two pictures, on WhatsApp."""
    return say(db, "", media=[PICTURE, PICTURE])


def say(db, text, **metadata):
    db.execute(
        "insert into messages (conversation_id, sender_type, content, metadata)"
        " values (%s, 'agent', %s, %s)",
        [write_in(db), text, json.dumps(metadata)],
    )
    return claim_sends(db)[0]


def state(db):
    return one(db, "select state from private.deliveries")


@pytest.mark.parametrize(
    ("text", "metadata", "several"),
    [
        ("Good day", {}, False),
        ("", {"media": [PICTURE]}, False),
        ("Good day", {"media": [PICTURE]}, False),
        ("Good day", {"media": [{"kind": "document"}]}, False),
        ("Good day", {"media": [{"kind": "audio"}]}, True),
        ("Good day", {"media": [{"kind": "sticker"}]}, True),
        ("w" * 1024, {"media": [PICTURE]}, False),
        ("w" * 1025, {"media": [PICTURE]}, True),
        ("Good day", {"media": [PICTURE, PICTURE]}, True),
        ("Which?", {"media": [PICTURE]} | CHOICES, True),
        ("", {"media": [PICTURE, PICTURE]}, True),
        ("Which?", CHOICES, False),
        ("word " * 300, CHOICES, True),
        ("word " * 300, {}, False),
        ("word " * 900, {}, True),
        ("Good day", {"media": "odd"}, False),
    ],
)
def test_it_is_seen_from_the_message(db, text, metadata, several):
    say(db, text, **metadata)
    query = "select private.may_have_parts(deliveries) from private.deliveries"
    assert one(db, query) is several


SMILE = "\N{SMILING FACE WITH OPEN MOUTH}"


@pytest.mark.parametrize(
    ("channel_type", "text", "metadata", "several"),
    [
        ("telegram", "Good day", {"media": [{"kind": "voice"}]}, False),
        ("telegram", "Which?", {"media": [PICTURE]} | CHOICES, False),
        ("telegram", SMILE * 512, {"media": [PICTURE]}, False),
        ("telegram", SMILE * 513, {"media": [PICTURE]}, True),
        ("telegram", SMILE * 2049, {}, True),
        ("instagram", "\N{LATIN SMALL LETTER E WITH ACUTE}" * 501, {}, True),
        ("messenger", "Good day", {"media": [PICTURE]}, True),
        ("email", "word " * 9000, {"media": [PICTURE, PICTURE]}, False),
    ],
)
def test_every_platform_has_its_own_measure(db, channel_type, text, metadata, several):
    say(db, text, **metadata)
    channel = call(db, "private.register_channel", channel_type, "shop", "Shop")
    db.execute(
        "update private.deliveries set channel_id = %s, channel_type = %s", [channel, channel_type]
    )
    query = "select private.may_have_parts(deliveries) from private.deliveries"
    assert one(db, query) is several


def test_a_worker_that_died_over_a_captioned_file_leaves_no_doubt_once_a_receipt_came(db):
    send = say(db, "Here it is", media=[PICTURE])
    db.execute("update private.deliveries set lease_until = now() - interval '1 second'")
    call(db, "private.expire_deliveries")
    assert state(db) == "unknown"
    ingest(db, receipt("wamid.1", "delivered", tracker=send["delivery_id"]))
    assert state(db) == "delivered"


def test_while_the_second_part_waits_the_first_ones_receipt_settles_nothing(db, send):
    report(db, send, "retry", code="130429", external_ids=["wamid.1"], retry_after_s=0)
    ingest(db, receipt("wamid.1", "delivered", tracker=send["delivery_id"]))
    assert state(db) == "queued"
    [again] = claim_sends(db)
    assert again["external_ids"] == ["wamid.1"]
    assert report(db, again, "sent", external_ids=["wamid.1", "wamid.2"]) == "sent"
    ingest(db, receipt("wamid.2", "delivered", tracker=send["delivery_id"]))
    assert state(db) == "delivered"


@pytest.mark.parametrize(("result", "end"), [("retry", "queued"), ("failed", "failed")])
def test_a_receipt_before_the_report_does_not_hide_the_missing_part(db, send, result, end):
    ingest(db, receipt("wamid.1", "sent", tracker=send["delivery_id"]))
    assert state(db) == "sending"
    assert report(db, send, result, external_ids=["wamid.1"]) == end
    ingest(db, receipt("wamid.1", "read", tracker=send["delivery_id"]))
    assert state(db) == end


@pytest.mark.parametrize(("result", "end"), [("retry", "queued"), ("failed", "failed")])
def test_the_worker_knows_of_parts_that_nobody_could_see(db, result, end):
    send = say(db, "Good day")
    ingest(db, receipt("wamid.1", "delivered", tracker=send["delivery_id"]))
    assert state(db) == "delivered"
    assert report(db, send, result, external_ids=["wamid.1"]) == end
    query = "select external_id, sent_at, delivered_at, part_ids from private.deliveries"
    assert db.execute(query).fetchone() == (None, None, None, ["wamid.1"])


def test_a_worker_that_died_between_two_parts_leaves_a_doubt(db, send):
    db.execute("update private.deliveries set lease_until = now() - interval '1 second'")
    call(db, "private.expire_deliveries")
    ingest(db, receipt("wamid.1", "delivered", tracker=send["delivery_id"]))
    assert state(db) == "unknown"
    assert rows(db, "select delivery_id::text from private.receipts") == [send["delivery_id"]]
