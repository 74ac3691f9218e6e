"""STOP and START are heard whoever has the conversation: consent is a matter of law."""

from __future__ import annotations

import pytest

from tests.sql.mails import receive
from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    answer,
    call,
    claim_turns,
    ingest,
    message,
    one,
    record,
    rows,
    said,
    state_of,
    write_in,
)
from worker.phrases import LANGUAGES

REVOKED = "select revoked_at is not null from customer_identities"
CONSENT = "select consented_at > now(), consent_source, revoked_at from customer_identities"


def nothing(db, conversation):
    """The AI has the conversation."""


def taken_over(db, conversation):
    with acting(db, add_agent(db)):
        call(db, "take_over", conversation)


def resolved(db, conversation):
    with acting(db, add_agent(db)):
        call(db, "resolve_conversation", conversation)


def switched_off(db, conversation):
    db.execute("insert into ai_settings (channel_type, mode) values ('whatsapp', 'off')")


OWNERS = [nothing, taken_over, resolved, switched_off]


@pytest.mark.parametrize("happens", OWNERS)
def test_stop_is_heard_as_it_comes_in(db, happens):
    happens(db, write_in(db, "Hello"))
    assert rows(db, REVOKED) == [False]
    write_in(db, "STOP")
    assert rows(db, REVOKED) == [True]


@pytest.mark.parametrize("happens", OWNERS)
def test_start_gives_back_what_stop_took(db, happens):
    happens(db, write_in(db, "Stopp bitte"))
    write_in(db, "Start")
    assert rows(db, CONSENT) == [(True, "START, written by the customer", None)]


def test_start_of_who_never_said_stop_is_no_consent(db):
    write_in(db, "START")
    assert rows(db, CONSENT) == [(None, None, None)]


def test_the_last_of_several_counts(db):
    for word in ("STOP", "START", "STOP"):
        write_in(db, word)
    assert rows(db, REVOKED) == [True]


def test_a_mail_may_say_it_in_its_subject_alone(db):
    receive(db, "", metadata={"subject": "Unsubscribe"})
    assert rows(db, REVOKED) == [True]


def test_automatic_mail_wishes_nothing(db):
    receive(db, "Stop", calls_for_answer=False)
    assert rows(db, REVOKED) == [False]


def test_a_turn_is_told_what_was_wished_and_what_held_before(db):
    db.execute("delete from hand_over_rules")
    article = add_article(db)
    for text, name, had_opted_out in (
        ("STOP", "opt_out", True),
        ("START", "opt_in", True),
        ("START", "opt_in", False),
    ):
        write_in(db, text)
        [turn] = claim_turns(db)
        assert (turn["wish"]["wish"], turn["had_opted_out"]) == (name, had_opted_out)
        record(db, turn, answer(article))


def confirmed(db, conversation):
    """What the customer was told of their wishes."""
    return rows(
        db,
        "select metadata ->> 'event', content from messages where conversation_id = %s"
        " and sender_type = 'system' and metadata ->> 'event' in ('opt_out', 'opt_in')"
        " order by seq",
        conversation,
    )


def in_shadow(db, conversation):
    db.execute("insert into ai_settings (mode) values ('shadow')")


def test_a_turn_says_what_its_customer_says_in_it_and_left_there(db):
    conversation = write_in(db, "Where is it?")
    record(db, claim_turns(db)[0], answer(add_article(db)))
    write_in(db, "Stop")
    db.execute(
        "insert into messages (conversation_id, sender_type, content, is_private)"
        " values (%s, 'system', 'A note', true)",
        [conversation],
    )
    write_in(db, "No, wait")
    write_in(db, "!")
    db.execute("update messages set deleted_at = now() where content = 'No, wait'")
    of = "from private.reply_jobs order by created_at desc limit 1"
    assert one(db, f"select private.question_of(reply_jobs) {of}") == "Stop\n!"
    assert one(db, f"select private.wish_said(reply_jobs, 'en') ->> 'wish' {of}") == "opt_out"


@pytest.mark.parametrize("happens", [taken_over, switched_off, in_shadow])
def test_where_people_have_the_conversation_the_system_confirms(db, happens):
    conversation = write_in(db, "Guten Tag", language="de")
    happens(db, conversation)
    write_in(db, "STOP", language="de")
    write_in(db, "START", language="de")
    assert confirmed(db, conversation) == [
        ("opt_out", call(db, "private.stopped_text", "de")),
        ("opt_in", call(db, "private.resumed_text", "de")),
    ]
    assert one(db, "select count(*) from messages where sender_type = 'ai'") == 0
    assert state_of(db, conversation, "ai_mode") == "human"
    sent = "select count(*) from private.deliveries join messages on messages.id = message_id"
    assert one(db, f"{sent} where metadata ->> 'event' in ('opt_out', 'opt_in')") == 2


