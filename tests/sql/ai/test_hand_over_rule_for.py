"""When the AI hands over, by rules that are rows (R51, R121)."""

from __future__ import annotations

import json
import time

import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    answer,
    call,
    claim_turns,
    one,
    record,
    refused,
    rows,
    state_of,
    write_in,
)
from tests.worker.sayings import of
from worker.phrases import signals


@pytest.fixture
def article(db):
    return add_article(db)


def add_rule(db, name="Rule", **columns):
    values = {"name": name, "position": 1, **columns}
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    query = f"insert into hand_over_rules ({names}) values ({places}) returning id"
    found = [json.dumps(value) if isinstance(value, dict) else value for value in values.values()]
    return one(db, query, *found)


def ask(db, text, reply, **more):
    """Lets a customer ask and the worker reply; gives the turn and the state that came of it."""
    write_in(db, text, **more)
    [turn] = claim_turns(db)
    return turn, record(db, turn, reply)


def clarify(article, **more):
    return answer(article, outcome="clarify", choices=[{"title": "Delivery"}], **more)


def note(db):
    query = "select metadata from messages where metadata ->> 'event' = 'hand_over_note'"
    return one(db, query)


def reason(db):
    return one(db, "select handed_over_reason from conversations")


@pytest.mark.parametrize(
    ("signal", "word"),
    [
        ("asks_for_human", "asked_for_human"),
        ("complaint", "complaint"),
        ("not_helped", "not_helped"),
    ],
)
def test_what_the_worker_hears_hands_over_even_a_sure_answer(db, article, signal, word):
    _, state = ask(db, "Hello", answer(article, signals={signal: True, "other": True}))
    assert state == "handed_over"
    assert reason(db) == word
    assert rows(db, "select outcome, reason from private.reply_jobs") == [("handed_over", word)]
    assert rows(db, "select outcome, reason from ai_runs") == [("handed_over", word)]


@pytest.mark.parametrize("signals", [{"complaint": False}, {"complaint": "yes"}, {}, [], "x", None])
def test_what_is_not_heard_hands_nothing_over(db, article, signals):
    assert ask(db, "Hello", answer(article, signals=signals))[1] == "answered"


def test_a_rule_that_is_off_does_nothing(db, article):
    db.execute("update hand_over_rules set is_enabled = false")
    assert ask(db, "Hello", answer(article, signals={"complaint": True}))[1] == "answered"


def test_the_gate_needs_no_rule(db, article):
    db.execute("delete from hand_over_rules")
    assert ask(db, "Hello", answer(article, confidence=0.5))[1] == "handed_over"
    assert reason(db) == "low_confidence"


def test_the_rule_is_kept_everywhere(db, article):
    rule = add_rule(db, "Upset", reason="upset", signal="complaint")
    ask(db, "Hello", answer(article, signals={"complaint": True}))
    assert one(db, "select handed_over_rule_id from conversations") == rule
    assert one(db, "select rule_id from private.reply_jobs") == rule
    assert one(db, "select rule_id from ai_runs") == rule
    assert (note(db)["rule"], note(db)["reason"]) == ("Upset", "upset")


def test_a_rule_gives_priority_tags_and_agent(db, article):
    agent = add_agent(db)
    add_rule(db, signal="complaint", priority="urgent", tags=["upset"], assign_agent_id=agent)
    ask(db, "Hello", answer(article, signals={"complaint": True}))
    query = "select priority, tags, assigned_agent_id from conversations"
    assert rows(db, query) == [("urgent", ["upset"], agent)]


def test_an_agent_who_is_not_active_gets_nothing(db, article):
    agent = add_agent(db)
    db.execute("update agents set is_active = false where id = %s", [agent])
    add_rule(db, signal="complaint", assign_agent_id=agent)
    ask(db, "Hello", answer(article, signals={"complaint": True}))
    assert one(db, "select assigned_agent_id from conversations") is None


