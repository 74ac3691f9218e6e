"""With a language model: the same journey on both wires, and every way a model server can fail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from supabase import AsyncClient

from local.stack import Stack
from tests.flow.conftest import bare_environment
from tests.flow.journeys import Customer, Desk
from tests.flow.test_website_round_trip import agent, begin, call, played, since, visitor
from tests.invariants import assert_invariants
from tests.waiting import wait_until, wait_until_async
from tests.web import ANEW

FAULTS = [
    {"mode": "hang"},
    {"mode": "trickle", "token_s": 0.5},
    {"mode": "rate_limited", "retry_after": "30"},
    {"mode": "error", "status": 500},
    {"mode": "cut"},
    {"mode": "fenced"},
    {"mode": "malformed"},
    {"mode": "empty"},
    {"mode": "wrong_types"},
    {"mode": "not_streamed"},
    {"mode": "no_usage"},
    {"mode": "incomplete"},
    {"mode": "stream_error"},
]
STREAMED = ("ai_start", "ai_delta", "ai_done", "ai_abort")
SPOKEN = {
    "language": "en",
    "sources": ["S1"],
    "answerable": True,
    "reply": "Standard delivery takes two to four working days, express takes one working day.",
    "handover": False,
    "handover_reason": None,
    "intent": "delivery",
    "sentiment": "neutral",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDesk:
    """A running system whose answers come from the scripted model server."""

    desk: Desk
    model_url: str

    def script(self, **plan: object) -> None:
        """How the model server behaves from now on."""
        answer = self.desk.http.post(f"{self.model_url}/_standin/script", json={"default": plan})
        answer.raise_for_status()

    def requests(self) -> int:
        """How many requests the model server got."""
        return len(self.desk.http.get(f"{self.model_url}/_standin/requests").json())

    def last_request(self) -> dict[str, Any]:
        """The stand-in's record of the newest request."""
        found = self.desk.http.get(f"{self.model_url}/_standin/requests").json()
        return dict(found[-1])

    async def speak(self, conversation: str, event: str) -> None:
        """Broadcasts on a conversation's topic as only the service may."""
        run = self.desk.stack.run
        message = {
            "topic": f"conversation:{conversation}",
            "event": event,
            "payload": {"text": "from the service"},
            "private": True,
        }
        async with httpx.AsyncClient(headers={"apikey": run["service_role_key"]}) as http:
            url = f"{run['api_url']}/realtime/v1/api/broadcast"
            (await http.post(url, json={"messages": [message]})).raise_for_status()


@pytest.fixture(scope="module", params=["chat", "responses"])
def model_desk(
    request: pytest.FixtureRequest, kept_folder: Path, model_url: str
) -> Iterator[ModelDesk]:
    """A whole system that asks a model, over one of the two wires."""
    environ = bare_environment() | {
        "OPENAI_API_KEY": "sk-of-nobody",
        "OPENAI_BASE_URL": f"{model_url}/v1",
        "AI_WIRE": request.param,
    }
    with Stack(kept_folder, environ) as stack, httpx.Client(timeout=30, limits=ANEW) as http:
        yield ModelDesk(desk=Desk(stack=stack, http=http), model_url=model_url)


async def follow(client: AsyncClient, conversation: str) -> list[tuple[str, dict[str, Any]]]:
    """Joins the conversation's private topic; the list fills with what is heard of the AI."""
    heard: list[tuple[str, dict[str, Any]]] = []
    joined = asyncio.Event()
    channel = client.channel(f"conversation:{conversation}", {"config": {"private": True}})
    for event in STREAMED:
        channel.on_broadcast(event, lambda what: heard.append((what["event"], what["payload"])))
    await channel.subscribe(lambda state, _: joined.set() if state == "SUBSCRIBED" else None)
    await asyncio.wait_for(joined.wait(), 20)
    return heard


def test_a_visitor_reads_the_answer_while_it_is_written(model_desk: ModelDesk) -> None:
    model_desk.script(mode="normal", reply=SPOKEN, token_s=0.06)

    async def scene() -> None:
        async with visitor(model_desk.desk) as client, agent(model_desk.desk) as colleague:
            conversation = await begin(client, None)
            heard = await follow(client, conversation)
            looked_on = await follow(colleague, conversation)
            asking = {"p_conversation_id": conversation, "p_content": "When is it delivered?"}
            await call(client, "send_message", **asking)
            await wait_until_async(lambda: heard and heard[-1][0] == "ai_done", 12)
            (row,) = [one for one in await since(client, conversation) if is_ai(one)]
            await wait_until_async(lambda: len(looked_on) == len(heard))
        deltas = [payload for event, payload in heard if event == "ai_delta"]
        assert [event for event, _ in heard] == [
            "ai_start",
            *["ai_delta"] * len(deltas),
            "ai_done",
        ]
        assert len(deltas) >= 3
        assert all(SPOKEN["reply"].startswith(delta["text"]) for delta in deltas)
        assert [delta["seq"] for delta in deltas] == sorted({delta["seq"] for delta in deltas})
        assert deltas[-1]["text"] == row["content"] == SPOKEN["reply"]
        assert heard[-1][1]["message_id"] == row["id"]

    played(scene)


