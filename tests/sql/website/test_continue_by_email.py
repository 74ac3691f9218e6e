"""Answers that follow a visitor who has left, by e-mail."""

from __future__ import annotations

import pytest

from tests.sql.pages import add_widget, on_page, start_chat
from tests.sql.rows import (
    acting,
    add_agent,
    add_user,
    broadcasts,
    call,
    claim_sends,
    ingest,
    one,
    receipt,
    refused,
    report,
    rows,
    state_of,
    write_in,
)

MAILS = "select content from private.deliveries where channel_type = 'email' order by created_at"


@pytest.fixture
def mailbox(db):
    """The company's mailbox."""
    add_widget(db)
    return call(db, "private.register_channel", "email", "shop@example.com", "Mail")


@pytest.fixture
def chat(db, mailbox):
    """A visitor who left their address, and their conversation."""
    visitor = add_user(db)
    conversation = start_chat(db, visitor)
    with acting(db, visitor):
        call(db, "leave_email", "ada@example.com")
    return visitor, conversation


def answer(db, conversation, *texts):
    with acting(db, add_agent(db)):
        for text in texts:
            call(db, "send_message", conversation, text)


def pass_time(db, minutes):
    """Lets time pass for everybody but the clock."""
    later = f"interval '{minutes} minutes'"
    db.execute(f"update conversations set visitor_seen_at = visitor_seen_at - {later}")
    db.execute(f"update private.unread_chats set due_at = due_at - {later}")
    db.execute(f"update private.deliveries set created_at = created_at - {later}")
    db.execute(f"update messages set created_at = created_at - {later}")


def mails(db, minutes=0):
    """What has gone into the outbox for the mailbox, after so much more time."""
    pass_time(db, minutes)
    call(db, "private.upkeep")
    return rows(db, MAILS)


def test_an_answer_follows_a_visitor_who_left_ten_minutes_ago(db, chat):
    _, conversation = chat
    answer(db, conversation, "Good day", "It costs ten.")
    assert mails(db, 9) == []
    assert mails(db, 2) == [
        "We answered you while you were away:\n\nGood day\n\nIt costs ten.\n\n"
        "You get this e-mail because you left us your address."
    ]
    assert mails(db, 60) != []
    assert len(mails(db)) == 1


def test_it_goes_to_the_address_that_was_left(db, chat):
    _, conversation = chat
    answer(db, conversation, "Good day")
    mails(db, 11)
    [send] = claim_sends(db, channel_types=("email",))
    assert send["identities"] == {"email": "ada@example.com"}
    assert (send["mail"]["to"], send["mail"]["suppressed"]) == ("ada@example.com", False)
    assert (send["channel_type"], send["account"]) == ("email", "shop@example.com")
    assert (send["message_type"], send["media"]) == ("text", None)
    assert "Good day" in send["content"]
    assert broadcasts(db, "worker", "deliveries") != []


def test_what_was_read_does_not_follow(db, chat):
    visitor, conversation = chat
    answer(db, conversation, "Good day")
    with acting(db, visitor):
        call(db, "mark_messages_read", conversation)
    assert mails(db, 11) == []
    assert one(db, "select count(*) from private.unread_chats") == 0


def test_whoever_is_still_there_gets_no_mail(db, chat):
    visitor, conversation = chat
    answer(db, conversation, "Good day")
    pass_time(db, 9)
    with acting(db, visitor):
        rows(db, "select messages_since(%s)", conversation)
    assert mails(db, 5) == []
    assert len(mails(db, 6)) == 1


def test_an_agent_may_finish_before_the_mail_goes(db, chat):
    _, conversation = chat
    pass_time(db, 30)
    answer(db, conversation, "One")
    assert mails(db) == []
    assert len(mails(db, 1)) == 1


def test_the_next_mail_waits_fifteen_minutes(db, chat):
    _, conversation = chat
    answer(db, conversation, "One")
    assert len(mails(db, 11)) == 1
    answer(db, conversation, "Two")
    assert len(mails(db, 13)) == 1
    second = mails(db, 3)[1]
    assert "Two" in second
    assert "One" not in second


def test_a_mail_holds_ten_and_the_next_one_the_rest(db, chat):
    _, conversation = chat
    answer(db, conversation, *[f"Message {number}." for number in range(1, 13)])
    [first] = mails(db, 11)
    assert "Message 10." in first
    assert "Message 11." not in first
    _, second = mails(db, 16)
    assert "Message 10." not in second
    assert "Message 11.\n\nMessage 12." in second


def test_notes_hand_overs_and_the_visitors_own_words_stay_out(db, chat):
    visitor, conversation = chat
    with acting(db, add_agent(db)):
        call(db, "hand_over", conversation)
        call(db, "send_message", conversation, "He is angry", None, None, True)
    with acting(db, visitor):
        call(db, "send_message", conversation, "Buy cheap pills")
    assert mails(db, 11) == []
    answer(db, conversation, "Good day")
    [text] = mails(db, 11)
    assert "pills" not in text
    assert "angry" not in text


