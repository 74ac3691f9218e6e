"""Once the day's budget is spent, the articles answer alone."""

from __future__ import annotations

from tests.worker.conftest import StandIn, settings_for
from tests.worker.offices import Office, answering
from worker.model.choice import choose_model


async def test_a_spent_budget_leaves_the_model_alone_and_the_articles_answer(
    office: Office, standin: StandIn
) -> None:
    standin.play()
    office.rows("insert into ai_budget (daily_microusd) values (0)")
    office.rows("select private.watch_budget()")
    model = choose_model(settings_for(standin))
    async with answering(office, model):
        known = office.ask("How long does delivery take?", "4915100000001")
        unknown = office.ask("Who painted the Sistine chapel?", "4915100000002")
        await office.all_turns_ended()
    assert standin.requests() == []
    assert len(office.said(known, "ai")) == 1
    assert office.job(unknown)["outcome"] == "handed_over"
    assert {run["error"] for run in office.rows("select error from ai_runs")} == {
        "the day's budget for models is spent"
    }
    await model.close()


async def test_every_call_of_a_turn_is_kept_with_what_was_shown(
    office: Office, standin: StandIn
) -> None:
    standin.play()
    model = choose_model(settings_for(standin))
    async with answering(office, model):
        office.ask("How long does delivery take?")
        await office.all_turns_ended()
    calls = office.rows("select purpose, outcome, run_id is not null as has_run from ai_calls")
    assert calls == [{"purpose": "turn", "outcome": "answered", "has_run": True}]
    found = office.value("select explain_answer(id) from messages where sender_type = 'ai'")
    knowledge = found["runs"][0]["asked"]["knowledge"]
    assert knowledge[0]["article"].startswith("We ship every order")
    assert (knowledge[0]["version"], knowledge[0]["is_changed"]) == (1, False)
    await model.close()
