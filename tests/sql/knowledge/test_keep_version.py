"""Every text that an article ever had is kept, so that an answer of the past can be explained."""

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
    one,
    record,
    refused,
    rows,
    write_in,
)


def versions(db, article):
    return rows(
        db,
        "select version, title, body from knowledge_versions where article_id = %s order by 1",
        article,
    )


def test_the_first_text_is_a_version(db):
    article = add_article(db, "Size", body="One.")
    assert versions(db, article) == [(1, "Size", "One.")]


@pytest.mark.parametrize(
    "change", ["title = 'B'", "body = 'B'", "phrasings = '{B}'", "language = 'de'"]
)
def test_every_change_of_the_text_is_a_version(db, change):
    article = add_article(db)
    db.execute(f"update knowledge_articles set {change}")
    assert [version for version, _, _ in versions(db, article)] == [1, 2]


def test_what_is_no_text_makes_no_version(db):
    article = add_article(db)
    db.execute(
        "update knowledge_articles set title = title, is_published = false, valid_from = now()"
    )
    assert len(versions(db, article)) == 1


def test_it_is_kept_who_wrote_a_version(db):
    article, admin = add_article(db), add_agent(db, "admin")
    with acting(db, admin):
        db.execute("update knowledge_articles set body = 'Other.'")
    query = "select changed_by from knowledge_versions where article_id = %s order by version"
    assert rows(db, query, article) == [None, admin]


def test_versions_outlive_their_article(db):
    article = add_article(db, "Size", body="One.")
    db.execute("delete from knowledge_articles")
    assert versions(db, article) == [(1, "Size", "One.")]


def test_an_article_that_comes_back_goes_on_counting_where_it_was(db):
    article = add_article(db, "Size", body="One.")
    db.execute("delete from knowledge_articles")
    add_article(db, "Size", body="Two.", id=article)
    db.execute("update knowledge_articles set body = 'Three.'")
    assert [body for _, _, body in versions(db, article)] == ["One.", "Two.", "Three."]


@pytest.mark.parametrize("role", ["agent", "admin"])
def test_nobody_writes_history(db, role):
    add_article(db)
    with acting(db, add_agent(db, role)), refused(db, "42501"):
        db.execute("update knowledge_versions set body = 'Never said.'")


def test_customers_see_no_history(db):
    add_article(db)
    with acting(db, add_user(db)):
        assert rows(db, "select version from knowledge_versions") == []


def test_an_answer_names_the_version_it_rests_on(db):
    article = add_article(db)
    write_in(db, "Delivery time?")
    [turn] = claim_turns(db)
    [found] = turn["knowledge"]
    assert found["version"] == 1
    db.execute("update knowledge_articles set body = 'Ten days.'")
    source = {key: found[key] for key in ("article_id", "chunk_id", "title", "version")}
    record(db, turn, answer(article, sources=[source]))
    cited = one(db, "select knowledge_sources -> 0 from messages where sender_type = 'ai'")
    seen = call(db, "knowledge_version", cited["article_id"], cited["version"])
    assert seen["body"] == "Two to four working days."