KEYWORDS = [
    (["lawyer"], "I call my LAWYER!", True),
    (["lawyer"], "lawyers", False),
    (["take legal action"], "I will take -- legal action", True),
    (["réclamation"], "Une reclamation", True),
    (["жалоба"], "Это ЖАЛОБА.", True),
    (["律师"], "我要找律师谈", True),
    (["ทนาย"], "ผมจะหาทนายความ", True),
    (["(a+)+$", ".*"], "aaaa", False),
    (["50%"], "50 % off", True),
]


@pytest.mark.parametrize(("keywords", "text", "meets"), KEYWORDS)
def test_keywords_are_whole_words_without_case_and_accents(db, article, keywords, text, meets):
    add_rule(db, keywords=keywords, reason="keyword")
    turn, state = ask(db, text, answer(article))
    assert (state == "handed_over") is meets
    assert (turn["hand_over"] is not None) is meets


def test_keywords_cost_little_whatever_they_are(db, article):
    add_rule(db, keywords=[f"{'a' * 50}{number}" for number in range(500)])
    write_in(db, "a" * 100_000)
    began = time.perf_counter()
    [turn] = claim_turns(db)
    assert turn["hand_over"] is None
    assert time.perf_counter() - began < 2


MEETS = [
    ({"sentiment": "Negative"}, True),
    ({"sentiment": "positive"}, False),
    ({"intent": "refund"}, True),
    ({"intent": "order"}, False),
    ({"channel_type": "whatsapp"}, True),
    ({"channel_type": "email"}, False),
    ({"language": "de"}, True),
    ({"language": "fr"}, False),
    ({"has_tag": "gold"}, True),
    ({"has_tag": "silver"}, False),
    ({"customer_has": {"tier": "gold"}}, True),
    ({"customer_has": {"tier": "lead"}}, False),
    ({"sentiment": "negative", "channel_type": "email"}, False),
]


@pytest.mark.parametrize(("condition", "meets"), MEETS)
def test_everything_a_rule_says_must_hold(db, article, condition, meets):
    conversation = write_in(db, language="de-AT")
    db.execute("update conversations set tags = '{gold}' where id = %s", [conversation])
    db.execute('update customer_profiles set attributes = \'{"tier": "gold"}\'')
    add_rule(db, **condition)
    [turn] = claim_turns(db)
    reply = answer(article, signals={"sentiment": "negative"}, intent="Refund")
    assert (record(db, turn, reply) == "handed_over") is meets


def test_a_very_important_customer_is_known_before_a_model_is_asked(db):
    write_in(db)
    db.execute("update customer_profiles set attributes = '{\"vip\": true}'")
    [turn] = claim_turns(db)
    assert turn["hand_over"] == {
        "reason": "vip",
        "rule": "Very important customer",
        "spares_small_talk": False,
    }


def test_a_question_asked_again_after_its_answer_goes_to_people(db, article):
    ask(db, "Where is my order?", answer(article))
    turn, _ = ask(db, "where is my ORDER ??", answer(article))
    assert turn["hand_over"]["reason"] == "repeated_question"
    assert reason(db) == "repeated_question"


@pytest.mark.parametrize("text", ["Do you ship to France?", "Where is the invoice?", "👍", ""])
def test_another_question_is_none_asked_again(db, article, text):
    ask(db, "Where is my order?", answer(article))
    assert ask(db, text, answer(article))[1] == "answered"


def test_asking_again_after_a_choice_is_no_repetition(db, article):
    ask(db, "Where is my order?", clarify(article))
    assert ask(db, "Where is my order?", answer(article))[1] == "answered"


def test_after_six_turns_people_answer(db, article):
    others = [add_article(db, f"Topic {number}") for number in range(6)]
    words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"]
    for word, other in zip(words, others, strict=True):
        assert ask(db, f"What about {word}?", answer(other))[1] == "answered"
    turn, state = ask(db, "And golf?", answer(article))
    assert turn["hand_over"]["reason"] == reason(db) == "turn_limit"
    assert state == "handed_over"


