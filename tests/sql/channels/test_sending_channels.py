"""Which channels may send now."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, one

SENDING = "select private.sending_channels('{whatsapp}') <> '{}'"


@pytest.mark.parametrize(
    "change",
    [
        "is_enabled = false",
        "retry_at = now() + interval '1 minute'",
        "paused_until = now() + interval '1 minute'",
    ],
)
def test_a_channel_that_is_off_refused_or_paused_sends_nothing(db, change):
    call(db, "private.register_channel", "whatsapp", "shop", "Shop")
    assert one(db, SENDING) is True
    db.execute(f"update channels set {change}")
    assert one(db, SENDING) is False
