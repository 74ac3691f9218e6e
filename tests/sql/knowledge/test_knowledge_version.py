"""The text of an article as it was."""

from __future__ import annotations

import uuid

from tests.sql.rows import acting, add_agent, add_article, add_user, call, refused


def test_a_version_by_its_number_and_the_newest_without(db):
    article = add_article(db, body="One.")
    db.execute("update knowledge_articles set body = 'Two.'")
    with acting(db, add_agent(db)):
        assert call(db, "knowledge_version", article, 1)["body"] == "One."
        assert call(db, "knowledge_version", article)["body"] == "Two."
        assert call(db, "knowledge_version", article)["is_deleted"] is False


def test_an_article_that_is_gone_is_still_explained(db):
    article = add_article(db, body="One.")
    db.execute("delete from knowledge_articles")
    kept = call(db, "knowledge_version", article, 1)
    assert (kept["body"], kept["is_deleted"]) == ("One.", True)


def test_what_never_was_is_missing(db):
    with refused(db, "PT404"):
        call(db, "knowledge_version", add_article(db), 2)
    with refused(db, "PT404"):
        call(db, "knowledge_version", uuid.uuid4())


def test_customers_may_not_ask(db):
    article = add_article(db)
    with acting(db, add_user(db)), refused(db, "PT403"):
        call(db, "knowledge_version", article)