def test_it_is_written_in_the_conversations_language(db, chat):
    _, conversation = chat
    db.execute("update conversations set language = 'de-AT'")
    answer(db, conversation, "Guten Tag")
    assert mails(db, 11)[0].startswith("Während Sie weg waren")


@pytest.mark.parametrize(
    "language", ["de", "es", "fr", "it", "pt", "nl", "pl", "ru", "tr", "ar", "zh", "en", "xx"]
)
def test_every_language_has_a_frame(db, language):
    frame = call(db, "private.continuity_frame", language)
    assert set(frame) == {"before", "after"}


def test_files_are_named(db, chat):
    _, conversation = chat
    with acting(db, add_agent(db)):
        path = f"{conversation}/agent/offer.pdf"
        db.execute("insert into storage.objects (bucket_id, name) values ('media', %s)", [path])
        call(db, "send_message", conversation, "Our offer", None, None, False, [{"path": path}])
    assert "Our offer\n[offer.pdf]" in mails(db, 11)[0]


def test_without_an_address_nothing_follows(db, mailbox):
    answer(db, start_chat(db), "Good day")
    assert one(db, "select count(*) from private.unread_chats") == 0
    assert mails(db, 60) == []


def test_an_address_given_at_the_start_is_consent(db, mailbox):
    visitor = add_user(db)
    with acting(db, visitor):
        conversation = call(db, "create_conversation", "ada@example.com", "website", "Hello")
    answer(db, conversation, "Good day")
    assert len(mails(db, 11)) == 1


def test_whoever_takes_their_address_back_gets_nothing(db, chat):
    visitor, conversation = chat
    answer(db, conversation, "Good day")
    with acting(db, visitor):
        call(db, "leave_email", None)
    assert mails(db, 11) == []


def test_a_page_that_may_not_use_the_widget_leaves_no_address(db, mailbox):
    visitor = add_user(db)
    start_chat(db, visitor)
    db.execute("update website_settings set allowed_origins = '{https://shop.example.com}'")
    with on_page(db, visitor, origin="https://evil.test"), refused(db, "PT403"):
        call(db, "leave_email", "ada@example.com")
    with on_page(db, visitor, origin="https://shop.example.com"):
        call(db, "leave_email", "ada@example.com")


def test_an_address_left_after_the_answer_counts_too(db, mailbox):
    visitor = add_user(db)
    conversation = start_chat(db, visitor)
    answer(db, conversation, "Good day")
    with acting(db, visitor):
        call(db, "leave_email", "ada@example.com")
    assert len(mails(db, 11)) == 1


def test_without_a_mailbox_nothing_happens(db, chat):
    _, conversation = chat
    db.execute("update channels set is_enabled = false where type = 'email'")
    answer(db, conversation, "Good day")
    assert mails(db, 60) == []


def test_the_widgets_own_mailbox_comes_first(db, chat):
    _, conversation = chat
    own = call(db, "private.register_channel", "email", "help@example.com", "Help")
    db.execute("update channels set fallback_channel_id = %s where type = 'website'", [own])
    answer(db, conversation, "Good day")
    mails(db, 11)
    assert one(db, "select channel_id from private.deliveries where content is not null") == own


def test_other_channels_are_their_own_mail(db, mailbox):
    answer(db, write_in(db), "Good day")
    assert one(db, "select count(*) from private.unread_chats") == 0


def test_no_address_gets_more_than_twenty_in_a_day(db, mailbox):
    victim = "victim@example.com"
    for _ in range(21):
        visitor = add_user(db)
        conversation = start_chat(db, visitor)
        with acting(db, visitor):
            call(db, "leave_email", victim)
        answer(db, conversation, "Good day")
    assert len(mails(db, 11)) == 20


def test_the_twenty_are_counted_by_what_was_sent_and_without_tags(db, mailbox):
    for number in range(21):
        visitor = add_user(db)
        conversation = start_chat(db, visitor)
        with acting(db, visitor):
            call(db, "leave_email", f"Victim+{number}@example.com")
        answer(db, conversation, "Good day")
        mails(db, 11)
        claim_mails(db)
        change_address(db, visitor, f"other{number}@example.com")
        db.execute("update private.unread_chats set due_at = now() + interval '1 day'")
        db.execute("update private.deliveries set created_at = now()")
    assert len(rows(db, MAILS)) == 20


def complain(db, send):
    report(db, send, "sent", external_ids=["c.1@shop.example"])
    news = {"kind": "account_event", "account": "shop@example.com", "name": "complaint"}
    ingest(db, {**news, "data": {"external_id": "c.1@shop.example"}}, channel_type="email")