def test_where_the_ai_has_it_the_answer_is_the_ais_alone(db):
    conversation = write_in(db, "Guten Tag", language="de")
    write_in(db, "STOP", language="de")
    assert confirmed(db, conversation) == []
    [turn] = claim_turns(db)
    assert turn["wish"] is None
    write_in(db, "STOP", "4915100000009", language="fr")
    [turn] = claim_turns(db)
    assert turn["wish"]["text"] == call(db, "private.stopped_text", "fr")


def test_what_the_ai_could_not_answer_in_time_the_system_confirms(db):
    conversation = write_in(db, "Wo ist mein Paket?", language="de")
    write_in(db, "STOP", language="de")
    db.execute("update private.reply_jobs set deadline = clock_timestamp()")
    assert call(db, "private.sweep")["handed_over"] == 1
    assert said(db, conversation)[-2:] == [
        ("system", call(db, "private.hand_over_text", "de")),
        ("system", call(db, "private.stopped_text", "de")),
    ]


def test_what_the_ai_has_confirmed_is_not_confirmed_at_a_hand_over(db):
    db.execute("delete from hand_over_rules")
    conversation = write_in(db, "STOP")
    [turn] = claim_turns(db)
    small_talk = {"outcome": "clarify", "wire": "rules", "intent": "opt_out", "sources": []}
    assert record(db, turn, answer(add_article(db), **small_talk)) == "clarified"
    with acting(db, add_agent(db)):
        call(db, "hand_over", conversation)
    assert confirmed(db, conversation) == []


def test_what_a_person_takes_before_the_ai_has_answered_the_system_confirms(db):
    conversation = write_in(db, "STOP", language="de")
    [turn] = claim_turns(db)
    taken_over(db, conversation)
    assert confirmed(db, conversation) == [("opt_out", call(db, "private.stopped_text", "de"))]
    assert record(db, turn, answer(add_article(db))) == "fenced"
    taken_over(db, conversation)
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "system"]


def test_a_wish_that_was_taken_back_is_not_confirmed(db):
    conversation = write_in(db, "STOP")
    db.execute("update messages set deleted_at = now()")
    taken_over(db, conversation)
    assert confirmed(db, conversation) == []


def test_what_a_person_has_answered_is_not_confirmed_when_another_takes_it(db):
    conversation = write_in(db, "STOP")
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "We have noted it.")
    taken_over(db, conversation)
    assert confirmed(db, conversation) == []


@pytest.mark.parametrize(("order", "note"), [((0, 1), False), ((1, 0), True)])
def test_what_was_said_before_and_a_note_answer_no_wish(db, order, note):
    agent, conversation = add_agent(db), write_in(db, "Hello")
    for step in order:
        if step:
            write_in(db, "STOP")
        else:
            with acting(db, agent):
                call(db, "send_message", conversation, "Hm", None, None, note)
                call(db, "give_back", conversation)
    db.execute("delete from private.reply_jobs")
    db.execute("delete from messages where metadata ->> 'event' = 'opt_out'")
    call(db, "private.confirm_open_wish", conversation)
    assert [event for event, _ in confirmed(db, conversation)] == ["opt_out"]


def test_a_wish_of_another_day_is_not_confirmed_when_somebody_takes_it(db):
    conversation = write_in(db, "STOP")
    taken_over(db, conversation)
    db.execute("update messages set created_at = created_at - interval '1 day'")
    taken_over(db, conversation)
    assert [event for event, _ in confirmed(db, conversation)] == ["opt_out"]


@pytest.mark.parametrize("mode", ["shadow", "off"])
def test_where_the_ai_hears_that_people_answer_the_system_confirms(db, mode):
    db.execute("insert into ai_settings (language, mode) values ('fr', %s)", [mode])
    conversation = write_in(db, "STOP", "999")
    assert confirmed(db, conversation) == []
    [turn] = claim_turns(db)
    heard = {"language": "fr", "language_probability": 0.9}
    record(db, turn, answer(add_article(db), **heard))
    assert confirmed(db, conversation) == [("opt_out", call(db, "private.stopped_text", "fr"))]


def test_a_wish_is_confirmed_once_a_day(db):
    conversation = write_in(db)
    taken_over(db, conversation)
    for text in ("STOP", "stop!", "Unsubscribe"):
        write_in(db, text)
        with acting(db, add_agent(db)):
            call(db, "send_message", conversation, "We have noted it.")
    assert [event for event, _ in confirmed(db, conversation)] == ["opt_out"]
    db.execute("update messages set created_at = created_at - interval '1 day'")
    write_in(db, "STOP")
    assert [event for event, _ in confirmed(db, conversation)] == ["opt_out"] * 2


def test_a_wish_is_confirmed_again_once_another_was(db):
    conversation = write_in(db)
    taken_over(db, conversation)
    for text in ("STOP", "START", "start", "STOP", "stop"):
        write_in(db, text)
    assert [event for event, _ in confirmed(db, conversation)] == ["opt_out", "opt_in", "opt_out"]
    assert rows(db, REVOKED) == [True]


