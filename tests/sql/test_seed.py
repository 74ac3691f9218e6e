"""The small shop that `make up` begins with."""

from __future__ import annotations

import pytest

from local.schema import SEED
from tests.sql.rows import one, rows


@pytest.fixture
def shop(db):
    db.execute(SEED.read_text().encode())
    return db


def test_it_can_be_loaded_again(shop):
    before = one(shop, "select count(*) from knowledge_articles")
    shop.execute(SEED.read_text().encode())
    assert one(shop, "select count(*) from knowledge_articles") == before > 10


def test_every_phrasing_leads_to_its_article(shop):
    query = """
    select asked.phrasing, found.title
    from knowledge_articles
    cross join lateral unnest(phrasings || title) as asked (phrasing)
    left join lateral search_knowledge(asked.phrasing, null, 1) as found on true
    where found.article_id is distinct from knowledge_articles.id
    """
    assert rows(shop, query) == []


def test_what_no_article_answers_is_not_covered(shop):
    questions = ("Do you have vegan restaurants nearby?", "Who won the match?", "Sing me a song")
    query = "select coalesce(max(coverage), 0) < 0.7 from search_knowledge(%s)"
    assert [one(shop, query, question) for question in questions] == [True] * 3
