"""Turns under bursts, meddling agents, dying workers and a bad model: one reply each, in time."""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from local.stack import Stack
from tests.flow.conftest import bare_environment
from tests.flow.journeys import Customer, Desk
from tests.flow.test_models import ModelDesk
from tests.flow.turn_stories import Story, Watch
from tests.flow.turn_trouble import Crew, scripted
from tests.invariants import broken_invariants
from tests.turn_invariants import (
    WATCH,
    broken_turns,
    claims_seen,
    figures,
    slowest,
    unfenced_claims,
)
from tests.waiting import wait_until
from tests.web import ANEW
from worker.patience import end

# `make chaos` plays ten thousand turns.
FULL = os.environ.get("ROMASHKA_CHAOS") == "full"
CUSTOMERS = 2500 if FULL else 60
ROUNDS = 4 if FULL else 3
AT_ONCE = 100 if FULL else 60
WORKERS = 2
PAUSE = (2.0, 6.0) if FULL else (1.5, 3.0)
RECORDING = """
select count(*) from pg_stat_activity
where wait_event_type = 'Lock' and query like '%%record_ai_reply%%'
"""
pytestmark = pytest.mark.alone
HELD = """
create function public.tool_held(p_arguments jsonb) returns jsonb
language sql volatile set search_path = '' as $$ select to_jsonb(pg_catalog.pg_sleep(9)::text) $$;
grant execute on function public.tool_held to ai_reader;
insert into public.ai_tools (name, description, parameters, function_name, requires_identity)
values ('held', 'Takes its time', '{"type": "object"}', 'public.tool_held', false)
"""
LOOKING_UP = """
select count(*) from pg_stat_activity
where state = 'active' and query like '%%private.run_tool%%' and pid <> pg_backend_pid()
"""
SETTLED = "select count(*) = 0 from private.reply_jobs where state in ('waiting', 'running')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzz:
    """A system with a bad model, some workers, and the seed of what happens to them."""

    models: ModelDesk
    crew: Crew
    seed: int
    told: dict[str, int] = field(default_factory=dict)

    def script(self, plans: Sequence[Mapping[str, Any]] = (), **default: Any) -> None:
        """How the model serves the next requests, and all after them."""
        url = f"{self.models.model_url}/_standin"
        body = {"default": default, "script": list(plans)}
        self.desk.http.post(f"{url}/script", json=body).raise_for_status()
        self.desk.http.delete(f"{url}/requests").raise_for_status()

    def asked(self, words: str) -> list[dict[str, Any]]:
        """The model's record of the requests that hold these words, oldest first."""
        url = f"{self.models.model_url}/_standin/requests"
        found = self.desk.http.get(url).json()
        return [one for one in found if words in json.dumps(one["body"])]

    @property
    def desk(self) -> Desk:
        """The running system."""
        return self.models.desk

    async def play(self) -> None:
        """Plays all stories, so many at once, while workers come and go."""
        url = self.desk.db_url
        async with AsyncConnectionPool(
            url, min_size=4, max_size=16, kwargs={"autocommit": True}, timeout=60
        ) as pool:
            watch = Watch(pool)
            chance = random.Random(self.seed)
            trouble = asyncio.create_task(self.crew.trouble(chance, PAUSE))
            looking = asyncio.create_task(watch.run())
            seats = asyncio.Semaphore(AT_ONCE)
            async with asyncio.TaskGroup() as stories:
                for number in range(CUSTOMERS):
                    stories.create_task(self._play_one(number, pool, watch, seats))
            assert not trouble.done(), trouble.exception()
            await end([trouble, looking])

    async def _play_one(
        self, number: int, pool: AsyncConnectionPool, watch: Watch, seats: asyncio.Semaphore
    ) -> None:
        async with seats:
            await Story(
                seed=f"{self.seed}:{number}",
                pool=pool,
                watch=watch,
                account=self.desk.account,
                rounds=ROUNDS,
                told=self.told,
            ).run()


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory, model_url: str) -> Iterator[Fuzz]:
    """A system of its own whose turns are watched, with more workers than one."""
    seed = int(os.environ.get("ROMASHKA_SEED") or secrets.randbelow(10**6))
    environ = bare_environment() | {
        "OPENAI_API_KEY": "sk-of-nobody",
        "OPENAI_BASE_URL": f"{model_url}/v1",
        "AI_WIRE": "chat",
    }
    directory = tmp_path_factory.mktemp("fuzz")
    with Stack(directory, environ) as stack, httpx.Client(timeout=60, limits=ANEW) as http:
        desk = Desk(stack=stack, http=http)
        desk.platform_behaves(silent=True)
        with psycopg.connect(desk.db_url) as connection:
            connection.execute(WATCH)
        crew = Crew(desk=desk, directory=directory, count=WORKERS)
        crew.start()
        wait_until(crew.is_complete, 60)
        fuzz = Fuzz(models=ModelDesk(desk=desk, model_url=model_url), crew=crew, seed=seed)
        # The first webhook and the first call of a process take longer than a burst may.
        fuzz.script()
        for _ in range(4):
            customer = Customer(desk=desk)
            customer.says("How long does delivery take?")
            customer.reply()
        yield fuzz
        crew.end()


