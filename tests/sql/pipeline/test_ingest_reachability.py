"""Customers who stop us from writing to them, and those who come back."""

from __future__ import annotations

import pytest

from tests.sql.rows import PHONE, call, claim_sends, ingest, message, one, write_in

ADA = [{"kind": "phone", "value": PHONE}]


def reachability(is_reachable, identities=ADA, account="shop"):
    """The customer blocks us, or lets us in again, as the parser hands it over."""
    return {
        "kind": "reachability",
        "account": account,
        "identities": identities,
        "is_reachable": is_reachable,
        "occurred_at": "2026-11-20T12:00:00+00:00",
    }


def unreachable(db):
    return one(db, "select bool_or(unreachable_since is not null) from customer_identities")


@pytest.fixture
def conversation(db):
    return write_in(db)


def test_who_blocks_us_is_unreachable_until_they_let_us_in(db, conversation):
    ingest(db, reachability(False))
    assert unreachable(db)
    ingest(db, reachability(True))
    assert not unreachable(db)


def test_the_first_block_says_since_when(db, conversation):
    query = "select unreachable_since from customer_identities"
    ingest(db, reachability(False))
    since = one(db, query)
    ingest(db, reachability(False))
    assert one(db, query) == since


def test_who_writes_again_can_be_reached(db, conversation):
    ingest(db, reachability(False))
    ingest(db, message("I am back"))
    assert not unreachable(db)


def test_what_our_own_side_writes_changes_nothing(db, conversation):
    ingest(db, reachability(False))
    ingest(db, message("Hello?", sender="agent"))
    assert unreachable(db)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_last_word_of_a_batch_counts(db, conversation, order):
    events = [message("Bye"), reachability(False)]
    ingest(db, *(events[place] for place in order))
    assert unreachable(db) == (order == (0, 1))


def test_a_stranger_who_blocks_us_is_no_customer(db, conversation):
    result = ingest(db, reachability(False, [{"kind": "external", "value": "23"}]))
    assert result["rejected"] == 0
    assert not unreachable(db)


@pytest.mark.parametrize(
    "named", [{"kind": "phone", "value": "4915100000009"}, {"kind": "external", "value": PHONE}]
)
def test_who_blocks_us_blocks_for_nobody_else(db, conversation, named):
    ingest(db, reachability(False, [named]))
    assert not unreachable(db)


def test_nobody_is_blocked_by_name_of_another_account(db, conversation):
    assert ingest(db, reachability(False, account="nobody"))["rejected"] == 1
    assert ingest(db, reachability(False, identities=[]))["rejected"] == 1
    assert not unreachable(db)


def test_a_send_to_somebody_unreachable_says_so(db, conversation):
    call(db, "send_message", conversation, "Good day")
    ingest(db, reachability(False))
    (send,) = claim_sends(db)
    assert (send["is_reachable"], send["identities"]) == (False, {})


def test_a_send_to_anybody_else_goes_to_their_identities(db, conversation):
    call(db, "send_message", conversation, "Good day")
    (send,) = claim_sends(db)
    assert (send["is_reachable"], send["identities"], send["via"]) == (True, {"phone": PHONE}, None)
