"""What customers asked that no article answered."""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.mails import receive
from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    add_user,
    answer,
    call,
    claim_turns,
    one,
    record,
    refused,
    rows,
    write_in,
)

LONG = "Repair of umbrellas? " * 5000


def ask(db, text, phone, language="en", **reply):
    """A customer asks and the AI hands over, or does what the reply says."""
    talk = write_in(db, text, phone, language=language)
    [turn] = claim_turns(db)
    record(db, turn, {"outcome": "hand_over", "question": text, **reply})
    return talk


def gaps(db, *args):
    query = "select question, language, conversations from knowledge_gaps({})"
    return rows(db, query.format(", ".join(["%s"] * len(args))), *args)


def test_questions_that_are_alike_are_one_gap(db):
    first = ask(db, "Do you repair umbrellas?", "4915100000001")
    second = ask(db, "Could you repair my umbrella?", "4915100000002", reason="no_answer")
    ask(db, "Is there parking?", "4915100000003")
    [(question, language, count), other] = gaps(db)
    assert (question.count("epair"), language, count) == (1, "en", 2)
    assert other == ("Is there parking?", "en", 1)
    query = "select conversation_ids from knowledge_gaps() limit 1"
    assert sorted(one(db, query)) == sorted([first, second])


def test_a_question_of_many_words_leaves_room_for_rare_ones(db):
    for phone in ("4915100000001", "4915100000002"):
        ask(db, "Repair broken umbrella handle near station tomorrow?", phone)
    ask(db, "Is there parking?", "4915100000003")
    assert [count for _, _, count in gaps(db, timedelta(days=1), 2)] == [2, 1]


def test_a_question_of_nothing_but_common_words_is_a_gap_of_its_own(db):
    for phone, text in enumerate(
        ("Red umbrella handle repair", "Blue kettle parking ticket", "Red umbrella blue kettle"),
    ):
        ask(db, text, f"491510000000{phone}")
        ask(db, text, f"491510000001{phone}")
    ask(db, "Handle repair parking ticket red blue", "4915100000099")
    assert sum(count for _, _, count in gaps(db)) == 7


def test_one_conversation_counts_once(db):
    ask(db, "Do you repair umbrellas?", "4915100000001")
    db.execute("update conversations set ai_mode = 'auto'")
    ask(db, "Repair umbrellas?", "4915100000001")
    assert [count for _, _, count in gaps(db)] == [1]


def test_languages_stay_apart(db):
    ask(db, "Hotel taxi?", "4915100000001")
    ask(db, "Hotel taxi?", "4915100000002", language="de")
    assert sorted(language for _, language, _ in gaps(db)) == ["de", "en"]


@pytest.mark.parametrize("reason", ["asked_for_human", "complaint", "deadline", "model_error"])
def test_what_no_article_could_have_answered_is_no_gap(db, reason):
    ask(db, "Do you repair umbrellas?", "4915100000001", reason=reason)
    assert gaps(db) == []


def test_a_choice_is_a_gap_once_a_person_was_needed(db):
    article = add_article(db)
    choice = answer(article, outcome="clarify", choices=["Delivery"])
    ask(db, "Umbrella repair?", "4915100000001", **{**choice, "question": "Umbrella repair?"})
    assert gaps(db) == []
    ask(db, "None of these helps", "4915100000001")
    assert ("Umbrella repair?", "en", 1) in gaps(db)


def test_an_answer_is_no_gap(db):
    article = add_article(db)
    ask(db, "Delivery time?", "4915100000001", **answer(article))
    assert gaps(db) == []


def test_what_an_answer_left_out_is_a_gap(db):
    article = add_article(db)
    asked = "Delivery time? Do you repair umbrellas?"
    in_part = answer(article) | {"question": asked, "left_out": "Do you repair umbrellas"}
    ask(db, asked, "4915100000001", **in_part)
    assert gaps(db) == [("Do you repair umbrellas", "en", 1)]
    ask(db, "Could you repair umbrellas?", "4915100000002")
    assert [count for _, _, count in gaps(db)] == [2]


def test_what_an_answer_left_out_goes_with_all_traces(db):
    in_part = answer(add_article(db)) | {"question": "Both?", "left_out": "Do you repair umbrellas"}
    talk = ask(db, "Both?", "4915100000001", **in_part)
    db.execute("select private.blank_traces(array[%s::uuid])", [talk])
    assert one(db, "select left_out from ai_runs") is None
    assert gaps(db) == []


def test_what_was_left_out_of_an_answer_that_was_not_given_counts_with_all_of_it(db):
    asked = "Delivery time? Do you repair umbrellas?"
    ask(db, asked, "4915100000001", left_out="Do you repair umbrellas")
    assert gaps(db) == [(asked, "en", 1)]


