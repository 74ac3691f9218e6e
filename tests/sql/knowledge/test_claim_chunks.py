"""Pieces get their vectors: which are due, who is at them, and what is kept."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from tests.sql.rows import add_article, one, rows

VECTOR = [1.0] + [0.0] * 383
CLAIM = "select private.claim_chunks(%s, %s)"


def claim(db, model="one", limit=10):
    return rows(db, CLAIM, model, limit)


def store(db, claimed, model="one"):
    given = [{"chunk_id": item["chunk_id"], "embedding": VECTOR} for item in claimed]
    return one(db, "select private.store_embeddings(%s, %s)", model, Jsonb(given))


def test_a_piece_is_given_to_one_worker(db):
    add_article(db, "Size", body="One.")
    first, second = claim(db, limit=1), claim(db, limit=5)
    assert sorted(item["content"] for item in first + second) == ["Size", "Size\nOne."]
    assert claim(db) == []


def test_a_piece_whose_worker_died_is_given_again(db):
    add_article(db)
    assert len(claim(db)) == 2
    db.execute("update knowledge_chunks set embed_lease_until = now() - interval '1 second'")
    assert len(claim(db)) == 2


def test_a_piece_with_its_vector_is_due_for_another_model_alone(db):
    add_article(db)
    assert store(db, claim(db)) == 2
    assert claim(db) == []
    assert len(claim(db, "a later model")) == 2
    db.execute("update knowledge_chunks set embed_lease_until = null")
    assert len(claim(db, "zeta, another")) == 2


@pytest.mark.parametrize("language", ["en", "en-US", "EN"])
def test_a_model_of_a_language_gets_its_pieces_of_every_region(db, language):
    add_article(db, language=language)
    add_article(db, "Größe", language="de")
    claimed = rows(db, "select private.claim_chunks('one', 10, '{en}')")
    assert len(claimed) == 2


def test_what_was_rewritten_meanwhile_is_due_again(db):
    article = add_article(db)
    claimed = claim(db)
    db.execute("update knowledge_articles set body = 'Other.' where id = %s", [article])
    assert store(db, claimed) == 0
    assert len(claim(db)) == 2
