"""An answer that is lost for good: people get the conversation, the customer hears once (R75)."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from tests.invariants import assert_invariants
from tests.sql.delivery.fallbacks import add_identity, answered, claim_from
from tests.sql.rows import (
    add_article,
    answer,
    call,
    claim_sends,
    claim_turns,
    ingest,
    message,
    one,
    receipt,
    record,
    report,
    rows,
    said,
    state_of,
    write_in,
)


@pytest.fixture
def conversation(db):
    """A conversation whose AI has answered; its answer is not sent yet."""
    found = write_in(db, language="de")
    [turn] = claim_turns(db)
    record(db, turn, answer(add_article(db)))
    return found


def lose(db, code="131009"):
    report(db, claim_from(db), "failed", code=code, error="no")
    return call(db, "private.sweep")["lost"]


def test_another_text_would_be_taken_so_the_customer_is_told(db, conversation):
    assert lose(db) == 1
    assert said(db, conversation)[-1] == (
        "system",
        "Unsere letzte Antwort konnten wir Ihnen hier nicht zustellen."
        " Eine Kollegin oder ein Kollege meldet sich bei Ihnen.",
    )
    assert state_of(db, conversation, "ai_mode") == "human"
    assert state_of(db, conversation, "handed_over_reason") == "delivery_failed"
    assert rows(db, "select kind, severity from alerts") == [("delivery", "warning")]
    assert one(db, "select count(*) from realtime_metrics where metric_name = 'hand_over'") == 1
    assert_invariants(db)


def test_a_customer_who_cannot_be_reached_is_not_written_to(db, conversation):
    assert lose(db, "131026") == 1
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "ai"]
    query = "select metadata from messages where sender_type = 'system'"
    assert {name: one(db, query)[name] for name in ("event", "code", "class")} == {
        "event": "delivery_failed",
        "code": "131026",
        "class": "recipient",
    }
    assert state_of(db, conversation, "ai_mode") == "human"
    assert_invariants(db)


def test_a_failing_notice_makes_no_second_one(db, conversation):
    assert lose(db) == 1
    assert lose(db) == 0
    assert len(said(db, conversation)) == 3


def test_while_another_channel_has_it_nothing_is_lost(db, conversation):
    add_identity(db, conversation)
    assert lose(db, "131026") == 0
    report(db, claim_from(db, "email"), "failed", code="552", error="too large")
    assert call(db, "private.sweep")["lost"] == 1
    assert rows(db, "select settled_at is not null from private.deliveries") == [True] * 2
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "ai"]


def test_a_failed_receipt_is_settled_once(db, conversation):
    report(db, claim_from(db), "sent", external_ids=["wamid.1"])
    ingest(db, receipt("wamid.1", "failed", error_code="131051"))
    assert [call(db, "private.sweep")["lost"] for _ in range(2)] == [1, 0]


def test_a_failure_is_settled_once_whoever_looked_at_it(db, conversation):
    report(db, claim_from(db), "failed", code="131009", error="no")
    query = "select private.settle_failure(deliveries) from private.deliveries"
    assert [one(db, query) for _ in range(2)] == [True, False]


def test_what_is_sent_again_meanwhile_is_not_lost(db, conversation):
    report(db, claim_from(db), "failed", code="131009", error="no")
    db.execute("create temporary table seen on commit drop as select * from private.deliveries")
    call(db, "private.retry_delivery", one(db, "select id from seen"))
    query = """
    select private.settle_failure(
      jsonb_populate_record(null::private.deliveries, to_jsonb(seen))
    ) from seen
    """
    assert one(db, query) is False
    assert one(db, "select settled_at from private.deliveries") is None


def test_a_customer_who_waits_for_the_next_answer_is_told(db, conversation):
    ingest(db, message("And returns?"))
    assert lose(db, "131026") == 1
    assert [sender for sender, _ in said(db, conversation)][-1] == "system"
    assert rows(db, "select state, outcome from private.reply_jobs order by created_at")[-1] == (
        "done",
        "handed_over",
    )
    assert_invariants(db)


def test_an_agents_conversation_stays_theirs(db):
    conversation = answered(db)
    assert lose(db) == 1
    query = "select metadata ->> 'event' from messages where sender_type = 'system'"
    assert one(db, query) == "delivery_failed"
    assert state_of(db, conversation, "handed_over_at") is None


def test_a_resolved_conversation_opens_again_unless_there_is_a_newer_one(db):
    for newer, expected in ((False, "open"), (True, "resolved")):
        phone = uuid.uuid4().hex[:12]
        conversation = answered(db, phone=phone)
        [send] = claim_sends(db)
        call(db, "resolve_conversation", conversation)
        if newer:
            db.execute("update conversations set resolved_at = now() - interval '2 days'")
            write_in(db, phone=phone)
        report(db, send, "failed", code="131026")
        assert call(db, "private.sweep")["lost"] == 1
        assert state_of(db, conversation, "status") == expected


def test_a_person_who_sends_it_again_may_lose_it_again(db):
    answered(db)
    assert lose(db, "131026") == 1
    call(db, "private.retry_delivery", one(db, "select id from private.deliveries"))
    assert lose(db, "131026") == 1


def test_one_that_cannot_be_settled_harms_no_other(db):
    for phone in ("491", "492"):
        answered(db, phone=phone)
    for send in claim_sends(db):
        report(db, send, "failed", code="131009")
    db.execute(
        "create function private.stumble() returns trigger language plpgsql as"
        " $$ begin raise exception 'canary'; end $$"
    )
    db.execute(
        "create trigger stumble before insert on messages for each row when (new.conversation_id ="
        f" '{one(db, 'select max(conversation_id::text) from private.deliveries')}')"
        " execute function private.stumble()"
    )
    assert call(db, "private.sweep")["lost"] == 1
    assert rows(db, "select error from private.deliveries where error = 'canary'") == ["canary"]


def test_a_conversation_that_somebody_holds_waits(fresh_database):
    url = fresh_database()
    with (
        psycopg.connect(url, autocommit=True) as worker,
        psycopg.connect(url) as other,
    ):
        answered(worker)
        report(worker, claim_from(worker), "failed", code="131026")
        other.execute("select from conversations for update")
        assert call(worker, "private.sweep")["lost"] == 0
        other.rollback()
        assert call(worker, "private.sweep")["lost"] == 1


@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "pt", "nl", "pl", "ru", "tr", "ar"])
def test_every_language_has_words_of_its_own(db, language):
    for function in ("failure_text", "hand_over_text"):
        english = call(db, f"private.{function}", "en")
        assert call(db, f"private.{function}", language) != english
