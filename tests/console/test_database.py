"""The database commands on a running system."""

from __future__ import annotations

import json
import re

import pytest

from local.plan import Ports, make_plan
from local.standins import meta
from tests.system import System
from tests.web import WEB

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_the_three_statements_of_the_contract_run_as_printed(running: System) -> None:
    first = "select create_conversation('test@example.com', 'website', 'Hello, I need help');"
    conversation = running.sql(first)
    assert UUID.fullmatch(conversation)
    assert running.sql(first) == conversation
    context = json.loads(running.sql(f"select get_conversation_context('{conversation}');"))
    assert "Hello, I need help" in json.dumps(context)
    running.json("simulate", "whatsapp", "How long does delivery take?")
    metrics = running.sql(
        "select * from realtime_metrics where metric_name = 'ai_response_time'"
        " order by timestamp desc limit 10;"
    )
    assert "ai_response_time" in metrics


def test_psql_hides_the_password_from_the_process_list(running: System) -> None:
    password = running.json("status")["db_url"].split(":")[2].split("@")[0]
    assert password not in running.sql("select current_setting('application_name')")
    done = running.run("db", "psql", "-Atc", "\\! ps -o args= -p $PPID")
    assert password not in done.stdout


def test_push_finds_nothing_to_do_after_up(running: System) -> None:
    assert running.json("db", "push") == {"applied": []}


def test_status_says_that_checkout_and_database_agree(running: System) -> None:
    status = running.json("db", "status")
    assert status["in_step"] is True
    assert status["migrations"]


@pytest.mark.parametrize("name", ["", "Two Words", "../etc"])
def test_a_bad_name_of_a_migration_is_wrong_usage(stopped: System, name: str) -> None:
    assert stopped.run("db", "migration", name).returncode == 2


def test_an_unreadable_request_is_a_dead_letter_and_can_be_replayed(running: System) -> None:
    plan = make_plan(running.directory, running.environment, Ports())
    body = b'{"object":"whatsapp_business_account","entry":7}'
    address = f"{running.json('status')['webhooks_url']}/webhooks/whatsapp"
    headers = meta.headers(plan.keys.whatsapp_webhook_secret, body)
    assert WEB.post(address, content=body, headers=headers).status_code == 200
    (letter, *_) = running.json("dead", "list")["dead_letters"]
    assert letter["kind"] == "inbound"
    assert letter["reason"]
    state = running.json("dead", "retry", "inbound", letter["id"])["state"]
    assert state.startswith("replayed")
    result = running.json("replay", "--failed")
    assert result["requests"] >= 1
    assert result["messages"] == 0
    # The doctor warns of what is dead, and other tests ask it.
    running.sql(f"delete from private.inbound_events where id = {letter['id']}")


def test_a_replay_changes_nothing_that_is_stored_already(running: System) -> None:
    running.json("simulate", "whatsapp", "How long does delivery take?")
    before = running.sql("select count(*) from messages")
    newest = running.sql("select max(id) from private.inbound_events where body::text like '%'")
    result = running.json("replay", "--id", newest)
    assert (result["requests"], result["messages"]) == (1, 0)
    assert running.sql("select count(*) from messages") == before


def test_a_replay_must_say_what(running: System) -> None:
    assert running.run("replay").returncode == 2


@pytest.mark.parametrize("kind, number", [("item", "999999999"), ("nonsense", "1")])
def test_a_dead_letter_that_is_none_is_explained(running: System, kind: str, number: str) -> None:
    done = running.run("dead", "retry", kind, number)
    assert done.returncode == 2
    assert done.stderr


def test_a_turn_that_has_nothing_to_answer_is_a_conflict(running: System) -> None:
    journey = running.json("simulate", "whatsapp", "How long does delivery take?")["journeys"][0]
    assert journey["outcome"] == "answered"
    job = running.sql(
        "update private.reply_jobs set outcome = 'dead' where id ="
        " (select id from private.reply_jobs order by created_at desc limit 1) returning id"
    ).splitlines()[0]
    done = running.run("dead", "retry", "reply_job", job)
    assert done.returncode == 3, done.stderr
    running.sql(f"update private.reply_jobs set outcome = 'answered' where id = '{job}'")


@pytest.mark.parametrize(
    "command",
    [
        ("replay", "--since", "the day before"),
        ("replay", "--id", "99999999999999999999"),
        ("dead", "retry", "inbound", "99999999999999999999"),
        ("send", "Hello", "--conversation", "nobody"),
        ("send", "Hello", "--conversation", "00000000-0000-0000-0000-000000000000"),
        ("db", "migration", "Two Words"),
    ],
    ids=" ".join,
)
def test_what_does_not_exist_or_cannot_be_read_is_wrong_usage(
    running: System, command: tuple[str, ...]
) -> None:
    done = running.run(*command)
    assert done.returncode == 2, done.stderr
    assert done.stderr


def test_a_reset_gives_an_empty_database_that_works(ended: System) -> None:
    ended.up("--quiet")
    ended.json("simulate", "whatsapp", "How long does delivery take?")
    assert ended.run("db", "reset", "--yes").returncode == 0
    assert ended.sql("select count(*) from messages") == "0"
    journey = ended.json("simulate", "whatsapp", "How long does delivery take?")
    assert journey["journeys"][0]["outcome"] == "answered"
    ended.end()
    assert ended.run("db", "reset", "--yes").returncode == 0
