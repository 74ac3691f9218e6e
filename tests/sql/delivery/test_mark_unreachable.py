"""A platform that refuses a send because the customer has stopped us."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, claim_sends, one, report, write_in

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