def test_stop_and_start_in_turns_are_confirmed_five_times_a_day(db):
    conversation = write_in(db)
    taken_over(db, conversation)
    for _ in range(5):
        write_in(db, "STOP")
        write_in(db, "START")
    events = [event for event, _ in confirmed(db, conversation)]
    assert events == ["opt_out", "opt_in", "opt_out", "opt_in", "opt_out"]
    write_in(db, "STOP")
    assert rows(db, REVOKED) == [True]


def test_the_last_confirmation_of_a_day_is_of_a_stop(db):
    conversation = write_in(db, "STOP")
    taken_over(db, conversation)
    db.execute("update messages set created_at = created_at - interval '1 day'")
    for _ in range(5):
        write_in(db, "START")
        write_in(db, "STOP")
    events = [event for event, _ in confirmed(db, conversation)]
    assert events == ["opt_out", "opt_in", "opt_out", "opt_in", "opt_out"]


def test_a_stop_after_the_ais_confirmation_of_start_is_confirmed(db):
    db.execute("delete from hand_over_rules")
    for text in ("STOP", "START"):
        conversation = write_in(db, text)
        confirm_by_ai(db)
    taken_over(db, conversation)
    write_in(db, "STOP")
    assert [event for event, _ in confirmed(db, conversation)] == ["opt_out"]


def test_what_the_ai_confirmed_the_system_does_not_confirm_again(db):
    db.execute("delete from hand_over_rules")
    conversation = write_in(db, "STOP")
    confirm_by_ai(db)
    taken_over(db, conversation)
    write_in(db, "STOP")
    assert confirmed(db, conversation) == []


def confirm_by_ai(db):
    """The AI answers what is asked as it answers STOP and START."""
    article = add_article(db)
    for turn in claim_turns(db):
        wish = turn["wish"] or {"wish": "greeting", "text": "Hello!"}
        reply = {"outcome": "clarify", "wire": "rules", "sources": []}
        reply |= {"intent": wish["wish"], "content": wish["text"]}
        record(db, turn, answer(article, **reply))


def write_mails(db, *subjects):
    """Mails without words of one sender, each with a conversation of its own."""
    for number, subject in enumerate(subjects):
        thread = {"subject": f"{subject} {number}", "references": [f"{number}@example.com"]}
        receive(db, "", metadata={"subject": subject}, thread=thread)
        confirm_by_ai(db)
    assert one(db, "select count(*) from conversations") == len(subjects)


TOLD = "select count(*) from messages where sender_type <> 'customer' and not is_private"


@pytest.mark.parametrize("subject", ["Unsubscribe", "Hello"])
def test_a_machine_that_unsubscribes_with_every_mail_is_answered_no_more_than_another(db, subject):
    write_mails(db, *[subject] * 12)
    assert one(db, TOLD) == 6


def test_a_sender_of_many_conversations_is_told_once_a_day(db):
    in_shadow(db, None)
    write_mails(db, *["Unsubscribe"] * 4)
    assert one(db, TOLD) == 1
    assert rows(db, REVOKED) == [True]


def test_who_has_had_enough_mails_within_an_hour_gets_no_confirmation(db):
    in_shadow(db, None)
    db.execute("insert into ai_settings (channel_type, answers_per_hour) values ('email', 1)")
    write_mails(db, "Unsubscribe", "Start")
    assert one(db, TOLD) == 1
    assert rows(db, REVOKED) == [False]


def test_of_several_that_come_at_once_the_last_is_confirmed(db):
    conversation = write_in(db)
    taken_over(db, conversation)
    ingest(db, message("STOP"), message("START"), message("STOP"))
    assert [event for event, _ in confirmed(db, conversation)] == ["opt_out"]
    assert rows(db, REVOKED) == [True]


def test_start_of_who_never_said_stop_is_not_confirmed(db):
    conversation = write_in(db)
    taken_over(db, conversation)
    write_in(db, "START")
    assert confirmed(db, conversation) == []


def test_a_confirmation_is_no_first_response(db):
    conversation = write_in(db)
    taken_over(db, conversation)
    write_in(db, "STOP")
    assert state_of(db, conversation, "first_response_at") is None
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Hello!")
    assert state_of(db, conversation, "first_response_at") is not None


@pytest.mark.parametrize("words", ["stopped_text", "resumed_text"])
def test_a_confirmation_has_words_in_twelve_languages(db, words):
    texts = {call(db, f"private.{words}", language) for language in LANGUAGES}
    assert len(texts) == len(LANGUAGES) == 12
    for language in (None, "sv", "en-GB"):
        assert call(db, f"private.{words}", language) == call(db, f"private.{words}", "en")


@pytest.mark.parametrize(("subject", "text"), [("A question", "STOP"), ("Unsubscribe", "")])
def test_a_mail_whose_subject_says_something_else_is_a_wish_by_its_text(db, subject, text):
    receive(db, text, metadata={"subject": subject})
    [turn] = claim_turns(db)
    assert turn["wish"]["wish"] == "opt_out"
    assert rows(db, REVOKED) == [True]
