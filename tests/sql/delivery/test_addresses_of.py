"""Where a delivery may go."""

from __future__ import annotations

from tests.sql.delivery.fallbacks import add_identity
from tests.sql.rows import PHONE, call, claim_sends, message, write_in


def test_of_several_names_of_a_kind_the_newest_counts(db):
    write_in(db)
    identities = [{"kind": "phone", "value": PHONE}, {"kind": "bsuid", "value": "DE.1"}]
    conversation = write_in(db, identities=identities)
    call(db, "send_message", conversation, "Good day")
    [send] = claim_sends(db)
    assert send["identities"] == {"phone": PHONE, "bsuid": "DE.1"}


def test_a_stranger_has_none(db):
    call(db, "send_message", write_in(db), "Good day")
    write_in(db, phone="4915999", **{"external_id": message()["external_id"]})
    [send] = claim_sends(db)
    assert send["identities"] == {"phone": PHONE}


def test_those_of_another_channel_are_left_out(db):
    conversation = write_in(db)
    add_identity(db, conversation)
    call(db, "send_message", conversation, "Good day")
    [send] = claim_sends(db)
    assert send["identities"] == {"phone": PHONE}
