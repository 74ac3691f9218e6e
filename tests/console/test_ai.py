"""`romashka ai`: explain, backtest and tune on a running system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from console.ai_curve import curve_of, lines_of
from console.ai_explain import needed_by
from console.ai_tune import lines_of as tuned
from tests.system import System


@pytest.fixture(scope="module")
def answer(running: System) -> str:
    """The id of an answer of the AI."""
    journey = running.json("simulate", "website", "How long does delivery take?")["journeys"][0]
    assert journey["outcome"] == "answered"
    query = "select id from messages where sender_type = 'ai' order by created_at desc limit 1"
    return str(value(running, query))


def value(system: System, query: str) -> Any:
    with psycopg.connect(system.json("status")["db_url"]) as connection:
        (found,) = connection.execute(query.encode()).fetchone() or (None,)
        return found


def test_explain_tells_what_an_answer_rests_on(running: System, answer: str) -> None:
    text = running.run("ai", "explain", answer).stdout
    assert "question   How long does delivery take?" in text
    assert "outcome    answered" in text
    assert "version 1 (the same)" in text
    found = running.json("ai", "explain", answer)
    assert found["runs"][0]["gate"]["needed"] >= found["runs"][0]["gate"]["threshold"]
    assert f"embedded ({found['runs'][0]['gate']['fit']}), " in text
    assert "as other businesses taught" in text
    assert found["runs"][0]["asked"]["knowledge"][0]["article"]


def test_an_answer_was_held_to_what_is_told_beforehand(running: System, answer: str) -> None:
    gate = running.json("ai", "explain", answer)["runs"][0]["gate"]
    told = value(running, "select explain_gate('website', 'en') -> 'answerers'")
    assert [one["needed"] for one in told if one.get("fit") == gate["fit"]] == [gate["needed"]]


def test_explain_shows_what_was_looked_up(running: System, answer: str) -> None:
    used = (
        "insert into ai_tool_calls"
        " (reply_job_id, conversation_id, attempt, tool, arguments, outcome, reason, latency_ms)"
        " select reply_job_id, conversation_id, 1, 'my_profile', '{\"a\": 1}', 'refused',"
        f" 'not_verified', 7 from messages where id = '{answer}' returning id"
    )
    value(running, used)
    kept = (
        "update ai_runs set seen = seen || jsonb_build_object('looked_up', jsonb_build_array("
        " jsonb_build_object('tool', 'my_profile', 'content', 'nobody')))"
        f" where message_id = '{answer}' returning id"
    )
    value(running, kept)
    text = running.run("ai", "explain", answer).stdout
    assert 'tool       my_profile {"a": 1}, refused: not_verified, 7 ms' in text
    assert "found      my_profile: nobody" in text


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        ("nothing", "'nothing' is no message's id"),
        ("00000000-0000-4000-8000-000000000000", ""),
    ],
)
def test_what_is_no_answer_is_a_fault_of_the_command(
    running: System, identity: str, said: str
) -> None:
    done = running.run("ai", "explain", identity)
    assert (done.returncode, said in done.stderr) == (2, True)


def test_backtest_shows_progress_table_and_curve(
    running: System, answer: str, tmp_path: Path
) -> None:
    candidate = tmp_path / "candidate.json"
    candidate.write_text(json.dumps({"model": "embedded", "threshold": 0.5}))
    done = running.run("ai", "backtest", "--candidate", str(candidate), "--channel", "website")
    assert done.returncode == 0, done.stderr
    assert "tried" in done.stderr
    assert "resolution" not in done.stdout
    assert done.stdout.startswith("turns")
    assert "precision" in done.stdout
    found = running.json("ai", "backtest", "--candidate", str(candidate), "--limit", "1")
    assert (found["state"], found["done"], len(found["report"]["curve"])) == ("done", 1, 20)


def test_a_backtest_of_before_is_shown_and_one_that_has_ended_is_not_cancelled(
    running: System, answer: str
) -> None:
    started = running.json("ai", "backtest", "--limit", "1")
    assert running.json("ai", "backtest", "--follow", started["id"]) == started
    done = running.run("ai", "backtest", "--cancel", started["id"])
    assert (done.returncode, "is done already" in done.stderr) == (3, True)


def test_a_backtest_that_runs_is_cancelled(running: System) -> None:
    identity = value(
        running, "insert into ai_backtests (turns, created_at) values (5, now()) returning id"
    )
    done = running.run("ai", "backtest", "--cancel", str(identity))
    assert (done.returncode, "cancelled after 0 of 5 turns" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--since", "the other day"), "as 2026-01-31"),
        (("--channel", "pigeon"), "one of website, email"),
        (("--follow", "x"), "is no backtest's id"),
        (("--shadow", "--channel", "pigeon"), "one of website, email"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_what_can(
    running: System, options: tuple[str, ...], says: str
) -> None:
    done = running.run("ai", "backtest", *options)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr


SENSELESS = [
    *("", "[]", "{", '{"temperature": 1}', '{"threshold": NaN}'),
    *('{"instructions": "a\\u0000b"}', "[" * 100_000),
]


@pytest.mark.parametrize("text", SENSELESS, ids=lambda text: text[:25])
def test_a_candidate_that_makes_no_sense_is_refused(
    running: System, tmp_path: Path, text: str
) -> None:
    candidate = tmp_path / "candidate.json"
    candidate.write_text(text)
    assert running.run("ai", "backtest", "--candidate", str(candidate)).returncode == 2


def test_a_backtest_of_nothing_says_so_and_is_none(running: System) -> None:
    done = running.run("ai", "backtest", "--since", "2999-01-01", "--channel", "email")
    assert (done.returncode, done.stdout) == (3, "")
    said = "nothing was replayed: no customer's turn fits channel email, since 2999-01-01\n"
    assert said + "  --channel, --language and --since say which turns" in done.stderr


def test_a_backtest_of_nothing_is_none_when_it_is_shown_again(running: System) -> None:
    empty = value(running, "insert into ai_backtests (state) values ('done') returning id")
    done = running.run("ai", "backtest", "--follow", str(empty), "--json")
    assert (done.returncode, json.loads(done.stdout)["code"]) == (3, "no_turns")


def test_a_backtest_of_which_no_turn_could_be_tried_has_failed(running: System) -> None:
    failed = value(
        running,
        "with tried as (insert into ai_backtests (state, turns) values ('done', 1) returning id)"
        " insert into ai_backtest_items"
        " (backtest_id, conversation_id, first_seq, last_seq, asked_at, state, error)"
        " select tried.id, conversations.id, 1, 1, now(), 'failed', 'no such model'"
        " from tried cross join (select id from conversations limit 1) as conversations"
        " returning backtest_id",
    )
    done = running.run("ai", "backtest", "--follow", str(failed))
    assert (done.returncode, done.stdout) == (5, "")
    assert "nothing was replayed: 1 turn could not be tried: no such model" in done.stderr


def test_shadow_is_reported_in_the_same_words(running: System) -> None:
    done = running.run("ai", "backtest", "--shadow")
    assert done.stdout.startswith("turns        0")
    assert "no turn that fits ran in shadow" in done.stderr
    assert running.json("ai", "backtest", "--shadow")["turns"] == 0


def test_tune_needs_labels_then_finds_a_threshold_and_sets_it(running: System, answer: str) -> None:
    done = running.run("ai", "tune")
    assert done.returncode == 3
    assert "0 labelled answers are too few to promise at most 5 % wrong" in done.stderr
    assert "or romashka ai label" in done.stderr
    value(
        running,
        "with runs as (insert into ai_runs"
        " (reply_job_id, conversation_id, attempt, outcome, model, confidence)"
        " select gen_random_uuid(), conversations.id, 1, 'answered', 'gpt-5', 0.9"
        " from generate_series(1, 60) cross join (select id from conversations limit 1)"
        " as conversations returning id), labels as (insert into ai_labels"
        " (run_id, verdict, source) select id, 'right', 'agent' from runs returning id)"
        " select count(*) from labels",
    )
    text = running.run("ai", "tune").stdout
    assert "any channel, any language, gpt-5: 60 labelled answers" in text
    assert "--apply makes it the gate" in text
    applied = running.json("ai", "tune", "--apply")
    assert (applied["is_applied"], len(applied["answerers"][0]["curve"])) == (True, 20)
    found = "select answerers #>> '{gpt-5,threshold}' from ai_thresholds where channel_type is null"
    assert value(running, found) == "0.89"


def test_a_label_is_what_tune_counts(running: System, answer: str) -> None:
    told = running.run("ai", "tune", "--channel", "messenger")
    assert (told.returncode, "label_answer(message, right or wrong)" in told.stderr) == (3, True)
    assert running.run("ai", "label", answer, "wrong").stdout.strip() == f"{answer}: wrong"
    assert "label      wrong, said by agent" in running.run("ai", "explain", answer).stdout
    query = f"delete from ai_labels where message_id = '{answer}' returning verdict"
    assert value(running, query) == "wrong"


PROVEN = {"threshold": 0.89, "labels": 60, "answers": 60, "wrong": 0, "bound": 0.043}
NOTHING = {"answers": 0, "wrong": 0, "bound": None}


@pytest.mark.parametrize(
    ("found", "is_applied", "says"),
    [
        (PROVEN, False, "--apply makes it the gate"),
        (PROVEN, True, "it is the gate now"),
        (
            NOTHING | {"threshold": 1, "labels": 60},
            False,
            "no threshold keeps wrong answers at 5.0%",
        ),
        (
            NOTHING | {"threshold": 1, "labels": 60},
            True,
            "that is the gate now: it answers nothing there until labels say otherwise",
        ),
        (
            NOTHING | {"threshold": None, "labels": 40},
            True,
            "the labels prove nothing yet; at least 52 are needed",
        ),
        (
            NOTHING | {"threshold": None, "labels": 60},
            True,
            "the labels prove nothing yet; more may tell",
        ),
    ],
)
def test_tune_says_of_an_answerer_what_its_labels_prove(
    found: dict[str, Any], is_applied: bool, says: str
) -> None:
    one = {"answerer": "words 1", "model": "embedded", "curve": [], **found}
    whole = {"channel": None, "language": "de", "max_wrong_rate": 0.05, "labels_needed": 52}
    lines = list(tuned({**whole, "answerers": [one], "is_applied": is_applied}))
    labels = found["labels"]
    assert lines[0] == f"any channel, de, embedded (words 1): {labels} labelled answers"
    assert says in lines


@pytest.mark.parametrize(
    ("gate", "says"),
    [
        ({"threshold": 0.7}, "needed more than 0.70, as it is set"),
        ({"threshold": 0.7, "needed": 0.7}, "needed more than 0.70, as it is set"),
        (
            {"threshold": 0.7, "needed": 0.861},
            "needed more than 0.86, with which 5.0% of the answers are wrong at most (set is 0.70)",
        ),
        (
            {"threshold": 0.7, "needed": 0.96, "gate": "shipped"},
            "needed more than 0.96, with which 5.0% of the answers are wrong at most, as other"
            " businesses taught (set is 0.70)",
        ),
        (
            {"threshold": 0.7, "needed": 0.8, "gate": "learned"},
            "needed more than 0.80, with which 5.0% of the answers are wrong at most, as your"
            " customers' picks taught (set is 0.70)",
        ),
        (
            {"threshold": 0.8, "tuned_threshold": 0.8, "needed": 0.8},
            "needed more than 0.80, with which 5.0% of the answers are wrong at most by your labels"
            " (set is 0.70)",
        ),
        (
            {"threshold": 0.7, "tuned_threshold": 0.7, "needed": 0.7},
            "needed more than 0.70, with which 5.0% of the answers are wrong at most by your labels"
            " (set is 0.70)",
        ),
        (
            {"threshold": 0.7, "tuned_threshold": 0.65},
            "needed more than 0.70, which is set; your labels found 0.65",
        ),
        ({"threshold": None}, "which nobody weighed any more"),
    ],
)
def test_the_gate_that_decided_is_told_beside_the_one_that_is_set(
    gate: dict[str, Any], says: str
) -> None:
    assert needed_by({"confidence_threshold": 0.7, "max_wrong_rate": 0.05, **gate}) == says


def test_what_nobody_can_judge_is_said_so() -> None:
    point = {"threshold": 0, "answered": 1, "coverage": 1, "precision": None}
    counts = {"right": 0, "wrong": 0, "unknown": 1, "wrong_share": None, "wrong_bound": None}
    report = {
        "turns": 1,
        "answered": 1,
        "clarified": 0,
        "handed_over": 0,
        "cost_microusd": 0,
        "unpriced": 1,
        "p50_ms": None,
        "p95_ms": None,
        "curve": [point | counts],
        **counts,
    }
    text = "\n".join(lines_of(report))
    assert "of 0 that could be judged; 1 answer nobody can judge" in text
    assert "1 turn without a price" in text


def point(threshold: float, answered: int) -> dict[str, Any]:
    counts = {"right": answered, "wrong": 0, "unknown": 0, "precision": None}
    return {"threshold": threshold, "answered": answered, "coverage": answered / 5, **counts}


def test_a_line_of_the_curve_says_for_which_thresholds_it_stands() -> None:
    points = [point(0.05 * step, 3 if step < 13 else 19 - step) for step in range(20)]
    lines = [line.split("  ")[0] for line in curve_of(points)][2:5]
    assert lines == ["0.00 to 0.60", "0.65", "0.70"]
