"""Who hears of an answer that is lost."""

from __future__ import annotations

import pytest

from tests.sql.delivery.fallbacks import answered, claim_from
from tests.sql.rows import call, report, said


def lose(db, code):
    """Lets the answer die of this code; who wrote last in the conversation."""
    conversation = answered(db)
    db.execute("update private.deliveries set failures = 7, throttled_at = now() - interval '2 d'")
    assert report(db, claim_from(db), "retry", code=code, error="no") == "dead"
    return conversation


def is_told(db, conversation):
    assert call(db, "private.sweep")["lost"] == 1
    return said(db, conversation)[-1][0] == "system"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("130429", True),
        ("131016", True),
        ("999", True),
        (None, True),
        ("131009", True),
        ("131026", False),
        ("131047", False),
        ("190", False),
    ],
)
def test_where_a_later_text_would_be_taken_the_customer_hears(db, code, told):
    assert is_told(db, lose(db, code)) is told


@pytest.mark.parametrize("code", ["131016", "131009"])
@pytest.mark.parametrize(
    "obstacle",
    [
        "update conversations set window_expires_at = now() - interval '1 minute'",
        "update customer_identities set unreachable_since = now()",
    ],
)
def test_who_cannot_be_reached_is_not_written_to(db, code, obstacle):
    conversation = lose(db, code)
    db.execute(obstacle)
    assert is_told(db, conversation) is False
