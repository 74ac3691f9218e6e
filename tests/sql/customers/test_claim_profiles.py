"""Whom the platform is to be asked about, and how often."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, ingest, message, one, rows


def write_on_instagram(db, who="6300", **more):
    identities = [{"kind": "external", "value": who}]
    ingest(db, message(identities=identities, customer_name=None, **more), channel_type="instagram")


def claim(db, types=("instagram",), accounts=("shop",), limit=10):
    query = "select private.claim_profiles(%s, %s, %s)"
    return rows(db, query, list(types), list(accounts), limit)


def test_a_new_customer_is_claimed_once_with_what_is_needed_to_ask(db):
    write_on_instagram(db)
    [found] = claim(db)
    assert found["identities"] == {"external": "6300"}
    assert (found["channel_type"], found["account"]) == ("instagram", "shop")
    assert claim(db) == []


@pytest.mark.parametrize(
    ("types", "accounts"), [(("messenger",), ("shop",)), (("instagram",), ("b",))]
)
def test_only_channels_of_ours_are_claimed(db, types, accounts):
    write_on_instagram(db)
    assert claim(db, types, accounts) == []


def test_somebody_with_a_phone_number_is_not_asked_about(db):
    ingest(db, message())
    assert claim(db, ("whatsapp",)) == []


def test_no_more_are_claimed_than_wished(db):
    for who in ("1", "2", "3"):
        write_on_instagram(db, who)
    assert len(claim(db, limit=2)) == 2
    assert len(claim(db, limit=2)) == 1


def test_who_was_not_told_comes_again_later_and_later_and_not_for_ever(db):
    write_on_instagram(db)
    pauses = []
    while claim(db):
        pause = "select extract(epoch from profile_due_at - clock_timestamp()) from"
        pauses.append(one(db, f"{pause} customer_identities"))
        db.execute(
            "update customer_identities set profile_due_at = now() where profile_due_at > now()"
        )
    assert [pause and round(pause / 60) for pause in pauses] == [1, 4, 16, 64, 256, 1024, None]


def test_whom_the_platform_has_told_is_not_claimed_again(db):
    write_on_instagram(db)
    [found] = claim(db)
    call(db, "private.record_profile", found["identity_id"], None)
    db.execute("update customer_identities set profile_due_at = now() where profile_due_at > now()")
    assert claim(db) == []