def test_a_burst_of_three_is_one_call_that_holds_all_of_it(fuzz: Fuzz) -> None:
    fuzz.script()
    customer, words = Customer(desk=fuzz.desk), [secrets.token_hex(6) for _ in range(3)]
    for word in words:
        customer.says(f"How long does delivery take? {word}")
    customer.reply()

    assert len(customer.replies()) == 1
    finished = [one for one in fuzz.asked(words[2]) if not one["closed_by_client"]]
    assert len(finished) == 1
    assert all(word in json.dumps(finished[0]["body"]) for word in words)


def test_a_newer_message_closes_the_call_and_the_next_one_holds_both(fuzz: Fuzz) -> None:
    fuzz.script([{"mode": "hang"}])
    customer, words = Customer(desk=fuzz.desk), [secrets.token_hex(6) for _ in range(2)]
    customer.says(f"How long does delivery take? {words[0]}")
    wait_until(lambda: fuzz.asked(words[0]))
    customer.says(f"And abroad? {words[1]}")
    wait_until(lambda: fuzz.asked(words[0])[0]["closed_by_client"], 2)
    customer.reply()

    (second,) = fuzz.asked(words[1])
    assert words[0] in json.dumps(second["body"])
    assert customer.waited_s() <= 6.0


def test_a_takeover_closes_the_call(fuzz: Fuzz) -> None:
    fuzz.script(mode="hang")
    customer, word = Customer(desk=fuzz.desk), secrets.token_hex(6)
    customer.says(f"How long does delivery take? {word}")
    wait_until(lambda: fuzz.asked(word))
    (conversation,) = {one["conversation_id"] for one in customer.messages()}
    fuzz.desk.rows("select public.take_over(%s)", conversation)
    began = time.monotonic()
    wait_until(lambda: fuzz.asked(word)[0]["closed_by_client"], 2)
    print(f"closed {1000 * (time.monotonic() - began):.0f} ms after the takeover")  # noqa: T201
    assert customer.replies() == []


def test_a_takeover_while_a_tool_is_held_ends_the_call_and_nothing_is_said(fuzz: Fuzz) -> None:
    with psycopg.connect(fuzz.desk.db_url) as connection:
        connection.execute(HELD)
    calling = {"mode": "tools", "calls": [{"name": "held", "arguments": {}}]}
    # Where the tool's second is over before the takeover is heard, the next round is held.
    fuzz.script([calling], mode="hang")
    customer, word = Customer(desk=fuzz.desk), secrets.token_hex(6)
    customer.says(f"Where is my parcel, please? {word}")
    wait_until(lambda: fuzz.desk.value(LOOKING_UP), 6)
    (conversation,) = {one["conversation_id"] for one in customer.messages()}
    fuzz.desk.rows("select public.take_over(%s)", conversation)
    began = time.monotonic()
    wait_until(lambda: not fuzz.desk.value(LOOKING_UP), 2)
    print(f"closed {1000 * (time.monotonic() - began):.0f} ms after the takeover")  # noqa: T201

    runs = "select outcome, reason from public.ai_runs where conversation_id = %s"
    (run,) = wait_until(lambda: fuzz.desk.rows(runs, conversation))
    assert run == {"outcome": "fenced", "reason": "cancelled"}
    first, *later = fuzz.asked(word)
    assert first["mode"] == "tools" and all(one["closed_by_client"] for one in later)
    assert customer.replies() == []


def test_a_message_that_comes_while_the_reply_is_recorded_is_answered_with_it(fuzz: Fuzz) -> None:
    fuzz.script(first_token_s=0.3)
    customer, words = Customer(desk=fuzz.desk), [secrets.token_hex(6) for _ in range(2)]
    customer.says(f"How long does delivery take? {words[0]}")
    wait_until(lambda: fuzz.asked(words[0]))
    (asked,) = customer.messages()
    with psycopg.connect(fuzz.desk.db_url) as connection:
        connection.execute(
            "insert into public.messages (conversation_id, sender_type, content, calls_for_answer)"
            " values (%s, 'customer', %s, true)",
            [asked["conversation_id"], f"How long does delivery take? {words[1]}"],
        )
        wait_until(lambda: fuzz.desk.value(RECORDING))
    customer.reply()

    (run,) = fuzz.desk.rows(
        "select question from public.ai_runs where conversation_id = %s and outcome <> 'fenced'",
        asked["conversation_id"],
    )
    assert all(word in run["question"] for word in words)
    assert len(customer.replies()) == 1
    assert customer.waited_s() <= 6.0


def test_whatever_happens_a_turn_has_one_reply_in_time(fuzz: Fuzz) -> None:
    began = time.monotonic()
    fuzz.script(scripted(fuzz.seed, CUSTOMERS * ROUNDS * 2))
    asyncio.run(fuzz.play())
    wait_until(lambda: fuzz.desk.value(SETTLED), 20)

    with psycopg.connect(fuzz.desk.db_url) as connection:
        broken = broken_turns(connection) | broken_invariants(connection)
        unfenced = unfenced_claims(connection)
        report = figures(connection) | asdict(claims_seen(connection))
        report["slowest"] = slowest(connection)
    seconds = round(time.monotonic() - began)
    report |= {"seconds": seconds, "meddled": fuzz.told, "workers": fuzz.crew.done}
    print(f"turn fuzz, seed {fuzz.seed}: {json.dumps(report)}")  # noqa: T201 - what `make chaos` reports
    assert not broken, (fuzz.seed, json.dumps(broken, default=str))
    assert not unfenced, (fuzz.seed, unfenced)
    assert "left open" not in fuzz.told, fuzz.seed
