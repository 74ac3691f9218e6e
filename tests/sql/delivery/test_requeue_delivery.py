"""A message that the platform took and failed later is sent again where that can help."""

from __future__ import annotations

import pytest

from romashka.channels import meta
from tests.sql.rows import call, claim_sends, ingest, one, receipt, report, rows, write_in


@pytest.fixture
def send(db):
    call(db, "send_message", write_in(db), "Hi")
    [send] = claim_sends(db)
    assert report(db, send, "sent", external_ids=["wamid.out"]) == "sent"
    return send


def state(db) -> str:
    return one(db, "select state from private.deliveries")


def fail(db, code: str, external_id: str = "wamid.out") -> None:
    ingest(db, receipt(external_id, "failed", error_code=code, error="no"))


def make_due(db) -> None:
    db.execute("update private.deliveries set next_attempt_at = now() where state = 'queued'")
    db.execute("update channels set paused_until = null")


@pytest.mark.parametrize("code", ["130429", "131056", "131000", "131048", "131053"])
def test_a_failure_that_passes_is_sent_again(db, send, code):
    fail(db, code)
    assert (state(db), claim_sends(db)) == ("queued", [])
    assert one(db, "select delivery_status from messages where content = 'Hi'") == "queued"
    make_due(db)
    [again] = claim_sends(db)
    assert report(db, again, "sent", external_ids=["wamid.second"]) == "sent"
    ingest(db, receipt("wamid.second", "delivered"))
    assert state(db) == "delivered"


@pytest.mark.parametrize("code", ["131026", "131047", "131049", "130472", None])
def test_a_failure_that_stays_is_not(db, send, code):
    fail(db, code)
    assert state(db) == "failed"


def test_spam_stops_the_whole_account(db, send):
    fail(db, "131048")
    assert one(db, "select paused_until > now() + interval '50 minutes' from channels") is True
    assert one(db, "select count(*) from alerts") == 1


@pytest.mark.parametrize("code", [*(meta.THROTTLED.keys() - {meta.PAIR})])
def test_too_fast_for_the_account_pauses_all_of_it(db, send, code):
    fail(db, str(code))
    assert one(db, "select paused_until > now() from channels") is True


def test_too_many_to_one_customer_stops_only_them(db, send):
    fail(db, "131056")
    assert one(db, "select paused_until from channels") is None


def test_what_arrived_after_all_is_not_sent_again(db, send):
    fail(db, "130429")
    ingest(db, receipt("wamid.out", "delivered", tracker=send["delivery_id"]))
    assert state(db) == "delivered"
    make_due(db)
    assert claim_sends(db) == []


def test_several_parts_are_left_to_people(db):
    call(db, "send_message", write_in(db), "Hi")
    [send] = claim_sends(db)
    report(db, send, "sent", external_ids=["wamid.a", "wamid.b"])
    fail(db, "130429", "wamid.b")
    assert state(db) == "failed"


def test_the_eighth_failure_is_the_last(db, send):
    for number in range(8):
        assert state(db) == "sent"
        fail(db, "131000", "wamid.out" if number == 0 else f"wamid.{number}")
        make_due(db)
        for again in claim_sends(db):
            report(db, again, "sent", external_ids=[f"wamid.{number + 1}"])
    assert state(db) == "failed"
    assert rows(db, "select reason from dead_letters") == ["failed 131000 no"]
