"""What admins write into rows of the AI is refused in words that say what to write instead."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.function_coverage import note_refusal
from tests.sql.rows import acting, add_agent, add_article, call, one, refused, write_in


@pytest.fixture(autouse=True)
def admin(db):
    """Settings are written by admins."""
    with acting(db, add_agent(db, "admin")):
        yield


def put(db, table, **columns):
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    query = f"insert into {table} ({names}) values ({places}) returning id"
    return one(db, query, *columns.values())


def put_rule(db, **columns):
    return put(db, "hand_over_rules", name="Press", **{"keywords": ["press"], **columns})


def warnings_of(db, **columns):
    """What is warned of when a rule is written."""
    told = []

    def hear(notice):
        told.append((notice.severity, notice.message_primary, notice.message_hint))

    db.add_notice_handler(hear)
    put_rule(db, **columns)
    db.remove_notice_handler(hear)
    return told


WRONG = [
    ("ai_settings", {"mode": "on"}, "unknown mode on", "auto, shadow or off"),
    ("ai_settings", {"confidence_threshold": 70}, "confidence_threshold of 70", "from 0 to 1"),
    ("ai_settings", {"confidence_threshold": -0.1}, "confidence_threshold of -0.1", "from 0 to 1"),
    ("ai_settings", {"max_wrong_rate": 0}, "max_wrong_rate of 0", "above 0"),
    ("ai_settings", {"max_wrong_rate": 5}, "max_wrong_rate of 5", "above 0"),
    ("ai_settings", {"answers_per_hour": -1}, "-1 answers_per_hour", "none or more"),
    (
        "ai_settings",
        {"channel_type": "telegram", "answers_per_hour": 3},
        "answers_per_hour for telegram",
        "for email, or for any channel",
    ),
    ("ai_settings", {"instructions": "a" * 20_001}, "instructions of 20001", "20000 at most"),
    ("ai_settings", {"tone": "a" * 2_001}, "tone of 2001 characters", "2000 at most"),
    ("ai_settings", {"guardrails": "a" * 20_001}, "guardrails of 20001", "20000 at most"),
    ("ai_budget", {"daily_microusd": -1}, "daily_microusd of -1", "millionths of a dollar"),
    ("ai_budget", {"daily_microusd": None}, "daily_microusd of null", "there is no limit"),
    ("ai_budget", {"daily_microusd": 1, "id": False}, "there is one budget", "on conflict"),
    ("hand_over_rules", {"name": " "}, "the rule has no name", "what it is for"),
    ("hand_over_rules", {"keywords": []}, "the keywords of rule Press have no", "write words"),
    ("hand_over_rules", {"signal": "angry"}, "unknown signal angry", "asks_for_human, complaint"),
    ("hand_over_rules", {"priority": "top"}, "unknown priority top", "low, normal, high or urgent"),
    ("hand_over_rules", {"sentiment": "angry"}, "angry is no sentiment", "positive, neutral"),
    ("hand_over_rules", {"reason": "Big news"}, "a reason of Big news", "small letters"),
    ("hand_over_rules", {"after_ai_turns": 0}, "after_ai_turns of 0", "1 or more"),
    ("hand_over_rules", {"after_clarifications": 0}, "after_clarifications of 0", "1 or more"),
    ("hand_over_rules", {"keywords": ["a"] * 501}, "501 keywords", "500 at most"),
    ("hand_over_rules", {"customer_has": Jsonb([1])}, "customer_has of [1]", '{"vip": true}'),
    ("hand_over_rules", {"customer_has": Jsonb("vip")}, 'customer_has of "vip"', "attributes"),
    ("routing_rules", {"priority": "top"}, "unknown priority top", "low, normal, high or urgent"),
]


@pytest.mark.parametrize(("table", "columns", "says", "hint"), WRONG)
def test_what_makes_no_sense_is_refused_with_what_does(db, table, columns, says, hint):
    usual = {"hand_over_rules": {"keywords": ["press"]}, "routing_rules": {}}
    named = {"name": "Press", **usual[table]} if table in usual else {}
    with pytest.raises(psycopg.Error) as caught, db.transaction():
        put(db, table, **{**named, **columns})
    note_refusal(caught.value)
    told = caught.value.diag
    assert caught.value.sqlstate == "PT400"
    assert (says in told.message_primary, hint in told.message_hint) == (True, True), told


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("ai_settings", {"mode": "off", "confidence_threshold": 0, "answers_per_hour": 0}),
        ("ai_settings", {"channel_type": "email", "answers_per_hour": 3}),
        ("ai_settings", {"confidence_threshold": 1, "max_wrong_rate": 1, "tone": "a" * 2000}),
        ("ai_settings", {"instructions": "a" * 20_000, "guardrails": "a" * 20_000}),
        ("ai_budget", {"daily_microusd": 0}),
        ("hand_over_rules", {"name": "A", "signal": "complaint", "priority": "urgent"}),
        ("hand_over_rules", {"name": "A", "after_ai_turns": 1, "after_clarifications": 1}),
        ("hand_over_rules", {"name": "A", "customer_has": Jsonb({"vip": True})}),
        ("hand_over_rules", {"name": "A", "keywords": ["press"] * 500, "sentiment": "Negative"}),
    ],
)
def test_what_makes_sense_is_taken(db, table, columns):
    assert put(db, table, **columns)


def test_a_row_is_not_turned_into_what_makes_no_sense(db):
    rule = put_rule(db)
    with refused(db, "PT400"):
        db.execute("update hand_over_rules set priority = 'top' where id = %s", [rule])


def test_an_intent_that_nothing_has_is_warned_of(db):
    [(severity, message, hint)] = warnings_of(db, intent="refund")
    assert (severity, message) == ("WARNING", "nothing has the intent refund yet")
    assert "the title of an article" in hint


@pytest.mark.parametrize("intent", ["delivery TIME", "thanks", "Refund of money"])
def test_an_intent_that_something_has_is_taken(db, intent):
    add_article(db, "Delivery time")
    db.execute("reset role")
    conversation = write_in(db)
    db.execute("update conversations set intent = 'refund of money' where id = %s", [conversation])
    assert warnings_of(db, intent=intent) == []
    assert call(db, "private.is_intent", intent) is True


def test_a_rule_without_an_intent_is_warned_of_nothing(db):
    assert warnings_of(db) == []
