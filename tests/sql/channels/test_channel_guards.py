"""From where, and how many a minute, webhooks are taken."""

from __future__ import annotations

from tests.sql.rows import acting, add_agent, call, refused, rows


def test_admins_set_the_rules_of_a_channel(db):
    call(db, "private.register_channel", "telegram", "1", "Bot")
    with acting(db, add_agent(db, "admin")):
        db.execute("update channels set allowed_addresses = '{149.154.160.0/20}'")
        db.execute("update channels set rate_per_minute = 600")
    assert call(db, "private.channel_guards") == {
        "telegram": {"addresses": ["149.154.160.0/20"], "rate": 600}
    }
    assert len(rows(db, "select from audit_log where subject = 'channels'")) == 2


def test_without_channels_there_are_none(db):
    assert call(db, "private.channel_guards") == {}


def test_a_rate_of_nothing_is_refused(db):
    call(db, "private.register_channel", "telegram", "1", "Bot")
    with refused(db, "23514"):
        db.execute("update channels set rate_per_minute = 0")
