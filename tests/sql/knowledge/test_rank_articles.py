"""Meaning beside words: what a vector adds to the search, and what it is kept from."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from tests.sql.rows import add_article, one, refused, rows

SEARCH = "select title, cosine, coverage from search_knowledge(%s, %s, 5, %s, %s)"


def axis(number, share=1.0):
    """A unit vector along one axis, or between it and the last one."""
    vector = [0.0] * 384
    vector[number], vector[383] = share, (1 - share * share) ** 0.5
    return str(vector)


def embed(db, article, vector, model="one"):
    chunks = rows(db, "select id::text from knowledge_chunks where article_id = %s", article)
    given = Jsonb([{"chunk_id": chunk, "embedding": vector} for chunk in chunks])
    assert one(db, "select private.store_embeddings(%s, %s)", model, given) == len(chunks)


def search(db, question, vector=None, model="one", language=None):
    return rows(db, SEARCH, question, language, vector, model)


def test_an_article_without_a_word_of_the_question_is_found_by_its_meaning(db):
    embed(db, add_article(db, "Refunds", body="Money comes back."), axis(0))
    embed(db, add_article(db, "Sizes", body="European."), axis(1))
    found = search(db, "zeppelin?", axis(0, 0.9))
    assert [title for title, *_ in found] == ["Refunds", "Sizes"]
    assert [cosine for _, cosine, _ in found] == pytest.approx([0.9, 0.0])


def test_without_a_vector_there_is_no_cosine(db):
    embed(db, add_article(db, "Refunds"), axis(0))
    assert search(db, "refunds") == [("Refunds", None, pytest.approx(1, abs=0.05))]


def test_vectors_of_another_model_are_not_compared(db):
    embed(db, add_article(db, "Refunds"), axis(0))
    assert search(db, "zeppelin?", axis(0), "two") == []
    [(_, cosine, _)] = search(db, "refunds", axis(0), "two")
    assert cosine is None


def test_words_and_meaning_together_rank(db):
    near = add_article(db, "Parcels", body="We send parcels abroad.")
    far = add_article(db, "Sizes", body="Trousers come in six sizes.")
    embed(db, near, axis(0))
    embed(db, far, axis(1))
    titles = [title for title, *_ in search(db, "sizes of trousers", axis(0, 0.2))]
    assert titles == ["Sizes", "Parcels"]
    titles = [title for title, *_ in search(db, "sizes of trousers", axis(0, 1.0))]
    assert titles == ["Parcels", "Sizes"]


@pytest.mark.parametrize(
    "columns",
    [{"is_published": False}, {"valid_until": "2020-01-01"}, {"valid_from": "2999-01-01"}],
)
def test_what_does_not_hold_is_not_found_by_meaning(db, columns):
    embed(db, add_article(db, "Refunds", **columns), axis(0))
    assert search(db, "zeppelin?", axis(0)) == []


def test_a_named_language_holds_for_meaning_too(db):
    embed(db, add_article(db, "Refunds", language="en"), axis(0))
    assert search(db, "zeppelin?", axis(0), language="de") == []


@pytest.mark.parametrize(("vector", "model"), [(axis(0), None), (axis(0), ""), ("[1,2]", "one")])
def test_a_vector_without_its_model_or_size_is_refused(db, vector, model):
    with refused(db, "PT400"):
        search(db, "refunds", vector, model)


def test_an_array_of_numbers_is_a_vector_as_well(db):
    embed(db, add_article(db, "Refunds"), axis(0))
    query = (
        "select cosine from search_knowledge('x', null, 5, %s::real[]::extensions.vector, 'one')"
    )
    assert one(db, query, [1.0] + [0.0] * 383) == pytest.approx(1.0)
