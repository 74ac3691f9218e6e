"""What stays beside a message that was taken back."""

from __future__ import annotations

from tests.sql.rows import call


def test_moments_and_ids_stay_and_words_go(db):
    metadata = {"occurred_at": "x", "contacts": [1], "location": {}, "story": {}, "update_id": 7}
    assert call(db, "private.without_words", metadata) == {"occurred_at": "x", "update_id": 7}
    assert call(db, "private.without_words", {"order": {}}) == {}
