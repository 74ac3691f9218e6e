"""An answer that one channel cannot deliver goes by another that the customer agreed to (R73)."""

from __future__ import annotations

import pytest

from tests.invariants import assert_invariants
from tests.sql.delivery.fallbacks import add_identity, answered, claim_from
from tests.sql.rows import call, claim_sends, ingest, message, one, receipt, report, rows, write_in


def fail(db, code="131026", **more):
    return report(db, claim_from(db), "failed", code=code, error="no such user", **more)


def status(db):
    return one(db, "select delivery_status from messages where sender_type <> 'customer'")


def states(db):
    return rows(db, "select channel_type, state from private.deliveries order by created_at")


def test_a_refused_recipient_is_written_to_elsewhere(db):
    add_identity(db, answered(db))
    assert fail(db) == "failed"
    assert (states(db), status(db)) == ([("whatsapp", "failed"), ("email", "queued")], "queued")
    send = claim_from(db, "email")
    assert send["identities"] == {"email": "grace@example.com"}
    assert send["content"] == "You wrote to us on WhatsApp. Our answer:\n\nTwo days."
    assert report(db, send, "sent", external_ids=["<1@shop>"]) == "sent"
    assert status(db) == "sent"
    query = "select external_message_id from messages where sender_type = 'agent'"
    assert one(db, query) is None
    assert_invariants(db)


def test_a_failed_receipt_falls_back_too(db):
    add_identity(db, answered(db))
    report(db, claim_from(db), "sent", external_ids=["wamid.1"])
    ingest(db, receipt("wamid.1", "failed", error_code="131047", error="window closed"))
    assert (states(db)[-1], status(db)) == (("email", "queued"), "queued")


def test_an_answer_that_arrives_after_all_is_not_sent_twice(db):
    add_identity(db, answered(db))
    report(db, claim_from(db), "sent", external_ids=["wamid.1"])
    ingest(db, receipt("wamid.1", "failed", error_code="131026"))
    ingest(db, receipt("wamid.1", "delivered"))
    assert (states(db), status(db)) == ([("whatsapp", "delivered")], "delivered")


@pytest.mark.parametrize("code", ["131009", "too_long"])
def test_a_fault_of_the_content_would_fail_everywhere(db, code):
    add_identity(db, answered(db))
    fail(db, code)
    assert states(db) == [("whatsapp", "failed")]


@pytest.mark.parametrize(
    "obstacle",
    [
        "update customer_identities set consented_at = null where fallback_rank = 1",
        "update customer_identities set revoked_at = now() + interval '1 s'",
        "update customer_identities set fallback_rank = null",
        "update channels set is_enabled = false where type = 'email'",
        "update channels set status = 'disconnected' where type = 'email'",
        "update private.deliveries set part_ids = '{wamid.0}'",
        "update messages set sender_type = 'system' where sender_type = 'agent'",
    ],
)
def test_without_consent_or_a_channel_that_works_it_stays_failed(db, obstacle):
    add_identity(db, answered(db))
    db.execute(obstacle)
    fail(db)
    assert (states(db), status(db)) == ([("whatsapp", "failed")], "failed")


def test_the_channels_own_fallback_comes_first_and_then_the_rank(db):
    conversation = answered(db)
    add_identity(db, conversation, "messenger", "7", rank=1)
    add_identity(db, conversation, "telegram", "8", rank=2)
    add_identity(db, conversation, "email", rank=None)
    db.execute(
        "update channels set fallback_channel_id = (select id from channels where type = 'email')"
        " where type = 'whatsapp'"
    )
    fail(db)
    for channel_type in ("email", "messenger", "telegram"):
        send = claim_from(db, channel_type)
        assert report(db, send, "failed", code="unheard of") == "failed"
    assert [state for _, state in states(db)] == ["failed"] * 4
    assert status(db) == "failed"


def test_consent_that_is_withdrawn_meanwhile_counts(db):
    identity = add_identity(db, answered(db))
    fail(db)
    db.execute(
        "update customer_identities set revoked_at = now() + interval '1 s' where id = %s",
        [identity],
    )
    assert claim_from(db, "email")["identities"] == {}


