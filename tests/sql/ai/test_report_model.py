"""A language model that only a person can mend is alerted once, until it answers again."""

from __future__ import annotations

import pytest

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


def test_what_was_alerted_of_a_model_closes_once_no_worker_is_set_to_ask_it(db):
    for model in ("gpt-5-mnii", "second"):
        call(db, "private.report_model", model, f"model {model}: status 404")
    call(db, "private.heartbeat", "worker", "old", {"models": ["gpt-5-mnii", "second"]})
    call(db, "private.heartbeat", "worker", "new", {"models": ["gpt-5-mini", "second"]})
    assert call(db, "private.close_model_alerts") == 0
    db.execute("update private.processes set seen_at = now() - interval '2 min' where name = 'old'")
    assert call(db, "private.upkeep")["models"] == 1
    assert [message for message, _ in db.execute(OPEN).fetchall()] == ["model second: status 404"]


def test_a_worker_of_a_version_that_says_nothing_of_models_closes_nothing(db):
    call(db, "private.report_model", "x", "model x: status 401")
    call(db, "private.heartbeat", "worker", "old", {})
    assert call(db, "private.close_model_alerts") == 0


def test_what_was_closed_is_not_closed_again(db):
    call(db, "private.report_model", "x", "model x: status 401")
    call(db, "private.heartbeat", "worker", "w", {"models": []})
    assert [call(db, "private.close_model_alerts") for _ in range(2)] == [1, 0]


@pytest.mark.parametrize(("models", "open_alerts"), [(None, 1), ({"models": []}, 0)])
def test_a_worker_that_names_no_model_has_none_and_without_any_nobody_knows(
    db, models, open_alerts
):
    call(db, "private.report_model", "x", "model x: status 401")
    if models is not None:
        call(db, "private.heartbeat", "worker", "w", models)
    call(db, "private.close_model_alerts")
    assert len(db.execute(OPEN).fetchall()) == open_alerts
