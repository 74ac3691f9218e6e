"""A watermark that was faster than the answer to the send."""

from __future__ import annotations

from tests.sql.delivery.test_apply_watermarks import LATER, mark
from tests.sql.rows import call, claim_sends, ingest, one, report, write_in


def test_a_mark_before_the_report_is_kept_and_then_applied(db):
    call(db, "send_message", write_in(db), "Good day")
    [send] = claim_sends(db)
    ingest(db, mark("read", until=LATER))
    assert one(db, "select state from private.deliveries") == "sending"
    assert report(db, send, "sent", external_ids=["mid.1"]) == "read"


def test_a_mark_of_an_earlier_moment_says_nothing_of_a_later_send(db):
    conversation = write_in(db)
    ingest(db, mark("read", until="2001-01-01T00:00:00Z"))
    call(db, "send_message", conversation, "Good day")
    assert report(db, claim_sends(db)[0], "sent", external_ids=["mid.1"]) == "sent"


def test_a_mark_of_another_account_says_nothing(db):
    call(db, "send_message", write_in(db), "Good day")
    [send] = claim_sends(db)
    ingest(db, mark("read", until=LATER))
    other = call(db, "private.register_channel", "whatsapp", "other", "Other")
    db.execute("update private.watermarks set channel_id = %s", [other])
    assert report(db, send, "sent", external_ids=["mid.1"]) == "sent"
