"""Following the inbox over Realtime, also when Realtime fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.system import COMMAND, System
from tests.waiting import wait_until

Watcher = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def watched(running: System) -> Iterator[Watcher]:
    """A `romashka watch --json` that follows already; gives what it has printed so far."""
    out, err = running.file("watch.out"), running.file("watch.err")
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [*COMMAND, "watch", "--json"], env=running.environment, stdout=stdout, stderr=stderr
        )
    wait_until(lambda: "following" in err.read_text(), timeout=20)
    yield lambda: [json.loads(line) for line in out.read_text().splitlines()]
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130


def of(journey: dict[str, Any], events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of one journey's conversation."""
    wanted = journey["conversation_id"]
    return [e for e in events if e["message"] and e["message"]["conversation_id"] == wanted]


def test_watch_shows_message_answer_and_receipts_live(running: System, watched: Watcher) -> None:
    journey = running.json("simulate", "whatsapp", "How long does delivery take?")["journeys"][0]
    wait_until(
        lambda: any(e["message"]["delivery_status"] == "read" for e in of(journey, watched()))
    )
    events = of(journey, watched())
    assert all(event["live"] for event in events)
    created = [e["message"]["sender_type"] for e in events if e["event"] == "message_created"]
    assert created == ["customer", "ai"]


def test_watch_misses_nothing_when_the_gateway_is_killed(running: System, watched: Watcher) -> None:
    os.kill(running.json("status")["pids"]["gateway"], signal.SIGKILL)
    # While a part is being restarted, the command says so and sends nothing.
    said = ("simulate", "whatsapp", "Where is my parcel?", "--no-wait", "--json")
    sent = wait_until(lambda: (one := running.run(*said)).returncode == 0 and one, timeout=30)
    wanted = json.loads(sent.stdout)["journeys"][0]["external_id"]

    def seen() -> list[str]:
        messages = [event["message"] or {} for event in watched()]
        return [m["sender_type"] for m in messages if m.get("external_message_id") == wanted]

    wait_until(seen, timeout=30)
    assert seen() == ["customer"]
    wait_until(lambda: running.run("status").returncode == 0, timeout=30)


def test_one_conversation_can_be_followed_alone(running: System) -> None:
    add = (
        "with customer as (insert into customer_profiles (id) values (gen_random_uuid())"
        " returning id) insert into conversations (channel_id, customer_id, channel_type)"
        " select channels.id, customer.id, channels.type from customer"
        " cross join (select * from channels limit 1) as channels returning id"
    )
    quiet = running.sql(add).splitlines()[0]
    done = running.run("watch", "--conversation", quiet, "--seconds", "1", "--json")
    assert (done.returncode, done.stdout) == (0, "")


def test_send_as_a_visitor_brings_the_reply(running: System) -> None:
    result = running.json("send", "How long does delivery take?")
    assert result["reply"]["sender_type"] == "ai"


def test_send_as_the_agent_stores_an_agents_message(running: System) -> None:
    conversation = running.json("send", "How long does delivery take?")["conversation_id"]
    message = running.json("send", "I take over.", "--conversation", conversation)
    assert (message["sender_type"], message["content"]) == ("agent", "I take over.")
    mode = running.sql(f"select ai_mode from conversations where id = '{conversation}'")
    assert mode == "human"


def test_send_to_a_conversation_that_does_not_exist_is_explained(running: System) -> None:
    done = running.run("send", "Hello", "--conversation", "00000000-0000-0000-0000-000000000000")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