def test_answers_keep_their_order_on_the_other_channel(db):
    conversation = answered(db, "One")
    call(db, "send_message", conversation, "Two")
    add_identity(db, conversation)
    fail(db)
    fail(db)
    send = claim_from(db, "email")
    assert send["content"].endswith("One")
    report(db, send, "sent", external_ids=["<1@shop>"])
    assert claim_from(db, "email")["content"].endswith("Two")


@pytest.mark.parametrize(("wrote", "is_open"), [(True, True), (False, False)])
def test_the_window_is_that_of_the_other_channel(db, wrote, is_open):
    conversation = answered(db)
    add_identity(db, conversation, "messenger", "7")
    if wrote:
        event = message(identities=[{"kind": "external", "value": "7"}])
        ingest(db, event, channel_type="messenger")
    db.execute("update conversations set ai_mode = 'human'")
    fail(db)
    assert claim_from(db, "messenger")["window_open"] is is_open


def test_a_refused_account_keeps_its_queue_for_two_minutes(db):
    conversation = answered(db)
    add_identity(db, conversation)
    other = write_in(db, phone="49222")
    call(db, "send_message", other, "Hello")
    for send in claim_sends(db):
        report(db, send, "failed", code="190", error="token", account_blocked=True)
    assert call(db, "private.upkeep")["fallbacks"] == 0
    db.execute("update private.deliveries set created_at = now() - interval '3 minutes'")
    assert call(db, "private.upkeep")["fallbacks"] == 1
    assert sorted(states(db)) == [
        ("email", "queued"),
        ("whatsapp", "failed"),
        ("whatsapp", "queued"),
    ]


def test_a_message_without_words_goes_without_a_line(db):
    assert call(db, "private.fallback_text", "de", "email", "") is None
    text = call(db, "private.fallback_text", "de-AT", "email", "Hallo")
    assert text == "Sie haben uns über E-mail geschrieben. Unsere Antwort:\n\nHallo"


def test_anonymising_a_customer_takes_the_words_out_of_the_outbox(db):
    conversation = answered(db)
    add_identity(db, conversation)
    fail(db)
    query = "select customer_id from conversations where id = %s"
    call(db, "anonymise_customer", one(db, query, conversation))
    assert one(db, "select count(nullif(content, '')) from private.deliveries") == 0


def test_what_waits_for_an_account_that_works_stays_there(db):
    add_identity(db, answered(db))
    db.execute("update private.deliveries set created_at = now() - interval '3 minutes'")
    assert call(db, "private.upkeep")["fallbacks"] == 0
    assert states(db) == [("whatsapp", "queued")]


@pytest.mark.parametrize("begun", ["state = 'sending', attempts = 1", "attempts = 1"])
def test_an_answer_that_somebody_has_begun_to_send_elsewhere_stays(db, begun):
    add_identity(db, answered(db))
    report(db, claim_from(db), "sent", external_ids=["wamid.1"])
    ingest(db, receipt("wamid.1", "failed", error_code="131026"))
    db.execute(f"update private.deliveries set {begun} where channel_type = 'email'")
    ingest(db, receipt("wamid.1", "delivered"))
    assert [channel for channel, _ in states(db)] == ["whatsapp", "email"]


def test_a_platforms_id_of_a_message_is_not_quoted_on_another_channel(db):
    conversation = answered(db)
    add_identity(db, conversation)
    db.execute(
        "update messages set reply_to_id = (select id from messages where sender_type = 'customer')"
        " where sender_type = 'agent'"
    )
    send = claim_from(db)
    assert send["reply_to"].startswith("wamid.")
    report(db, send, "failed", code="131026")
    assert claim_from(db, "email")["reply_to"] is None


@pytest.mark.parametrize(
    "change",
    [
        "window_expires_at = now() - interval '1 s' where channel_type = 'messenger'",
        "channel_id = (select id from channels where account = 'other')"
        " where channel_type = 'messenger'",
    ],
    ids=["long ago", "to another account"],
)
def test_the_window_of_the_other_channel_is_of_what_they_wrote_there_of_late(db, change):
    conversation = answered(db)
    add_identity(db, conversation, "messenger", "7")
    event = message(identities=[{"kind": "external", "value": "7"}])
    ingest(db, event, channel_type="messenger")
    call(db, "private.register_channel", "messenger", "other", "Other")
    db.execute(f"update conversations set {change}")
    db.execute("update conversations set ai_mode = 'human'")
    fail(db)
    assert claim_from(db, "messenger")["window_open"] is False
