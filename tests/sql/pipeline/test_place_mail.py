"""Which conversation a mail belongs to, and who is kept out of it."""

from __future__ import annotations

import pytest

from tests.sql.delivery.fallbacks import add_identity, answered, claim_from
from tests.sql.mails import ADA, DISOWNED, PROVEN, answer_by_mail, mail, receive
from tests.sql.pages import add_widget, start_chat
from tests.sql.rows import (
    acting,
    add_user,
    call,
    claim_sends,
    ingest,
    one,
    report,
    rows,
    state_of,
)

BOB = "bob@example.com"


@pytest.fixture
def conversation(db):
    """Ada's conversation, begun by her mail <first@example.com>."""
    return receive(
        db,
        "Where is it?",
        external_id="first@example.com",
        thread={"subject": "My parcel"},
        metadata={"subject": "My parcel"},
    )


def claimed(db, conversation):
    return one(
        db,
        "select metadata ->> 'claimed_conversation' from messages where conversation_id = %s",
        conversation,
    )


def test_a_first_mail_opens_a_thread_with_a_subject_and_a_number(db, conversation):
    assert state_of(db, conversation, "thread") == "first@example.com"
    assert state_of(db, conversation, "subject") == "My parcel"
    assert state_of(db, conversation, "number") > 1000
    assert one(db, "select metadata ->> 'from' from messages") == ADA


def test_another_subject_is_another_conversation_of_the_same_customer(db, conversation):
    other = receive(db, "An invoice, please", thread={"subject": "Invoice"})
    assert other != conversation
    assert one(db, "select count(distinct customer_id) from conversations") == 1


def test_a_reply_joins_by_the_received_mail_it_refers_to(db, conversation):
    thread = {"references": ["unknown@example.com", "first@example.com"]}
    assert receive(db, "Still nothing", thread=thread) == conversation


def test_a_reply_joins_by_the_mail_we_sent(db, conversation):
    answer_by_mail(db, conversation)
    [send] = claim_sends(db, channel_types=("email",))
    report(db, send, "sent", external_ids=["c.ours@example.org"])
    db.execute("update messages set external_message_id = null where sender_type = 'system'")
    assert receive(db, "Thanks", thread={"references": ["c.ours@example.org"]}) == conversation


def test_a_reference_to_a_mail_that_is_not_ours_joins_nothing(db, conversation):
    answer_by_mail(db, conversation)
    [send] = claim_sends(db, channel_types=("email",))
    report(db, send, "sent", external_ids=["c.ours@example.org"])
    thread = {"references": ["theirs@example.org"], "subject": "Another matter"}
    assert receive(db, "And this?", thread=thread) != conversation


def test_a_reply_joins_by_our_verified_id_and_by_its_token_and_by_its_number(db, conversation):
    own = [{"message": "x", "conversation": str(conversation)}]
    number = state_of(db, conversation, "number")
    assert receive(db, "1", thread={"own": own}) == conversation
    assert receive(db, "2", thread={"conversation": str(conversation)}) == conversation
    assert receive(db, "3", thread={"tag": number}) == conversation


def test_the_token_goes_before_references(db, conversation):
    other = receive(db, "Other", external_id="other@example.com")
    thread = {"conversation": str(other), "references": ["first@example.com"]}
    assert receive(db, "Which?", thread=thread) == other


def test_the_same_subject_joins_within_a_week_and_not_after(db, conversation):
    again = {"thread": {"subject": "my parcel"}}
    assert receive(db, "Hello?", **again) == conversation
    db.execute("update conversations set last_message_at = now() - interval '8 days'")
    assert receive(db, "Hello??", **again) != conversation


def test_a_reply_that_overtakes_its_original_is_joined_by_it(db):
    reply = receive(db, "And?", thread={"references": ["root@example.com"]})
    assert receive(db, "First", external_id="root@example.com") == reply


def test_a_stranger_with_the_token_gets_a_conversation_of_their_own(db, conversation):
    thread = {"conversation": str(conversation), "references": ["first@example.com"]}
    theirs = receive(db, "Let me in", BOB, thread=thread)
    assert theirs != conversation
    assert claimed(db, theirs) == str(conversation)
    assert state_of(db, theirs, "thread") != "first@example.com"


def test_a_disowned_mail_joins_nothing_under_the_customers_name(db, conversation):
    forged = receive(
        db,
        "Send it elsewhere",
        thread={"conversation": str(conversation), "subject": "My parcel"},
        metadata={"authentication": DISOWNED},
    )
    assert forged != conversation
    assert claimed(db, forged) == str(conversation)


