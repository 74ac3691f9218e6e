"""An article in pieces, kept in step with its text."""

from __future__ import annotations

import threading

import psycopg
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


def test_words_are_counted_by_article(db):
    add_article(db, "Zeppelin", body="A zeppelin. Zeppelins!")
    second = add_article(db, "Balloon", body="No zeppelin.")
    query = "select articles from private.knowledge_terms where term = 'zeppelin'"
    assert one(db, query) == 2
    db.execute("delete from knowledge_articles where id = %s", [second])
    assert one(db, query) == 1


def test_an_article_that_is_taken_back_counts_no_more(db):
    article = add_article(db, "Zeppelin")
    db.execute("update knowledge_articles set is_published = false where id = %s", [article])
    assert one(db, "select count(*) from private.knowledge_terms") == 0


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


def test_two_editors_at_once_get_their_counts_right(fresh_database):
    url, problems = fresh_database(), []

    def edit(name):
        with psycopg.connect(url, autocommit=True) as connection:
            try:
                for number in range(5):
                    add_article(connection, f"{name} zeppelin {number}")
            except psycopg.Error as problem:
                problems.append(problem)

    threads = [threading.Thread(target=edit, args=[name]) for name in ("Ada", "Lin", "Joe")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with psycopg.connect(url) as connection:
        query = "select articles from private.knowledge_terms where term = 'zeppelin'"
        assert one(connection, query) == 15