def bounce(db, send):
    report(db, send, "failed", code="5.1.1")


@pytest.mark.parametrize("refuse", [complain, bounce])
def test_whose_address_is_none_or_complains_gets_no_more_until_it_is_left_anew(db, chat, refuse):
    visitor, conversation = chat
    answer(db, conversation, "Good day")
    mails(db, 11)
    [send] = claim_sends(db, channel_types=("email",))
    refuse(db, send)
    assert one(db, "select revoked_at is not null from private.email_consents")
    answer(db, conversation, "Still there?")
    assert len(mails(db, 60)) == 1
    with acting(db, visitor):
        call(db, "leave_email", "ada@example.com")
    assert len(mails(db, 60)) == 2


def change_address(db, visitor, address="ada@other.example"):
    with acting(db, visitor):
        call(db, "leave_email", address)


def claim_mails(db):
    db.execute("update private.deliveries set next_attempt_at = now() where state = 'queued'")
    return claim_sends(db, channel_types=("email",))


def test_a_mail_that_waits_goes_to_the_address_that_is_left_meanwhile(db, chat):
    visitor, conversation = chat
    answer(db, conversation, "Good day")
    mails(db, 11)
    change_address(db, visitor)
    assert claim_mails(db) == []
    assert len(mails(db, 2)) == 1
    [send] = claim_mails(db)
    assert send["mail"]["to"] == send["identities"]["email"] == "ada@other.example"


def test_a_mail_that_waits_is_taken_back_with_the_address(db, chat):
    visitor, conversation = chat
    answer(db, conversation, "Good day")
    mails(db, 11)
    change_address(db, visitor, None)
    assert mails(db, 2) == []


@pytest.mark.parametrize("address", ["ada@other.example", None])
def test_a_mail_that_was_tried_goes_to_no_other_address(db, chat, address):
    visitor, conversation = chat
    answer(db, conversation, "Good day")
    mails(db, 11)
    [send] = claim_mails(db)
    report(db, send, "retry", code="451")
    change_address(db, visitor, address)
    [again] = claim_mails(db)
    assert (again["mail"]["to"], again["identities"]) == (None, {})


def test_a_bounce_is_charged_to_the_address_that_the_mail_went_to(db, chat):
    visitor, conversation = chat
    answer(db, conversation, "Good day")
    mails(db, 11)
    [send] = claim_mails(db)
    report(db, send, "sent", external_ids=["c.1@shop.example"])
    change_address(db, visitor)
    news = receipt("c.1@shop.example", "failed", account="shop@example.com", error_code="5.1.1")
    ingest(db, news, channel_type="email")
    assert one(db, "select state from private.deliveries where channel_type = 'email'") == "failed"
    assert one(db, "select revoked_at is null from private.email_consents")


def test_whoever_retries_a_mail_sends_it_to_the_address_of_now(db, chat):
    visitor, conversation = chat
    answer(db, conversation, "Good day")
    mails(db, 11)
    [send] = claim_mails(db)
    report(db, send, "failed", code="no_address")
    change_address(db, visitor)
    call(db, "private.retry_delivery", send["delivery_id"])
    assert claim_mails(db)[0]["mail"]["to"] == "ada@other.example"


def test_the_count_of_a_mailbox_reads_its_own_mails_alone(db, chat):
    plan = rows(
        db,
        "explain select 1 from private.deliveries"
        " where private.mailbox_of(address) = 'ada@example.com' and address is not null"
        " and created_at > now() - interval '1 day' limit 20",
    )
    assert "deliveries_mailbox_idx" in "".join(plan)


def test_what_becomes_of_the_mail_is_not_what_becomes_of_the_message(db, chat):
    _, conversation = chat
    answer(db, conversation, "Good day")
    mails(db, 11)
    [send] = claim_sends(db, channel_types=("email",))
    status = "select delivery_status, external_message_id from messages where seq = 2"
    report(db, send, "failed", code="550", error="no such mailbox")
    assert rows(db, status) == [("sent", None)]
    assert rows(db, "select kind from dead_letters") == ["delivery"]
    call(db, "private.retry_delivery", send["delivery_id"])
    [send] = claim_sends(db, channel_types=("email",))
    report(db, send, "sent", external_id="<1@example.com>")
    assert rows(db, status) == [("sent", None)]


def test_of_an_anonymised_customer_no_words_and_no_address_are_left(db, chat):
    _, conversation = chat
    answer(db, conversation, "Dear zq7mark")
    mails(db, 11)
    call(db, "anonymise_customer", state_of(db, conversation, "customer_id"))
    assert rows(db, MAILS) == [""]
    assert one(db, "select count(*) from private.email_consents") == 0


def test_agents_run_none_of_this(db):
    with acting(db, add_agent(db)), refused(db, "42501"):
        call(db, "private.continue_by_email")