def test_nobody_sees_a_word_of_what_the_model_declines(model_desk: ModelDesk) -> None:
    declined = {**SPOKEN, "answerable": False, "sources": [], "handover": True}
    model_desk.script(mode="normal", reply=declined, token_s=0.01)

    async def scene() -> None:
        async with visitor(model_desk.desk) as client:
            conversation = await begin(client, None)
            heard = await follow(client, conversation)
            asking = {"p_conversation_id": conversation, "p_content": "Who painted the ceiling?"}
            await call(client, "send_message", **asking)
            await wait_until_async(lambda: answered(client, conversation), 12)
            assert heard == []

    played(scene)


def test_a_takeover_closes_the_call_and_takes_back_what_was_shown(model_desk: ModelDesk) -> None:
    model_desk.script(mode="normal", reply=SPOKEN, token_s=0.1)

    async def scene() -> None:
        async with visitor(model_desk.desk) as client, agent(model_desk.desk) as colleague:
            conversation = await begin(client, None)
            heard = await follow(client, conversation)
            asking = {"p_conversation_id": conversation, "p_content": "When is it delivered?"}
            await call(client, "send_message", **asking)
            await wait_until_async(lambda: any(event == "ai_delta" for event, _ in heard), 12)
            await call(colleague, "take_over", p_conversation_id=conversation)
            await wait_until_async(lambda: heard[-1][0] == "ai_abort")
            assert heard[-1][1]["reason"] == "cancelled"
            await wait_until_async(lambda: model_desk.last_request()["closed_by_client"])
            assert not await answered(client, conversation)

    played(scene)


def test_a_visitor_cannot_speak_as_the_ai(model_desk: ModelDesk) -> None:
    async def scene() -> None:
        async with visitor(model_desk.desk) as client, agent(model_desk.desk) as colleague:
            conversation = await begin(client, None)
            heard = await follow(colleague, conversation)
            await follow(client, conversation)
            (channel,) = client.get_channels()
            for event in STREAMED:
                await channel.send_broadcast(event, {"text": "I am the AI"})
            # What the server's own key sends afterwards comes through: the others were refused.
            await model_desk.speak(conversation, "ai_done")
            await wait_until_async(lambda: heard)
            assert heard == [("ai_done", {"text": "from the service"})]

    played(scene)


def is_ai(message: dict[str, Any]) -> bool:
    """Whether the AI said it."""
    return bool(message["sender_type"] == "ai")


async def answered(client: AsyncClient, conversation: str) -> bool:
    """Whether somebody else than the customer said something."""
    return any(one["sender_type"] != "customer" for one in await since(client, conversation))


def test_a_model_answers_from_the_article(model_desk: ModelDesk) -> None:
    model_desk.script(mode="normal")
    customer = Customer(desk=model_desk.desk)
    before = model_desk.requests()
    customer.says("How long does delivery take?")

    reply = customer.reply_with_status("read")
    assert model_desk.requests() == before + 1
    assert reply["sender_type"] == "ai"
    assert reply["knowledge_sources"]
    assert reply["tokens_used"] > 0
    wire = model_desk.desk.value(
        "select wire from public.ai_runs where message_id = %s", reply["id"]
    )
    assert wire in {"chat", "responses"}


@pytest.mark.alone
def test_whatever_the_model_does_the_customer_hears_in_time(model_desk: ModelDesk) -> None:
    customers, began_at = [], datetime.now(UTC)
    for fault in FAULTS:
        model_desk.script(**fault)
        customer = Customer(desk=model_desk.desk)
        before = model_desk.requests()
        customer.says("Which payment methods do you accept?")
        wait_until(lambda seen=before: model_desk.requests() > seen)
        customers.append(customer)

    for customer, fault in zip(customers, FAULTS, strict=True):
        customer.reply()
        assert customer.waited_s() <= 6.0, fault
    with psycopg.connect(model_desk.desk.db_url) as connection:
        assert_invariants(connection, since=began_at)
