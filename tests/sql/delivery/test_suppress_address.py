"""A mail that came back: nothing more goes to the address that it went to."""

from __future__ import annotations

import pytest

from tests.sql.delivery.fallbacks import claim_from
from tests.sql.mails import ADA, answer_by_mail, receive
from tests.sql.rows import call, one, report, rows

STOPPED = (
    "select value, account from customer_identities join channels on channels.id = channel_id"
    " where unreachable_since is not null"
)


@pytest.fixture
def send(db):
    """A claimed mail to a customer."""
    answer_by_mail(db, receive(db))
    return claim_from(db, "email")


def add_address(db, value, account="shop", kind="email"):
    channel = call(db, "private.register_channel", "email", account, "Shop")
    db.execute(
        "insert into customer_identities (customer_id, channel_id, kind, value)"
        " select id, %s, %s, %s from customer_profiles",
        [channel, kind, value],
    )


@pytest.mark.parametrize(
    "other",
    [("ada@home.example", "shop"), (ADA, "other"), (ADA, "shop", "external")],
    ids=["address", "account", "kind"],
)
def test_another_address_of_the_customer_is_written_to_as_before(db, send, other):
    add_address(db, *other)
    assert report(db, send, "failed", code="5.1.1", error="no such user") == "failed"
    assert rows(db, STOPPED) == [(ADA, "shop")]


def test_another_customer_is_written_to_as_before(db, send):
    receive(db, sender="bob@example.com")
    db.execute("update private.deliveries set address = 'bob@example.com'")
    report(db, send, "failed", code="5.1.1", error="no such user")
    assert rows(db, STOPPED) == []


def test_an_address_is_suppressed_since_its_first_bounce(db, send):
    db.execute("update customer_identities set unreachable_since = '2026-01-01'")
    report(db, send, "failed", code="5.1.1", error="no such user")
    assert one(db, "select unreachable_since = '2026-01-01' from customer_identities")
