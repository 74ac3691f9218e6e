"""What a platform says of everything up to a moment."""

from __future__ import annotations

import uuid

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sql.rows import PHONE, call, claim_sends, ingest, one, report, rows, write_in

LATER = "2100-01-01T00:00:00+00:00"


def mark(status, **more):
    identities = [{"kind": "phone", "value": PHONE}]
    return {
        "kind": "watermark",
        "account": "shop",
        "identities": identities,
        "status": status,
        "until": None,
        "external_id": None,
        **more,
    }


def send_one(db, conversation, external_id):
    call(db, "send_message", conversation, "Good day")
    report(db, claim_sends(db)[0], "sent", external_ids=[external_id])


def states(db):
    return rows(db, "select state from private.deliveries order by position")


def test_everything_before_the_moment_is_read_and_nothing_after_it(db):
    conversation = write_in(db)
    send_one(db, conversation, "mid.1")
    db.execute("update private.deliveries set attempted_at = attempted_at - interval '1 hour'")
    send_one(db, conversation, "mid.2")
    moment = one(db, "select (clock_timestamp() - interval '1 minute')::text")
    ingest(db, mark("read", until=moment))
    assert states(db) == ["read", "sent"]


def test_the_named_message_and_all_before_it_are_read(db):
    conversation = write_in(db)
    for number in (1, 2, 3):
        send_one(db, conversation, f"mid.{number}")
        query = "update private.deliveries set attempted_at = now() + %s * interval '1 s'"
        db.execute(query + " where external_id = %s", [number, f"mid.{number}"])
    ingest(db, mark("read", external_id="mid.2"))
    assert states(db) == ["read", "read", "sent"]


def test_a_mark_never_lowers_and_counts_for_its_customer_alone(db):
    send_one(db, write_in(db), "mid.1")
    other = write_in(db, phone="4915999")
    send_one(db, other, "mid.2")
    ingest(db, mark("read", until=LATER), mark("delivered", until=LATER))
    assert states(db) == ["read", "sent"]


def test_a_mark_proves_nothing_of_a_send_that_got_no_answer(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    report(db, claim_sends(db)[0], "unknown")
    ingest(db, mark("read", until=LATER))
    assert states(db) == ["unknown"]


def test_a_mark_without_time_or_from_a_stranger_does_nothing(db):
    send_one(db, write_in(db), "mid.1")
    stranger = [{"kind": "phone", "value": uuid.uuid4().hex}]
    ingest(db, mark("read", identities=stranger, until=LATER), mark("read", until="soon"))
    assert states(db) == ["sent"]


def test_a_mark_of_an_unknown_status_is_a_dead_letter(db):
    assert ingest(db, mark("eaten", until=LATER))["rejected"] == 1


@given(st.data())
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_marks_in_any_order_and_any_number_end_the_same(db, data):
    with db.transaction(force_rollback=True):
        conversation = write_in(db)
        for number in (1, 2, 3):
            send_one(db, conversation, f"mid.{number}")
            query = "update private.deliveries set attempted_at = now() + %s * interval '1 s'"
            db.execute(query + " where external_id = %s", [number, f"mid.{number}"])
        marks = [
            mark("delivered", until=LATER),
            mark("delivered", external_id="mid.1"),
            mark("read", external_id="mid.2"),
            mark("read", external_id="mid.1"),
            mark("delivered", external_id="mid.3"),
        ]
        order = data.draw(st.permutations(marks))
        again = data.draw(st.lists(st.sampled_from(marks), max_size=5))
        for one_mark in (*order, *again):
            ingest(db, one_mark)
        assert states(db) == ["read", "read", "delivered"]


def test_a_mark_counts_for_what_was_sent_on_its_own_account(db):
    send_one(db, write_in(db), "mid.1")
    other = call(db, "private.register_channel", "whatsapp", "other", "Other")
    db.execute("update private.deliveries set channel_id = %s", [other])
    ingest(db, mark("read", until=LATER))
    assert states(db) == ["sent"]
