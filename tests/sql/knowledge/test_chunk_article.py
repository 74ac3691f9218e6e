"""An article in pieces, kept in step with its text."""

from __future__ import annotations

import pytest

from tests.sql.rows import acting, add_agent, add_article, add_user, one, refused, rows


def pieces(db, article):
    return rows(
        db,
        "select kind, content from knowledge_chunks where article_id = %s order by kind, position",
        article,
    )


def test_title_paragraphs_and_phrasings(db):
    article = add_article(db, "Size", body="One.\n \nTwo.\n\n\n", phrasings=["Which size?", " "])
    assert pieces(db, article) == [
        ("body", "Size\nOne."),
        ("body", "Size\nTwo."),
        ("phrasing", "Which size?"),
        ("title", "Size"),
    ]


def test_a_change_makes_the_pieces_anew(db):
    article = add_article(db, "Size", body="One.")
    db.execute("update knowledge_articles set body = 'Other.' where id = %s", [article])
    assert ("body", "Size\nOther.") in pieces(db, article)
    assert ("body", "Size\nOne.") not in pieces(db, article)


def test_versions_count_changes_of_the_text_alone(db):
    article = add_article(db)
    db.execute("update knowledge_articles set body = 'New.'")
    db.execute("update knowledge_articles set is_published = false")
    assert one(db, "select version from knowledge_articles where id = %s", article) == 2


@pytest.mark.parametrize("role", ["agent", None])
def test_admins_alone_write_articles(db, role):
    user = add_agent(db, role) if role else add_user(db)
    with acting(db, user), refused(db, "42501"):
        add_article(db)
    with acting(db, add_agent(db, "admin")):
        add_article(db)


@pytest.mark.parametrize("columns", [{"title": " "}, {"body": ""}, {"body": "x" * 200_001}])
def test_an_article_has_a_title_and_a_text(db, columns):
    with refused(db, "23514"):
        add_article(db, **columns)


def test_an_unpublished_article_has_no_pieces(db):
    article = add_article(db, "Size", is_published=False)
    assert pieces(db, article) == []
    db.execute("update knowledge_articles set is_published = true where id = %s", [article])
    assert [kind for kind, _ in pieces(db, article)] == ["body", "title"]
    db.execute("update knowledge_articles set is_published = false where id = %s", [article])
    assert pieces(db, article) == []


def test_a_change_of_anything_else_keeps_the_pieces(db):
    article = add_article(db, "Size", body="One.")
    query = "select array_agg(id order by id) from knowledge_chunks"
    before = one(db, query)
    db.execute("update knowledge_articles set title = title, source_url = 'x', valid_from = now()")
    assert one(db, query) == before
    assert one(db, "select version from knowledge_articles where id = %s", article) == 1
