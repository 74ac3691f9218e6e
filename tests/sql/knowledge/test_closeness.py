"""How near an article is to a question by meaning."""

from __future__ import annotations

import pytest

from tests.sql.rows import add_article, one, rows

MODEL = "test"


def vector(*first):
    return str([*first, *[0.0] * (384 - len(first))])


def place(db, article, kind, *vectors):
    """Gives the pieces of a kind these vectors, in order."""
    for position, value in enumerate(vectors, start=1):
        db.execute(
            "update knowledge_chunks set embedding = %s, embedding_model = %s where article_id = %s"
            " and kind = %s and position = %s",
            [value, MODEL, article, kind, position if kind != "title" else 0],
        )


def closeness(db, article, question, model=MODEL):
    query = "select * from private.closeness(%s, %s, %s)"
    [found] = rows(db, query, article, question, model)
    return found


@pytest.fixture
def article(db):
    made = add_article(db, phrasings=["one", "two"])
    place(db, made, "phrasing", vector(1, 0), vector(0, 1))
    place(db, made, "title", vector(0.6, 0.8))
    return made


def test_nearest_pair_and_middle_of_the_phrasings(db, article):
    nearest, pair, centre, tightness = closeness(db, article, vector(1, 0))
    assert (nearest, pair) == pytest.approx((1, 0.8))
    assert (centre, tightness) == pytest.approx((0.5**0.5, 0.5**0.5))


def test_without_phrasings_all_pieces_have_the_middle(db):
    made = add_article(db)
    place(db, made, "title", vector(0, 1))
    assert closeness(db, made, vector(0, 1)) == pytest.approx((1, 1, 1, 1))


def test_vectors_of_another_model_say_nothing(db, article):
    assert closeness(db, article, vector(1, 0), "other") == (None, None, None, None)


def test_without_a_vector_there_is_nothing_to_say(db, article):
    query = "select count(*) from private.closeness(%s, null, null)"
    assert one(db, query, article) == 0