def test_only_lately_and_so_many(db):
    ask(db, "Do you repair umbrellas?", "4915100000001")
    db.execute("update private.open_questions set asked_at = now() - interval '2 days'")
    ask(db, "Is there parking?", "4915100000002")
    assert gaps(db, timedelta(days=1)) == [("Is there parking?", "en", 1)]
    assert len(gaps(db, timedelta(days=3), 1)) == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ok", "en"),
        ("Yes please!", "en"),
        ("Thanks :)", "de"),
        ("okkk", "en"),
        ("\U0001f44d\U0001f3fd", "en"),
        ("\U0001f622 \U0001f622", "zh"),
        ("4711", "en"),
        ("Ja, genau", "de"),
        ("ja", "en"),
        ("s\u00ed, gracias", "es"),
        ("\u0434\u0430", "ru"),
        ("\u597d\u7684\uff0c\u8c22\u8c22", "zh"),
        ("\u0646\u0639\u0645", "ar"),
    ],
)
def test_a_yes_or_thanks_asks_nothing(db, text, language):
    ask(db, text, "4915100000001", language=language)
    assert gaps(db) == []


@pytest.mark.parametrize(
    ("text", "language", "terms"),
    [
        ("SIM card?", "en", ["card", "sim"]),
        ("Wo ist mein LG?", "de", ["lg"]),
        ("\u00bfD\u00f3nde uso mi vale?", "es", ["dond", "uso", "val"]),
        ("Sim, obrigado", "pt", []),
        ("Vale, gracias", "es", []),
        ("Passt, LG", "de", []),
    ],
)
def test_a_yes_that_names_a_thing_asks_nothing_only_where_nothing_else_is_said(
    db, text, language, terms
):
    assert call(db, "private.asked_terms", text, language) == terms


def test_politeness_makes_no_other_question(db):
    ask(db, "Hello, do you repair umbrellas? Thanks, kind regards", "4915100000001")
    ask(db, "Do you repair umbrellas?", "4915100000002")
    assert [count for _, _, count in gaps(db)] == [2]


def test_small_talk_is_no_gap_though_a_person_was_needed_after(db):
    small_talk = {"outcome": "clarify", "wire": "rules", "intent": "greeting", "content": "Hi"}
    ask(db, "Good umbrella news", "4915100000001", sources=[], **small_talk)
    ask(db, "Umbrella repair?", "4915100000001")
    assert gaps(db) == [("Umbrella repair?", "en", 1)]


def test_a_choice_is_a_gap_once_a_person_was_needed_by_a_no(db):
    article = add_article(db)
    choice = {**answer(article, outcome="clarify", choices=["Delivery"])}
    ask(db, "Umbrella repair?", "4915100000001", **{**choice, "question": "Umbrella repair?"})
    ask(db, "no", "4915100000001")
    assert gaps(db) == [("Umbrella repair?", "en", 1)]


@pytest.fixture
def asked(db):
    """A question of one customer that we asked back about."""
    choice = answer(add_article(db), outcome="clarify", choices=["Delivery", "Returns"])
    ask(db, "Umbrella repair?", "4915100000001", **{**choice, "question": "Umbrella repair?"})


def say(db, text, **reply):
    """What that customer says next, and the AI hands over, or does what the reply says."""
    ask(db, text, "4915100000001", **reply)


@pytest.mark.parametrize(
    "reply",
    [
        {"reason": "asked_for_human", "wire": "rules"},
        {"reason": "not_helped", "wire": "rules"},
        {"reason": "clarified_before"},
        {"reason": "clarified_before", "wire": "rules"},
        {"outcome": "clarify", "content": "Which?", "signals": {"asks_for_human": True}},
    ],
)
def test_a_choice_is_a_gap_once_the_customer_wanted_a_person(db, asked, reply):
    db.execute("update hand_over_rules set reason = 'wants_us' where signal = 'asks_for_human'")
    say(db, "2", **reply)
    assert gaps(db) == [("Umbrella repair?", "en", 1)]


@pytest.mark.parametrize("reason", ["complaint", "deadline", "model_error"])
def test_a_choice_is_no_gap_for_what_no_article_could_have_answered(db, asked, reason):
    say(db, "2", reason=reason)
    assert gaps(db) == []


def test_a_choice_whose_pick_was_answered_is_no_gap_whatever_comes_later(db, asked):
    say(db, "1", **answer(add_article(db)))
    say(db, "7")
    assert gaps(db) == []
    db.execute("update conversations set ai_mode = 'auto'")
    say(db, "Is there parking?")
    assert gaps(db) == [("Is there parking?", "en", 1)]


