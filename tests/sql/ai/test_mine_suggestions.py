"""Solved conversations teach; a person decides; nothing personal is learnt."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from psycopg.types.json import Jsonb

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

QUESTION, SAID = "Do you repair broken umbrellas?", "Yes, in our shop, within one week."


@pytest.fixture
def agent(db):
    return add_agent(db)


def solve(db, agent, text=QUESTION, said=SAID, phone="4915100000001", reply=None, mine=True):
    """A customer asks, the AI does what the reply says, an agent answers and resolves."""
    talk = write_in(db, text, phone)
    [turn] = claim_turns(db)
    record(db, turn, {"outcome": "hand_over", "question": text, **(reply or {})})
    with acting(db, agent):
        if said:
            call(db, "send_message", talk, said)
        call(db, "resolve_conversation", talk)
    if mine:
        call(db, "private.mine_suggestions", timedelta(0))
    return talk


def found(db):
    query = "select kind, question, answer, count, state from knowledge_suggestions order by 2"
    return rows(db, query)


def suggestion(db):
    return one(db, "select id from knowledge_suggestions")


def test_what_an_agent_answered_is_proposed_as_an_article(db, agent):
    solve(db, agent)
    assert found(db) == [("article", QUESTION, SAID, 1, "proposed")]


@pytest.mark.parametrize(
    ("language", "text"), [("de", "Haben Sie Mitarbeiterrabatt?"), ("en", "Suits??")]
)
def test_a_question_of_one_word_is_a_question(db, agent, language, text):
    solve(db, agent, text, mine=False)
    db.execute("update conversations set language = %s", [language])
    call(db, "private.mine_suggestions", timedelta(0))
    assert [question for _, question, _, _, _ in found(db)] == [text]


@pytest.mark.parametrize("text", ["Hello, thank you!", "12345678?", "grace@example.com", "???"])
def test_what_asks_nothing_teaches_nothing(db, agent, text):
    solve(db, agent, text)
    assert found(db) == []


def test_an_answer_is_what_agents_said_first_up_to_the_next_question(db, agent):
    talk = write_in(db, "Do you repair umbrellas?")
    said = ["Before.", "(note)", "(gone)", "In our shop.", "(note)", "(gone)", "(ai)", "In a week."]
    with acting(db, agent):
        for text in said:
            call(db, "send_message", talk, text, None, None, text == "(note)")
    write_in(db, "Thanks")
    with acting(db, agent):
        call(db, "send_message", talk, "You are welcome.")
    db.execute("update messages set created_at = now() - interval '1 hour' where seq <= 2")
    db.execute("update messages set deleted_at = now() where content = '(gone)'")
    db.execute("update messages set sender_type = 'ai' where content = '(ai)'")
    since = one(db, "select now() - interval '1 minute'")
    assert call(db, "private.answer_of_agent", talk, since) == "In our shop.\nIn a week."


@pytest.mark.parametrize(
    "change", ["sender_type = 'ai'", "is_private = true", "deleted_at = now()"]
)
def test_an_answer_begins_with_what_an_agent_told_the_customer(db, agent, change):
    talk = write_in(db, "Do you repair umbrellas?")
    with acting(db, agent):
        call(db, "send_message", talk, "First")
    write_in(db, "Hello?")
    with acting(db, agent):
        call(db, "send_message", talk, "In our shop.")
    db.execute(f"update messages set {change} where content = 'First'")
    since = one(db, "select now() - interval '1 minute'")
    assert call(db, "private.answer_of_agent", talk, since) == "In our shop."


def test_the_same_question_again_is_counted(db, agent):
    first = solve(db, agent)
    second = solve(db, agent, "Broken umbrella: repair it?", phone="4915100000002")
    assert [count for _, _, _, count, _ in found(db)] == [2]
    assert one(db, "select conversation_ids from knowledge_suggestions") == [first, second]


def test_what_an_agent_took_back_teaches_nothing(db, agent):
    talk = solve(db, agent, said="On Mars.", mine=False)
    with acting(db, agent):
        call(db, "send_message", talk, SAID)
    db.execute("update messages set deleted_at = now() where content = 'On Mars.'")
    call(db, "private.mine_suggestions", timedelta(0))
    assert [said for _, _, said, _, _ in found(db)] == [SAID]


def test_one_conversation_counts_once(db, agent):
    talk = solve(db, agent)
    call(db, "private.suggest", "article", None, talk, QUESTION, SAID)
    assert [count for _, _, _, count, _ in found(db)] == [1]


def test_new_words_for_a_question_answered_well_are_a_phrasing(db, agent):
    article = add_article(db, "Delivery time")
    text = "When will the parcel reach us?"
    solve(db, agent, text, None, reply={**answer(article), "question": text})
    assert found(db) == [("phrasing", text, None, 1, "proposed")]


def test_what_the_ai_would_have_said_teaches_nothing(db, agent):
    db.execute("insert into ai_settings (mode) values ('shadow')")
    article = add_article(db, phrasings=["How long does shipping take?"])
    text = "When will the parcel reach us?"
    solve(db, agent, text, said=None, reply={**answer(article), "question": text})
    assert one(db, "select outcome from ai_runs where is_shadow") == "answered"
    assert found(db) == []


def test_words_that_an_article_has_are_no_news(db, agent):
    article = add_article(db, "Delivery time")
    text = "What is the delivery time?"
    solve(db, agent, text, None, reply={**answer(article), "question": text})
    assert found(db) == []


def test_what_was_asked_back_teaches_nothing(db, agent):
    text = "When will the parcel reach us?"
    reply = answer(add_article(db), outcome="clarify", content="Which parcel?", question=text)
    solve(db, agent, text, None, reply=reply)
    assert rows(db, "select outcome from ai_runs") == ["clarified"]
    assert found(db) == []


@pytest.mark.parametrize(
    ("pick", "learned"),
    [("1", 1), ("Delivery time", 1), ("2", 0), ("Yes, and no", 0)],
    ids=["its number", "its title", "another", "no pick"],
)
def test_words_that_had_to_be_asked_back_about_are_a_phrasing_of_what_was_picked(
    db, agent, pick, learned
):
    article, other = add_article(db, "Delivery time"), add_article(db, "Repairs")
    text = "When will the parcel reach us?"
    choices = [
        {"id": str(article), "title": "Delivery time"},
        {"id": str(other), "title": "Repairs"},
    ]
    back = {"outcome": "clarify", "content": "Which?", "choices": choices, "question": text}
    talk = write_in(db, text)
    record(db, claim_turns(db)[0], answer(article, **back))
    write_in(db, pick)
    record(db, claim_turns(db)[0], answer(article) | {"question": pick})
    with acting(db, agent):
        call(db, "resolve_conversation", talk)
    call(db, "private.mine_suggestions", timedelta(0))
    assert [question for _, question, *_ in found(db)].count(text) == learned


def test_words_of_an_articles_body_are_no_words_for_a_question(db, agent):
    article = add_article(db, "Delivery time", body="When will the parcel reach us? In two days.")
    text = "When will the parcel reach us?"
    solve(db, agent, text, None, reply={**answer(article), "question": text})
    assert [kind for kind, *_ in found(db)] == ["phrasing"]


@pytest.mark.parametrize(
    ("kind", "other_article", "language", "text"),
    [
        ("article", False, "en", "Bluetooth radio X200?"),
        ("phrasing", True, "en", "Bluetooth radio X200?"),
        ("phrasing", False, "de", "Bluetooth radio X200?"),
        ("phrasing", False, "en", "Bluetooth speakers across seven oceans?"),
    ],
    ids=["kind", "article", "language", "few words"],
)
def test_suggestions_are_alike_in_kind_article_language_and_half_of_their_words(
    db, agent, kind, other_article, language, text
):
    first, second = add_article(db, "Repairs"), add_article(db, "Umbrellas")
    talk, other = write_in(db), write_in(db, phone="4915100000002")
    db.execute("update conversations set language = 'en' where id = %s", [talk])
    db.execute("update conversations set language = %s where id = %s", [language, other])
    call(db, "private.suggest", "phrasing", first, talk, "Bluetooth radio X200?", None)
    call(db, "private.suggest", kind, second if other_article else first, other, text, None)
    assert [count for _, _, _, count, _ in found(db)] == [1, 1]


def test_a_short_answer_makes_no_article(db, agent):
    solve(db, agent, said="Yes, we do.")
    assert found(db) == []


@pytest.mark.parametrize("reason", ["asked_for_human", "complaint", "deadline"])
def test_what_went_to_people_for_another_reason_teaches_nothing(db, agent, reason):
    solve(db, agent, reply={"reason": reason})
    assert found(db) == []


def test_upkeep_waits_a_day_for_a_return(db, agent):
    solve(db, agent, mine=False)
    call(db, "private.upkeep")
    assert found(db) == []
    db.execute("update private.solved_conversations set resolved_at = now() - interval '25 hours'")
    call(db, "private.upkeep")
    assert len(found(db)) == 1


def test_a_conversation_that_opened_again_or_was_rated_badly_teaches_nothing(db, agent):
    solve(db, agent, mine=False)
    db.execute("update conversations set satisfaction_score = 1")
    assert call(db, "private.mine_suggestions", timedelta(0)) == 0
    assert found(db) == []


def test_a_conversation_whose_customer_came_back_with_another_teaches_nothing(db, agent):
    talk = solve(db, agent, mine=False)
    again = write_in(db, "It broke again", "4915100000002")
    db.execute(
        "update conversations set created_at = clock_timestamp() + interval '1 s', customer_id ="
        " (select customer_id from conversations where id = %s) where id = %s",
        [talk, again],
    )
    assert call(db, "private.mine_suggestions", timedelta(0)) == 0
    assert found(db) == []


def test_personal_data_is_masked(db, agent):
    text = "I am Grace, order 12345678, mail grace@example.com, tel +49 151 1234567: umbrellas?"
    solve(db, agent, text, "Dear Grace, IBAN DE89 3704 0044 0532 is paid in 30 days.")
    [(_, question, said, _, _)] = found(db)
    assert question == "I am [name], order [number], mail [e-mail], tel [number]: umbrellas?"
    assert said == "Dear [name], IBAN [number] is paid in 30 days."


def test_only_the_most_frequent_stay_open(db, agent):
    for place, text in enumerate([QUESTION, QUESTION, "Is there parking outside?"]):
        solve(db, agent, text, phone=f"491510000000{place}", mine=False)
    call(db, "private.mine_suggestions", timedelta(0), 10, 1)
    assert [(question, count) for _, question, _, count, _ in found(db)] == [(QUESTION, 2)]


def test_an_approved_article_is_written(db, agent):
    solve(db, agent)
    with acting(db, agent):
        done = call(db, "decide_suggestion", suggestion(db), True, {"title": "Repairs"})
    assert done["state"] == "approved"
    assert rows(db, "select title, body, phrasings from knowledge_articles") == [
        ("Repairs", SAID, [QUESTION])
    ]
    assert one(db, "select decided_by from knowledge_suggestions") == agent
    assert one(db, "select changed_by from knowledge_versions") == agent


def test_an_approved_phrasing_joins_its_article(db, agent):
    article = add_article(db, "Delivery time")
    text = "When will the parcel reach us?"
    solve(db, agent, text, None, reply={**answer(article), "question": text})
    with acting(db, agent):
        done = call(db, "decide_suggestion", suggestion(db), True)
    assert done == {"state": "approved", "article_id": str(article)}
    assert one(db, "select phrasings from knowledge_articles") == [text]


@pytest.mark.parametrize("name", ["title", "body", "language"])
def test_of_a_phrasing_nothing_but_its_words_can_be_edited(db, agent, name):
    text = "When will the parcel reach us?"
    article = add_article(db, "Delivery time")
    solve(db, agent, text, None, reply={**answer(article), "question": text})
    with (
        acting(db, agent),
        pytest.raises(Exception, match=f"a phrasing has no {name}") as caught,
        db.transaction(),
    ):
        call(db, "decide_suggestion", suggestion(db), True, {name: "de"})
    assert caught.value.sqlstate == "PT400"


def test_what_was_refused_is_not_proposed_again(db, agent):
    solve(db, agent)
    with acting(db, agent):
        assert call(db, "decide_suggestion", suggestion(db), False)["article_id"] is None
    solve(db, agent, phone="4915100000002")
    assert [(count, state) for _, _, _, count, state in found(db)] == [(2, "refused")]
    assert rows(db, "select id from knowledge_articles") == []


def test_who_says_neither_yes_nor_no_refuses_nothing(db, agent):
    solve(db, agent)
    with acting(db, agent), refused(db, "PT400"):
        call(db, "decide_suggestion", suggestion(db), None)
    assert [state for *_, state in found(db)] == ["proposed"]


def test_a_masked_place_has_to_be_edited_first(db, agent):
    solve(db, agent, said="Yes, call 0800 123456 before you come.")
    with acting(db, agent), refused(db, "PT400"):
        call(db, "decide_suggestion", suggestion(db), True)
    with acting(db, agent):
        call(db, "decide_suggestion", suggestion(db), True, {"body": "Yes, call us first."})


@pytest.mark.parametrize(
    ("edited", "says"),
    [
        ({"titel": "Repairs"}, "a suggestion has no titel"),
        ({"title": {"en": "Repairs"}}, "the title is no text"),
        (["title"], "what was edited is no object"),
    ],
)
def test_what_nobody_can_edit_is_refused_by_name(db, agent, edited, says):
    solve(db, agent)
    with acting(db, agent), pytest.raises(Exception, match=says) as caught, db.transaction():
        call(db, "decide_suggestion", suggestion(db), True, Jsonb(edited))
    assert (caught.value.sqlstate, bool(caught.value.diag.message_hint)) == ("PT400", True)
    assert [state for *_, state in found(db)] == ["proposed"]


@pytest.mark.parametrize("edited", [None, Jsonb(None), {"title": None}])
def test_what_is_not_edited_stays_as_it_was_suggested(db, agent, edited):
    solve(db, agent)
    with acting(db, agent):
        call(db, "decide_suggestion", suggestion(db), True, edited)
    assert one(db, "select title from knowledge_articles") == QUESTION


def test_who_is_no_active_agent_decides_nothing(db, agent):
    solve(db, agent)
    wanted, former = suggestion(db), add_agent(db)
    db.execute("update agents set is_active = false where id = %s", [former])
    for person in (add_user(db), former):
        with acting(db, person), refused(db, "PT403"):
            call(db, "decide_suggestion", wanted, True)
    assert rows(db, "select id from knowledge_articles") == []


def test_an_agent_writes_articles_through_suggestions_alone(db, agent):
    solve(db, agent)
    query = (
        "select private.apply_suggestion(knowledge_suggestions, '{}') from knowledge_suggestions"
    )
    with acting(db, agent), refused(db, "42501"):
        db.execute(query)


def test_nothing_is_decided_twice(db, agent):
    solve(db, agent)
    with acting(db, agent):
        call(db, "decide_suggestion", suggestion(db), False)
        with refused(db, "PT409"):
            call(db, "decide_suggestion", suggestion(db), True)
        with refused(db, "PT404"):
            call(db, "decide_suggestion", uuid.uuid4(), True)


def test_erasing_a_customer_takes_their_words_along(db, agent):
    solve(db, agent)
    solve(db, agent, phone="4915100000002")
    [first, second] = rows(db, "select customer_id from conversations order by created_at")
    call(db, "erase_customer", second)
    assert one(db, "select cardinality(conversation_ids) from knowledge_suggestions") == 1
    call(db, "erase_customer", first)
    assert found(db) == []


def test_an_approved_suggestion_stays_without_the_conversation(db, agent):
    solve(db, agent)
    with acting(db, agent):
        call(db, "decide_suggestion", suggestion(db), True)
    call(db, "erase_customer", one(db, "select customer_id from conversations"))
    assert one(db, "select conversation_ids from knowledge_suggestions") == []


def test_visitors_see_no_suggestions(db, agent):
    solve(db, agent)
    with acting(db, add_user(db)):
        assert found(db) == []