def test_small_talk_neither_counts_nor_is_cut_off(db, article):
    add_rule(db, after_ai_turns=1, reason="turn_limit")
    thanks = clarify(article, intent="thanks", wire="rules")
    assert ask(db, "Thanks", thanks)[1] == "clarified"
    assert ask(db, "Where is my order?", answer(article))[1] == "answered"
    turn, state = ask(db, "Thanks", thanks)
    assert turn["hand_over"]["spares_small_talk"] is True
    assert state == "clarified"


def test_asking_back_a_third_time_is_too_much(db, article):
    assert [ask(db, text, clarify(article))[1] for text in ("Hm", "Well", "Er")] == [
        "clarified",
        "clarified",
        "handed_over",
    ]
    assert reason(db) == "clarify_limit"


def test_an_answer_after_asking_back_twice_is_said(db, article):
    for text in ("Hm", "Well"):
        ask(db, text, clarify(article))
    assert ask(db, "Delivery", answer(article))[1] == "answered"
    assert ask(db, "And so?", clarify(article))[1] == "clarified"


def test_a_third_answer_from_one_article_goes_to_people(db, article):
    states = [ask(db, text, answer(article))[1] for text in ("How long?", "Abroad?", "Really so?")]
    assert states == ["answered", "answered", "handed_over"]
    assert reason(db) == "same_source"


@pytest.mark.parametrize("picked", ["Talk to a person, please", "Talk to a person, p…", "2"])
def test_who_picks_a_person_gets_one(db, article, picked):
    choices = [
        {"id": str(article), "title": "Delivery"},
        {"id": "person", "title": "Talk to a person, please"},
    ]
    ask(db, "Hm", answer(article, outcome="clarify", choices=choices))
    turn, _ = ask(db, picked, answer(article))
    assert turn["hand_over"]["reason"] == reason(db) == "asked_for_human"


def test_after_a_return_everything_begins_anew(db, article):
    conversation = write_in(db, "Where is my order?")
    [turn] = claim_turns(db)
    record(db, turn, answer(article))
    call(db, "hand_over", conversation)
    call(db, "give_back", conversation)
    assert ask(db, "Where is my order?", answer(article))[1] == "answered"


def test_the_ai_is_not_given_back_what_it_gave_up_three_times(db, article):
    for number in range(3):
        ask(db, "Hello", answer(article, signals={"complaint": True}))
        [conversation] = rows(db, "select id from conversations")
        if number < 2:
            call(db, "give_back", conversation)
    with acting(db, add_agent(db)), refused(db, "PT409"):
        call(db, "give_back", conversation)
    call(db, "resolve_conversation", conversation)
    assert ask(db, "Hello", answer(article))[1] == "answered"
    assert state_of(db, conversation, "ai_mode") == "auto"


def test_what_the_ai_gave_up_another_day_does_not_count(db, article):
    for _ in range(3):
        ask(db, "Hello", answer(article, signals={"complaint": True}))
        [conversation] = rows(db, "select id from conversations")
        db.execute("update messages set created_at = created_at - interval '12 hours'")
        call(db, "give_back", conversation)
    assert state_of(db, conversation, "ai_mode") == "auto"


def test_what_people_took_is_nothing_that_the_ai_gave_up(db, article):
    for _ in range(4):
        conversation = write_in(db, "Hello")
        call(db, "hand_over", conversation)
        call(db, "give_back", conversation)
    assert state_of(db, conversation, "ai_mode") == "auto"


@pytest.mark.parametrize("columns", [{}, {"priority": "high"}, {"keywords": ["?!", " "]}])
def test_a_rule_says_when_it_holds(db, columns):
    with refused(db, "PT400"):
        add_rule(db, **columns)


def test_changes_of_rules_are_noted(db):
    admin = add_agent(db, "admin")
    with acting(db, admin):
        db.execute("update hand_over_rules set is_enabled = false where name = 'Complaint'")
    query = "select details ->> 'columns' from audit_log where actor_id = %s"
    assert rows(db, query, admin) == ['["is_enabled", "updated_at"]']


