"""An account is registered once, with what its platform allows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.rows import call, refused, rows


def test_the_same_account_is_one_channel(db):
    first = call(db, "private.register_channel", "whatsapp", "1", "Shop")
    assert call(db, "private.register_channel", "whatsapp", "1", "Other") == first
    assert call(db, "private.register_channel", "whatsapp", "2", "Shop") != first


@pytest.mark.parametrize(
    ("channel_type", "window", "length"),
    [
        ("whatsapp", timedelta(hours=24), 4096),
        ("instagram", timedelta(hours=24), 1000),
        ("messenger", timedelta(hours=24), 2000),
        ("telegram", None, 4096),
        ("website", None, None),
        ("email", None, None),
    ],
)
def test_limits_of_the_platform(db, channel_type, window, length):
    channel = call(db, "private.register_channel", channel_type, "1", "")
    query = "select name, service_window, max_text_length from channels where id = %s"
    assert rows(db, query, channel) == [(channel_type, window, length)]


def test_a_platform_that_does_not_exist_has_no_channel(db):
    with refused(db, "23514"):
        call(db, "private.register_channel", "fax", "1", "Fax")
    with refused(db, "PT400"):
        call(db, "private.default_channel", "fax")


def test_the_first_enabled_channel_is_the_default(db):
    first = call(db, "private.register_channel", "telegram", "1", "A")
    second = call(db, "private.register_channel", "telegram", "2", "B")
    db.execute("update channels set created_at = now() + interval '1 s' where id = %s", [second])
    assert call(db, "private.default_channel", "telegram") == first
    db.execute("update channels set is_enabled = false where id = %s", [first])
    assert call(db, "private.default_channel", "telegram") == second
