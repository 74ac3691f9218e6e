"""A language model that only a person can mend is alerted once, until it answers again."""

from __future__ import annotations

from tests.sql.rows import call

OPEN = "select message, severity from alerts where kind = 'model' and resolved_at is null"


def test_a_fault_is_alerted_once_and_resolved_by_an_answer(db):
    assert (
        call(db, "private.report_model", "x", "model x: status 401; check OPENAI_API_KEY") is True
    )
    assert (
        call(db, "private.report_model", "x", "model x: status 401; check OPENAI_API_KEY") is False
    )
    (alert,) = db.execute(OPEN).fetchall()
    assert tuple(alert) == ("model x: status 401; check OPENAI_API_KEY", "critical")
    assert call(db, "private.report_model", "x", None) is True
    assert db.execute(OPEN).fetchall() == []
    assert call(db, "private.report_model", "x", None) is False


def test_a_model_that_answers_again_says_nothing_about_another(db):
    assert call(db, "private.report_model", "x", "model x: status 401") is True
    assert call(db, "private.report_model", "y", "model y: status 404") is True
    assert call(db, "private.report_model", "x", None) is True
    assert [message for message, _ in db.execute(OPEN).fetchall()] == ["model y: status 404"]