def test_a_mail_without_any_findings_joins(db, conversation):
    nothing = {"authentication": {"dmarc": None, "trusted": False}}
    thread = {"conversation": str(conversation)}
    assert receive(db, "It's me", thread=thread, metadata=nothing) == conversation


def test_a_conversation_that_has_ended_is_reopened_by_its_thread(db, conversation):
    call(db, "resolve_conversation", conversation)
    old = "update conversations set resolved_at = now() - interval '30 days' where id = %s"
    db.execute(old, [conversation])
    thread = {"references": ["first@example.com"]}
    assert receive(db, "Broken again", thread=thread) == conversation
    assert state_of(db, conversation, "status") == "open"


def test_an_anonymised_customers_subject_is_gone(db, conversation):
    customer = state_of(db, conversation, "customer_id")
    call(db, "anonymise_customer", customer)
    assert state_of(db, conversation, "subject") is None
    assert state_of(db, conversation, "thread") == str(conversation)


AUTOMATIC = {"may_open": False, "calls_for_answer": False}


def test_automatic_mail_opens_nothing_and_makes_no_customer(db):
    assert receive(db, "Out of office", metadata={"automatic": "auto_reply"}, **AUTOMATIC) is None
    assert one(db, "select count(*) from conversations") == 0
    assert one(db, "select count(*) from customer_profiles") == 0
    assert one(db, "select count(*) from dead_letters") == 0


def test_a_mail_that_says_that_it_is_automatic_opens_nothing(db):
    assert receive(db, "I am away", metadata={"automatic": "auto-replied"}) is None
    assert one(db, "select count(*) from customer_profiles") == 0


def test_automatic_mail_in_a_thread_is_shown_and_asks_nothing(db, conversation):
    db.execute("update private.reply_jobs set state = 'cancelled', outcome = 'superseded'")
    thread = {"references": ["first@example.com"]}
    found = receive(db, "Out", thread=thread, metadata={"automatic": "auto_reply"})
    assert found == conversation
    assert one(db, "select count(*) from private.reply_jobs where state = 'waiting'") == 0
    query = "select calls_for_answer from messages where content = 'Out'"
    assert one(db, query) is False


def test_automatic_mail_does_not_wake_what_has_ended(db, conversation):
    call(db, "resolve_conversation", conversation)
    thread = {"references": ["first@example.com"]}
    receive(db, "Out", thread=thread, metadata={"automatic": "auto_reply"}, **AUTOMATIC)
    assert state_of(db, conversation, "status") == "resolved"


def test_the_other_mails_of_a_batch_are_stored_beside_one_that_may_not_open(db):
    ingest(db, mail("Out", **AUTOMATIC), mail("Hello", BOB), channel_type="email")
    assert rows(db, "select content from messages") == ["Hello"]


def test_root_and_reply_in_one_batch_are_one_conversation(db):
    root = mail("First", external_id="root@example.com")
    reply = mail("Second", thread={"references": ["root@example.com"]})
    ingest(db, root, reply, channel_type="email")
    assert one(db, "select count(distinct conversation_id) from messages") == 1


def test_who_writes_can_be_reached_again(db, conversation):
    db.execute("update customer_identities set unreachable_since = now()")
    receive(db, "I am here", thread={"references": ["first@example.com"]})
    assert one(db, "select unreachable_since from customer_identities") is None


def test_chats_know_no_threads(db):
    from tests.sql.rows import write_in

    first, second = write_in(db, "One"), write_in(db, "Two")
    assert first == second
    assert state_of(db, first, "thread") == ""


def continues(db, conversation):
    """What a conversation continues, and who has it."""
    query = "select metadata ->> 'continues_conversation' from messages where conversation_id = %s"
    [noted] = [found for found in rows(db, query, conversation) if found]
    reason = state_of(db, conversation, "handed_over_reason")
    return noted, state_of(db, conversation, "ai_mode"), reason


UNPROVEN = {"authentication": {"dmarc": "none", "spf": "softfail", "trusted": False}}


