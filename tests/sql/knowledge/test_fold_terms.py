"""Folding is done by one at a time."""

from __future__ import annotations

import psycopg

from tests.sql.rows import add_article, call


def test_whoever_comes_second_leaves_it_to_the_first(fresh_database):
    url = fresh_database()
    with psycopg.connect(url) as first, psycopg.connect(url) as second:
        add_article(first, "Zeppelin")
        first.commit()
        assert call(first, "private.fold_terms") > 0
        assert call(second, "private.fold_terms") == 0
        first.commit()
        assert call(second, "private.fold_terms") == 0
