"""Articles that only agents may see are never what a customer is answered from."""

from __future__ import annotations

import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    add_user,
    answer,
    call,
    claim_turns,
    record,
    refused,
    rows,
    write_in,
)

VECTOR = "[" + ",".join(["1"] + ["0"] * 383) + "]"


@pytest.fixture
def inner(db):
    """An article for agents, with a vector."""
    article = add_article(db, "Refund limits", visibility="agents")
    db.execute("update knowledge_chunks set embedding = %s, embedding_model = 'm'", [VECTOR])
    return article


def found(db, for_agents):
    return rows(
        db,
        "select article_id from search_knowledge('refund limits', null, 5, %s, 'm', %s)",
        VECTOR,
        for_agents,
    )


def test_it_is_found_for_agents_alone(db, inner):
    assert found(db, for_agents=False) == []
    assert found(db, for_agents=True) == [inner]
    with acting(db, add_agent(db)):
        assert found(db, for_agents=True) == [inner]


def test_a_visitor_who_asks_as_an_agent_finds_nothing(db, inner):
    with acting(db, add_user(db)):
        assert found(db, for_agents=True) == []
        assert rows(db, "select id from knowledge_articles") == []


def test_a_turn_brings_it_neither_as_knowledge_nor_as_a_topic(db, inner):
    write_in(db, "Refund limits?")
    [turn] = claim_turns(db)
    assert (turn["knowledge"], turn["topics"]) == ([], [])
    drafted = call(db, "private.knowledge_for", "Refund limits?", None, None, True)
    assert [one["title"] for one in drafted] == ["Refund limits"]


@pytest.mark.parametrize("change", ["visibility = 'agents'", "is_published = false"])
def test_an_answer_that_rests_on_what_customers_may_not_see_goes_to_people(db, change):
    article = add_article(db)
    write_in(db)
    [turn] = claim_turns(db)
    db.execute(f"update knowledge_articles set {change}")
    assert record(db, turn, answer(article)) == "handed_over"


def test_there_are_two_kinds(db):
    with refused(db, "23514"):
        add_article(db, visibility="friends")
