"""A platform that refuses a send because the customer has stopped us."""

from __future__ import annotations

import pytest

from tests.sql.delivery.fallbacks import add_identity
from tests.sql.rows import call, claim_sends, one, report, rows, write_in

UNREACHABLE = "select bool_or(unreachable_since is not null) from customer_identities"


@pytest.fixture
def send(db):
    """A claimed delivery on WhatsApp."""
    call(db, "send_message", write_in(db), "Good day")
    return claim_sends(db)[0]


def test_the_customer_is_unreachable_from_then_on(db, send):
    assert report(db, send, "failed", code="403", error="blocked", unreachable=True) == "failed"
    assert one(db, UNREACHABLE)
    call(db, "send_message", send["conversation_id"], "Still there?")
    assert [one["is_reachable"] for one in claim_sends(db)] == [False]


def test_another_refusal_says_nothing_of_the_customer(db, send):
    report(db, send, "failed", code="400", error="too long", unreachable=False)
    assert not one(db, UNREACHABLE)


def test_who_has_written_meanwhile_is_back(db, send):
    write_in(db, "I am here again")
    report(db, send, "failed", code="403", error="blocked", unreachable=True)
    assert not one(db, UNREACHABLE)


def test_what_we_said_meanwhile_brings_nobody_back(db, send):
    call(db, "send_message", send["conversation_id"], "Still there?")
    report(db, send, "failed", code="403", error="blocked", unreachable=True)
    assert one(db, UNREACHABLE)


def test_on_another_channel_they_are_reached_as_before(db, send):
    add_identity(db, send["conversation_id"])
    report(db, send, "failed", code="403", error="blocked", unreachable=True)
    stopped = "select kind from customer_identities where unreachable_since is not null"
    assert rows(db, stopped) == ["phone"]