def test_what_was_missed_stays_a_gap_whatever_is_answered_later(db, asked):
    say(db, "2")
    db.execute("update conversations set ai_mode = 'auto'")
    say(db, "How long?", **answer(add_article(db)))
    assert gaps(db) == [("Umbrella repair?", "en", 1)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("number 1 please", "en"),
        ("Option 2", "en"),
        ("I would like the second one", "en"),
        ("none of these helps", "en"),
        ("Nummer 1 bitte", "de"),
        ("die erste Antwort", "de"),
        ("le premier, merci", "fr"),
        ("la opción número 3", "es"),
        ("il primo", "it"),
        ("a segunda opção", "pt"),
        ("de tweede graag", "nl"),
        ("numer 1 proszę", "pl"),
        ("второй вариант", "ru"),
        ("birinci seçenek", "tr"),
        ("الخيار الثاني", "ar"),
        ("第二个", "zh"),
        ("keins davon", "de"),
        ("aucun de ceux-ci", "fr"),
        ("ninguno de estos", "es"),
        ("nessuno di questi", "it"),
        ("nenhum destes", "pt"),
        ("geen van deze", "nl"),
        ("żadne z nich", "pl"),
        ("ничего из этого", "ru"),
        ("bunların hiçbiri", "tr"),
        ("لا شيء من هذا", "ar"),
        ("都不是", "zh"),
    ],
)
def test_what_only_answers_our_question_is_no_question_of_its_own(db, asked, text, language):
    db.execute("update conversations set language = %s", [language])
    say(db, text)
    assert [question for question, _, _ in gaps(db)] == ["Umbrella repair?"]


def test_another_question_after_ours_is_one_of_its_own(db, asked):
    say(db, "Is there bicycle parking?")
    assert {question for question, _, _ in gaps(db)} == {
        "Umbrella repair?",
        "Is there bicycle parking?",
    }


def test_a_word_that_was_not_asked_for_is_a_question(db):
    say(db, "Numbers?")
    assert gaps(db) == [("Numbers?", "en", 1)]


@pytest.mark.parametrize(
    ("length", "shown"), [(200, LONG[:200]), (201, LONG[:199] + "…"), (100_000, LONG[:199] + "…")]
)
def test_a_long_question_is_shown_by_its_beginning(db, length, shown):
    say(db, LONG[:length])
    assert gaps(db) == [(shown, "en", 1)]


def ask_by_mail(db, subject, text, sender):
    """A customer asks by mail, and the AI hands over what it is asked."""
    receive(db, text, sender, metadata={"subject": subject})
    [turn] = claim_turns(db)
    record(db, turn, {"outcome": "hand_over", "question": turn["question"]})


def test_mails_of_one_subject_are_as_many_gaps_as_they_ask(db):
    subject = "Question about my order from your web shop"
    for number, text in enumerate(
        ("Do you repair umbrellas?", "Is there parking nearby?", "Can you repair my umbrella?")
    ):
        ask_by_mail(db, subject, f"Hello,\n\n{text}\n\nKind regards", f"{number}@example.com")
    assert [count for _, _, count in gaps(db)] == [2, 1]


def test_a_mail_that_asks_in_its_subject_is_grouped_by_it(db):
    ask_by_mail(db, "Umbrella repair", "Do you do this?", "ada@example.com")
    ask_by_mail(db, "Umbrella repair", "", "grace@example.com")
    ask_by_mail(db, "Parking", "Hello, is this possible?", "edith@example.com")
    assert [count for _, _, count in gaps(db)] == [2, 1]


@pytest.mark.parametrize(
    ("first", "text", "found"),
    [
        ({"outcome": "clarify", "choices": ["Delivery"]}, "number 1 please", 1),
        ({}, "7", 0),
    ],
)
def test_the_subject_of_a_mail_that_follows_is_no_question(db, first, text, found):
    talk = receive(db, "Do you do this?", metadata={"subject": "Umbrella repair"})
    [turn] = claim_turns(db)
    record(db, turn, answer(add_article(db), question=turn["question"], **first))
    again = receive(
        db,
        text,
        thread={"conversation": str(talk)},
        metadata={"subject": "The umbrella of last week"},
    )
    [turn] = claim_turns(db)
    record(db, turn, {"outcome": "hand_over", "question": turn["question"]})
    asked = ["Umbrella repair\nDo you do this?"][:found]
    assert (again, [question for question, _, _ in gaps(db)]) == (talk, asked)


def test_blanked_questions_leave_no_words(db):
    talk = ask(db, "Do you repair umbrellas?", "4915100000001")
    call(db, "private.blank_traces", [talk])
    assert rows(db, "select run_id from private.open_questions") == []


def test_customers_may_not_ask(db):
    with acting(db, add_user(db)), refused(db, "PT403"):
        gaps(db)
    with acting(db, add_agent(db)):
        assert gaps(db) == []