def test_an_unproven_mail_joins_by_what_it_answers_only(db, conversation):
    token = {"conversation": str(conversation), "subject": "My parcel"}
    number = {"tag": state_of(db, conversation, "number")}
    answered_mail = {"references": ["first@example.com"]}
    assert receive(db, "1", thread=token | answered_mail, metadata=UNPROVEN) == conversation
    for thread in (token, number):
        found = receive(db, "2", thread=thread, metadata=UNPROVEN)
        assert found != conversation
        assert claimed(db, found) == str(conversation)
    same_subject = {"subject": "My parcel"}
    assert receive(db, "3", thread=same_subject, metadata=UNPROVEN) != conversation


@pytest.mark.parametrize(
    ("authentication", "is_verified", "is_cleared"),
    [
        (PROVEN, True, True),
        (UNPROVEN["authentication"], False, False),
        ({"dmarc": None, "trusted": False}, False, True),
    ],
)
def test_only_a_proven_mail_verifies_and_a_doubtful_one_clears_nothing(
    db, authentication, is_verified, is_cleared
):
    query = "select is_verified, unreachable_since is null from customer_identities"
    receive(db, "Hello", metadata=UNPROVEN)
    assert rows(db, query) == [(False, True)]
    db.execute("update customer_identities set unreachable_since = now()")
    receive(db, "Hello", metadata={"authentication": authentication})
    assert rows(db, query) == [(is_verified, is_cleared)]


def test_a_proven_mail_verifies_its_sender_alone(db):
    receive(db, "Hello", BOB, metadata=UNPROVEN)
    receive(db, "Hello")
    assert rows(db, "select value from customer_identities where is_verified") == [ADA]


def left_chat(db):
    """A visitor's conversation, who left Ada's address."""
    add_widget(db)
    visitor = add_user(db)
    chat = start_chat(db, visitor)
    with acting(db, visitor):
        call(db, "leave_email", ADA)
    return chat


TO_PEOPLE = ("human", "continues another conversation")


def test_an_answer_to_a_mail_in_place_of_whatsapp_says_what_it_continues(db):
    chat = answered(db)
    add_identity(db, chat, value=ADA)
    report(db, claim_from(db), "failed", code="131026")
    report(db, claim_from(db, "email"), "sent", external_ids=["c.1@shop.example"])
    thread = {"references": ["c.1@shop.example"]}
    found = receive(db, "Thanks", thread=thread)
    assert found != chat
    assert continues(db, found) == (str(chat), *TO_PEOPLE)
    assert state_of(db, found, "customer_id") == state_of(db, chat, "customer_id")
    assert receive(db, "One more thing", thread=thread) == found
    query = "select count(*) from private.reply_jobs where conversation_id = %s"
    assert one(db, query, found) == 0


def test_an_answer_to_a_chats_mail_says_what_it_continues_and_keeps_its_customer(db):
    chat = left_chat(db)
    found = receive(db, "Thanks", thread={"conversation": str(chat)})
    assert continues(db, found) == (str(chat), *TO_PEOPLE)
    assert state_of(db, found, "customer_id") != state_of(db, chat, "customer_id")


@pytest.mark.parametrize(
    ("sender", "more"),
    [
        (BOB, {}),
        (ADA, {"metadata": {"authentication": DISOWNED}}),
        (ADA, {"metadata": {"authentication": {"dmarc": None, "trusted": False}}}),
    ],
)
def test_nobody_else_continues_a_chat(db, sender, more):
    chat = left_chat(db)
    found = receive(db, "Let me in", sender, thread={"conversation": str(chat)}, **more)
    assert claimed(db, found) == str(chat)
    assert state_of(db, found, "ai_mode") == "auto"


def test_a_doubtful_mail_continues_nothing_under_its_customers_name(db):
    chat = answered(db)
    add_identity(db, chat, value=ADA)
    thread = {"conversation": str(chat)}
    found = receive(db, "Send it elsewhere", thread=thread, metadata={"authentication": DISOWNED})
    assert claimed(db, found) == str(chat)
    assert state_of(db, found, "ai_mode") == "auto"


def test_who_took_the_address_back_is_not_continued(db):
    chat = left_chat(db)
    db.execute("update private.email_consents set revoked_at = now()")
    found = receive(db, "Thanks", thread={"conversation": str(chat)})
    assert state_of(db, found, "ai_mode") == "auto"


def test_a_stranger_with_the_token_goes_on_with_their_own_conversation(db, conversation):
    thread = {"conversation": str(conversation), "subject": "Other"}
    theirs = receive(db, "Let me in", BOB, thread=thread)
    assert receive(db, "Please", BOB, thread=thread) == theirs
    assert receive(db, "Please", BOB, thread=thread | {"subject": "New"}) == theirs
