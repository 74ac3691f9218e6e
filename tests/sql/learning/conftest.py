"""Two articles, whose words answers of the past have."""

from __future__ import annotations

import pytest

from tests.sql.learning.backtests import BODY, OTHER
from tests.sql.rows import add_article


@pytest.fixture
def article(db):
    return add_article(db, body=BODY)


@pytest.fixture
def other(db):
    return add_article(db, "Refunds", body=OTHER)
