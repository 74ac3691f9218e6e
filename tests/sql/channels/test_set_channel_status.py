"""News of a channel is news once."""

from __future__ import annotations

from tests.sql.rows import call


def test_only_a_change_is_news(db):
    channel = call(db, "private.register_channel", "whatsapp", "1", "Shop")
    results = [
        call(db, "private.set_channel_status", channel, status, reason)
        for status, reason in [
            ("connected", None),
            ("connected", None),
            ("disconnected", "token expired"),
            ("disconnected", "token expired"),
            ("disconnected", "banned"),
        ]
    ]
    assert results == [True, False, True, False, True]
