"""In how many articles a word occurs: noted by every edit, folded in later, right at any moment."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.sql.rows import add_article, one, rows

RECOUNT = """
select chunks.language, words.lexeme, count(distinct chunks.article_id)
from knowledge_chunks as chunks cross join lateral unnest(chunks.terms) as words
group by 1, 2
union all
select language, '', count(distinct article_id) from knowledge_chunks group by 1
"""
KEPT = """
select language, term, sum(articles)::integer from (
  select language, term, articles from private.knowledge_terms
  union all select language, term, articles from private.knowledge_term_changes
) as both_tables
group by 1, 2 having sum(articles) <> 0
"""
FOLD = "select private.fold_terms()"


def articles_with(db, term):
    return one(db, "select private.term_articles('en', %s)", term)


def is_right(db):
    return sorted(rows(db, KEPT)) == sorted(rows(db, RECOUNT))


def test_words_are_counted_by_article(db):
    add_article(db, "Zeppelin", body="A zeppelin.\n\nZeppelins!", phrasings=["Any zeppelin?"])
    second = add_article(db, "Balloon", body="No zeppelin.")
    assert articles_with(db, "zeppelin") == 2
    db.execute("delete from knowledge_articles where id = %s", [second])
    assert articles_with(db, "zeppelin") == 1
    assert articles_with(db, "") == 1


def test_an_article_that_is_taken_back_counts_no_more(db):
    article = add_article(db, "Zeppelin")
    db.execute("update knowledge_articles set is_published = false where id = %s", [article])
    assert articles_with(db, "zeppelin") == 0
    assert articles_with(db, "") == 0


def test_folding_changes_no_count_and_leaves_nothing_behind(db):
    article = add_article(db, "Zeppelin")
    add_article(db, "Ballon", language="de")
    assert one(db, FOLD) > 0
    assert is_right(db)
    assert one(db, FOLD) == 0
    db.execute("delete from knowledge_articles where id = %s", [article])
    one(db, FOLD)
    assert is_right(db)
    assert one(db, "select count(*) from private.knowledge_terms where articles = 0") == 0


def test_any_edits_keep_the_counts_right(db):
    chance = random.Random(7)
    vocabulary = [f"word{number}" for number in range(30)]

    def text():
        return " ".join(chance.choices(vocabulary, k=8))

    for _ in range(12):
        add_article(db, text(), body=f"{text()}\n\n{text()}", phrasings=[text()])
    edits = (
        "update knowledge_articles set body = body || ' more' where random() < 0.5",
        "update knowledge_articles set language = 'de' where random() < 0.3",
        "update knowledge_articles set is_published = not is_published where random() < 0.4",
        "delete from knowledge_articles where random() < 0.2",
        FOLD,
        "insert into knowledge_articles (title, body) select title, body from knowledge_articles",
    )
    db.execute("select setseed(0.5)")
    for _ in range(30):
        db.execute(chance.choice(edits))
        assert is_right(db)


def edit(url, name):
    """Adds six articles and takes two of them away."""
    with psycopg.connect(url, autocommit=True) as connection:
        for number in range(6):
            article = add_article(connection, f"{name} zeppelin {number}")
            if number % 3 == 0:
                connection.execute("delete from knowledge_articles where id = %s", [article])


def fold(url):
    """Folds again and again."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(20):
            connection.execute(FOLD)


def test_editors_and_folding_at_once_get_the_counts_right(fresh_database):
    url = fresh_database()
    with ThreadPoolExecutor(5) as threads:
        work = [threads.submit(edit, url, name) for name in ("Ada", "Lin", "Joe")]
        work += [threads.submit(fold, url) for _ in range(2)]
    assert [one.exception() for one in work] == [None] * 5
    with psycopg.connect(url) as connection:
        assert articles_with(connection, "zeppelin") == 12
        assert is_right(connection)
