"""Kept mails, of which a file is to be taken out."""

from __future__ import annotations

from tests.sql.rows import call, one

KEEP = """
insert into private.inbound_events (channel_type, body, headers)
values ('email', 'From: a', '{"inlet": "generic"}') returning id
"""


def test_it_says_how_a_mail_came_and_how_long_it_is(db):
    found = call(db, "private.kept_mail", one(db, KEEP))
    assert found == {"headers": {"inlet": "generic"}, "size": 7}


def test_a_mail_that_is_gone_is_nothing(db):
    assert call(db, "private.kept_mail", -1) is None
