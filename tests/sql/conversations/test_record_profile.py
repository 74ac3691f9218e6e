"""What a platform told of a customer."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.customers.test_claim_profiles import claim, write_on_instagram
from tests.sql.rows import broadcasts, call, one

MIRA = {"name": "Mira B.", "username": "mira.b", "picture_url": None, "locale": None}


@pytest.fixture
def identity(db):
    """A customer of whom only the platform's id is known."""
    write_on_instagram(db)
    return claim(db)[0]["identity_id"]


def test_a_name_is_given_to_customer_and_conversation_and_shown_live(db, identity):
    assert call(db, "private.record_profile", identity, MIRA) is True
    assert one(db, "select name from customer_profiles") == "Mira B."
    assert one(db, "select customer_name from conversations") == "Mira B."
    assert one(db, "select attributes -> 'profile' from customer_profiles") == {
        "name": "Mira B.",
        "username": "mira.b",
    }
    [shown] = broadcasts(db, "inbox", "conversation_updated")[-1:]
    assert shown["conversation"]["customer_name"] == "Mira B."


def test_a_user_name_is_better_than_none(db, identity):
    call(db, "private.record_profile", identity, {"username": "mira.b"})
    assert one(db, "select name from customer_profiles") == "mira.b"


def test_a_name_that_is_known_stays(db, identity):
    db.execute("update customer_profiles set name = 'Dr. Mira Berg'")
    db.execute("update conversations set customer_name = 'Dr. Mira Berg'")
    call(db, "private.record_profile", identity, MIRA)
    assert one(db, "select name from customer_profiles") == "Dr. Mira Berg"
    assert one(db, "select customer_name from conversations") == "Dr. Mira Berg"


@pytest.mark.parametrize("profile", [None, {}, {"name": " "}])
def test_a_profile_that_says_nothing_changes_nothing(db, identity, profile):
    call(db, "private.record_profile", identity, profile)
    assert one(db, "select name from customer_profiles") is None
    assert one(db, "select customer_name from conversations") is None


def test_a_name_of_any_length_is_cut(db, identity):
    call(db, "private.record_profile", identity, {"name": "x" * 5000})
    assert one(db, "select length(name) from customer_profiles") == 200


def test_who_was_erased_meanwhile_stays_erased(db, identity):
    db.execute("update customer_profiles set erased_at = now()")
    assert call(db, "private.record_profile", identity, MIRA) is False
    assert one(db, "select name from customer_profiles") is None


def test_an_identity_that_is_gone_is_no_error(db):
    assert call(db, "private.record_profile", uuid.uuid4(), MIRA) is False
