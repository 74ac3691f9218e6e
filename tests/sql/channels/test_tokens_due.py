"""Stored access tokens and their ends."""

from __future__ import annotations

from tests.sql.rows import call, rows

DUE = "select private.tokens_due('instagram')"


def test_a_token_of_which_nobody_said_lives_sixty_days(db):
    channel = call(db, "private.register_channel", "instagram", "178", "Shop")
    assert rows(db, DUE) == []
    call(db, "private.store_secret", channel, "access_token", b"gAAAAABx")
    query = "select (private.tokens_due('instagram') ->> 'expires_at')::timestamptz - now()"
    [left] = rows(db, query)
    assert 59 <= left.days <= 60


def test_the_end_that_the_platform_said_counts(db):
    channel = call(db, "private.register_channel", "instagram", "178", "Shop")
    call(db, "private.store_secret", channel, "access_token", b"gAAAAABx")
    known = {"state": "valid", "expires_at": "2030-01-01T00:00:00+00:00"}
    call(db, "private.record_channel_event", channel, "token", known)
    [found] = rows(db, DUE)
    assert (found["account"], found["expires_at"][:10]) == ("178", "2030-01-01")


def test_accounts_that_are_off_or_of_the_other_login_are_left_out(db):
    for account, change in (("1", "is_enabled = false"), ("2", 'options = \'{"login": "page"}\'')):
        channel = call(db, "private.register_channel", "instagram", account, "Shop")
        call(db, "private.store_secret", channel, "access_token", b"gAAAAABx")
        db.execute(f"update channels set {change} where id = %s", [channel])
    assert rows(db, DUE) == []
