"""With a language model: the same journey on both wires, and every way a model server can fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import psycopg
import pytest

from local.ports import find_free_port
from local.stack import Stack
from tests.flow.conftest import bare_environment
from tests.flow.journeys import Customer, Desk
from tests.invariants import assert_invariants
from tests.waiting import wait_until

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
]


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


@pytest.fixture(scope="module")
def model_url() -> Iterator[str]:
    """The address of a scripted model server of its own."""
    port = find_free_port(55410)
    command = [sys.executable, "-m", "local.standins.openai", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: listens(f"{url}/v1/models"))
        yield url
        process.terminate()


def listens(url: str) -> bool:
    """Whether a server answers there."""
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module", params=["chat", "responses"])
def model_desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, model_url: str
) -> Iterator[ModelDesk]:
    """A whole system that asks a model, over one of the two wires."""
    environ = bare_environment() | {
        "OPENAI_API_KEY": "sk-of-nobody",
        "OPENAI_BASE_URL": f"{model_url}/v1",
        "AI_WIRE": request.param,
    }
    directory = tmp_path_factory.mktemp(request.param)
    with Stack(directory, environ) as stack, httpx.Client(timeout=30) as http:
        yield ModelDesk(desk=Desk(stack=stack, http=http), model_url=model_url)


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


def test_whatever_the_model_does_the_customer_hears_in_time(model_desk: ModelDesk) -> None:
    customers = []
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
        assert_invariants(connection)
