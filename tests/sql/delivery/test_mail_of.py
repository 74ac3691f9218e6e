"""What only a mail needs to go out: to whom, about what, in answer to which."""

from __future__ import annotations

import pytest

from tests.sql.delivery.fallbacks import add_identity, answered, claim_from
from tests.sql.mails import ADA, DISOWNED, answer_by_mail, receive
from tests.sql.rows import (
    acting,
    add_agent,
    call,
    claim_sends,
    ingest,
    one,
    receipt,
    refused,
    report,
    rows,
)

FIRST = "first@example.com"


def outgoing(db):
    [send] = claim_sends(db, channel_types=("email",))
    return send


def begin(db, **more):
    conversation = receive(db, "Where?", external_id=FIRST, thread={"subject": "My parcel"}, **more)
    answer_by_mail(db, conversation)
    return conversation


def test_an_answer_refers_to_the_mail_it_answers(db):
    begin(db, metadata={"references": ["root@example.com"]})
    assert outgoing(db)["mail"] == {
        "subject": "Re: My parcel",
        "to": ADA,
        "name": "Grace",
        "suppressed": False,
        "in_reply_to": FIRST,
        "references": ["root@example.com", FIRST],
    }


def test_later_answers_carry_the_thread_on(db):
    conversation = begin(db)
    report(db, outgoing(db), "sent", external_ids=["c.1@shop.example"])
    receive(db, "And?", external_id="second@example.com", thread={"references": [FIRST]})
    answer_by_mail(db, conversation, "Soon.")
    mail = outgoing(db)["mail"]
    assert mail["in_reply_to"] == "second@example.com"
    assert mail["references"] == [FIRST, "c.1@shop.example", "second@example.com"]


def test_a_made_up_id_of_a_mail_without_one_is_not_referred_to(db):
    conversation = receive(db, "Hi", external_id="sha256:0123")
    answer_by_mail(db, conversation)
    mail = outgoing(db)["mail"]
    assert (mail["in_reply_to"], mail["references"], mail["subject"]) == (None, [], None)


def test_an_automatic_mail_is_not_what_is_answered(db):
    conversation = begin(db)
    report(db, outgoing(db), "sent", external_ids=["c.1@shop.example"])
    receive(
        db,
        "Out of office",
        external_id="away@example.com",
        thread={"references": [FIRST]},
        metadata={"automatic": "auto-replied"},
        calls_for_answer=False,
    )
    answer_by_mail(db, conversation, "Soon.")
    assert outgoing(db)["mail"]["in_reply_to"] == FIRST


def test_a_proven_mail_may_ask_to_be_answered_elsewhere(db):
    begin(db, metadata={"reply_to_address": "office@example.com"})
    assert outgoing(db)["mail"]["to"] == "office@example.com"


def test_a_disowned_one_may_not(db):
    begin(db, metadata={"reply_to_address": "thief@example.net", "authentication": DISOWNED})
    assert outgoing(db)["mail"]["to"] == ADA


def test_a_person_may_begin_a_conversation(db):
    conversation = call(db, "create_conversation", "Ada@Example.com", "email")
    answer_by_mail(db, conversation, metadata='{"subject": "Your order"}')
    mail = outgoing(db)["mail"]
    assert (mail["to"], mail["subject"], mail["in_reply_to"]) == (ADA, "Your order", None)


def test_other_channels_need_nothing_of_it(db):
    from tests.sql.rows import write_in

    answer_by_mail(db, write_in(db))
    assert claim_sends(db)[0]["mail"] is None


@pytest.mark.parametrize(("code", "is_marked"), [("5.1.1", True), ("5.2.2", False)])
def test_an_address_that_bounces_hard_gets_nothing_more(db, code, is_marked):
    conversation = begin(db)
    report(db, outgoing(db), "sent", external_ids=["c.1@shop.example"])
    bounce = receipt("c.1@shop.example", "failed", error_code=code)
    ingest(db, bounce, channel_type="email")
    answer_by_mail(db, conversation, "More")
    assert outgoing(db)["mail"]["suppressed"] is is_marked
    query = "select delivery_status from messages where sender_type = 'system' and content = 'Yes.'"
    assert one(db, query) == "failed"


def test_a_bounce_that_is_faster_than_the_worker_counts_too(db):
    begin(db)
    send = outgoing(db)
    bounce = receipt("c.1@shop.example", "failed", error_code="5.1.1")
    ingest(db, bounce, channel_type="email")
    report(db, send, "sent", external_ids=["c.1@shop.example"])
    assert one(db, "select unreachable_since is not null from customer_identities")


def test_a_refusal_at_once_marks_it_too(db):
    begin(db)
    report(db, outgoing(db), "failed", code="5.1.1")
    assert one(db, "select unreachable_since is not null from customer_identities")


def test_a_complaint_marks_it_and_an_unknown_mails_report_nothing(db):
    begin(db)
    report(db, outgoing(db), "sent", external_ids=["c.1@shop.example"])
    news = {"kind": "account_event", "account": "shop", "name": "complaint"}
    ingest(db, {**news, "data": {"external_id": "forged@x"}}, channel_type="email")
    assert one(db, "select unreachable_since from customer_identities") is None
    ingest(db, {**news, "data": {"external_id": "c.1@shop.example"}}, channel_type="email")
    assert one(db, "select unreachable_since is not null from customer_identities")


def test_an_agent_may_allow_sending_again(db):
    conversation = begin(db)
    customer = one(db, "select customer_id from conversations where id = %s", conversation)
    db.execute("update customer_identities set unreachable_since = now()")
    with acting(db, add_agent(db)):
        assert call(db, "allow_sending", customer) == 1
        assert call(db, "allow_sending", customer) == 0
    assert rows(db, "select action from audit_log where subject_id = %s", str(customer)) == [
        "clear_unreachable"
    ]


def test_nobody_else_may(db):
    from tests.sql.rows import add_user

    conversation = begin(db)
    customer = one(db, "select customer_id from conversations where id = %s", conversation)
    with refused(db, "PT403"), acting(db, add_user(db)):
        call(db, "allow_sending", customer)


def test_mail_is_tried_for_two_days(db):
    begin(db)
    db.execute("update private.deliveries set failures = 52")
    assert report(db, outgoing(db), "retry", code="451") == "queued"
    db.execute("update private.deliveries set next_attempt_at = now()")
    assert report(db, outgoing(db), "retry", code="451") == "dead"


def test_mail_that_may_have_gone_out_is_sent_again_three_times(db):
    begin(db)
    states = []
    for _ in range(4):
        db.execute("update private.deliveries set next_attempt_at = now()")
        states.append(report(db, outgoing(db), "unknown", code="connection_lost"))
    assert states == ["queued", "queued", "queued", "unknown"]


@pytest.mark.parametrize("is_bad", [False, True])
def test_a_mail_in_place_of_another_channel_goes_only_where_was_agreed(db, is_bad):
    conversation = answered(db)
    agreed = add_identity(db, conversation)
    add_identity(db, conversation, value="never@example.com", rank=None, consent=False)
    db.execute(
        "update customer_identities set created_at = now() + interval '1 s',"
        " unreachable_since = case when %s then now() end where value = 'never@example.com'",
        [is_bad],
    )
    report(db, claim_from(db), "failed", code="131026")
    mail = claim_from(db, "email")["mail"]
    assert (mail["to"], mail["suppressed"]) == ("grace@example.com", False)
    db.execute("update customer_identities set revoked_at = now() + interval '1 s'")
    query = "select private.mail_of(d) ->> 'to' from private.deliveries d where identity_id = %s"
    assert rows(db, query, agreed) == [None]