def test_what_the_ai_has_already_is_never_refused(db, article):
    for _ in range(3):
        ask(db, "Hello", answer(article, signals={"complaint": True}))
        db.execute("update conversations set ai_mode = 'auto'")
    [conversation] = rows(db, "select id from conversations")
    with acting(db, add_agent(db)):
        call(db, "give_back", conversation)


HARMLESS = ("ordinary", "short", "brief", "positive", "greeting", "greeting_asks", "no_start")
HEARD = ("asks_for_human", "complaint", "not_helped")


def facts_of(text, language):
    """What the rules know of a first answer to these words that is sure of itself."""
    said = signals(text, language)
    heard = [word for word in HEARD if getattr(said, word)]
    return {"signals": heard, "sentiment": said.sentiment, "outcome": "answered", "ai_turns": 0}


def rules_of(db, sayings, facts=facts_of):
    """The rule as shipped that hands each (text, language) over; None where there is none."""
    write_in(db)
    asked = json.dumps([{"text": one[0], "facts": facts(*one)} for one in sayings])
    query = (
        "select (private.hand_over_rule_for(conversations, said ->> 'text', said -> 'facts')).name"
        " from conversations, jsonb_array_elements(%s) with ordinality as asked (said, place)"
        " order by place"
    )
    return rows(db, query, asked)


def test_the_rules_that_we_ship_let_a_question_be_a_question(db):
    sayings = [(one.text, one.language) for one in of(*HARMLESS)]
    found = zip(sayings, rules_of(db, sayings), strict=True)
    wrong = [(text, rule) for (text, _), rule in found if rule is not None]
    assert len(wrong) < 0.005 * len(sayings), wrong


NO_LAWYERS = [
    ("C'est combien, un avocat bien mûr ?", "fr"),
    ("Vos avocats viennent-ils du Pérou ?", "fr"),
    ("L'huile d'avocat est-elle bio ?", "fr"),
    ("Hebben jullie nog advocaat met slagroom?", "nl"),
    ("Zit er advocaat in de bonbons?", "nl"),
    ("Ile kosztuje likier adwokat?", "pl"),
]
LAWYERS = [
    ("Je vais saisir mon avocat.", "fr"),
    ("Un avocat vous contactera demain.", "fr"),
    ("Mijn advocaat neemt dit over.", "nl"),
    ("Mój adwokat się odezwie.", "pl"),
    ("My lawyer will write to you.", "en"),
]


def test_an_avocado_is_no_lawyer(db):
    assert rules_of(db, NO_LAWYERS) == [None] * len(NO_LAWYERS)


def test_a_lawyer_is_one(db):
    """Whether or not the words are heard as a complaint too."""
    found = rules_of(db, LAWYERS, lambda text, language: {"signals": []})
    assert found == ["Law and safety"] * len(LAWYERS)


@pytest.mark.parametrize(
    "text",
    [
        "This is outrageous, I want to make a complaint, and my lawyer will write to you.",
        "Das ist eine Frechheit, ich beschwere mich! Mein Anwalt wird Sie verklagen.",
        "C'est un scandale, je veux faire une réclamation. Je vais saisir mon avocat.",
    ],
)
def test_a_complaint_that_threatens_with_the_law_is_a_matter_of_law(db, article, text):
    heard = signals(text).as_json()
    assert heard["complaint"]
    ask(db, text, answer(article, signals=heard))
    assert (reason(db), note(db)["rule"]) == ("keyword", "Law and safety")
    assert one(db, "select priority from conversations") == "urgent"


@pytest.mark.parametrize(
    ("columns", "says"),
    [({"customer_has": {}}, "hand everything over"), ({"sentiment": "angry"}, "no sentiment")],
)
def test_a_rule_that_fits_everybody_or_nobody_is_refused(db, columns, says):
    with pytest.raises(Exception, match=says):
        add_rule(db, **columns)
