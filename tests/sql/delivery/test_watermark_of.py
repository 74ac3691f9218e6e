"""Up to when a watermark counts."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, claim_sends, one, report, write_in

WATERMARK = "select private.watermark_of((select id from channels limit 1), %s::jsonb)"


@pytest.fixture
def sent(db):
    call(db, "send_message", write_in(db), "Good day")
    report(db, claim_sends(db)[0], "sent", external_ids=["mid.1"])


def test_the_later_of_the_two_counts(db, sent):
    attempted = one(db, "select attempted_at from private.deliveries")
    mark = '{"until": "2001-01-01T00:00:00Z", "external_id": "mid.1"}'
    assert one(db, WATERMARK, mark) == attempted


def test_a_message_that_is_not_ours_and_a_time_that_is_none_give_nothing(db, sent):
    assert one(db, WATERMARK, '{"until": "soon", "external_id": "mid.9"}') is None
