"""The scripted OpenAI stand-in as a process of its own, and models that talk to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.ports import find_free_port
from romashka.settings import Settings
from tests.waiting import wait_until
from tests.web import ANEW
from tests.worker.offices import Office
from worker.model import Model
from worker.model.choice import choose_model


class StandIn:
    """Scripts the running stand-in and reads its record."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=5, limits=ANEW)

    def play(self, mode: str = "normal", script: tuple[dict[str, Any], ...] = (), **plan: Any):
        """Serves every request in this mode, after those of the script."""
        body = {"default": {"mode": mode, **plan}, "script": list(script)}
        self._http.post("/_standin/script", json=body).raise_for_status()
        self._http.delete("/_standin/requests").raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """What it was asked, oldest first."""
        return self._http.get("/_standin/requests").json()

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return self._http.get("/v1/models").is_success
        except httpx.TransportError:
            return False

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()


@pytest.fixture(scope="session")
def openai_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StandIn, Path]]:
    """The stand-in's process and the file it logs to."""
    port = find_free_port(0)
    log = tmp_path_factory.mktemp("standin") / "openai.log"
    command = [sys.executable, "-m", "local.standins.openai", "--port", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output) as process:
        standin = StandIn(f"http://127.0.0.1:{port}")
        wait_until(standin.is_up)
        yield standin, log
        standin.close()
        process.terminate()


@pytest.fixture
def standin(openai_process: tuple[StandIn, Path]) -> StandIn:
    """The stand-in in its normal mode with an empty record."""
    openai_process[0].play()
    return openai_process[0]


@pytest.fixture(params=["responses", "chat"])
async def model(request: pytest.FixtureRequest, standin: StandIn) -> AsyncIterator[Model]:
    """A language model on each wire, served by the stand-in."""
    chosen = choose_model(settings_for(standin, ai_wire=request.param))
    yield chosen
    await chosen.close()


def settings_for(standin: StandIn, **changes: str) -> Settings:
    """Settings whose model is the stand-in."""
    values = {"openai_base_url": f"{standin.url}/v1", "openai_model": "stand-in", **changes}
    return Settings.from_env({name.upper(): value for name, value in values.items()})


@pytest.fixture
async def model_on(standin: StandIn) -> AsyncIterator[Callable[..., Model]]:
    """Makes models with settings of one's own, served by the stand-in; closes them."""
    made: list[Model] = []

    def make(**changes: str) -> Model:
        made.append(choose_model(settings_for(standin, **changes)))
        return made[-1]

    yield make
    for model in made:
        await model.close()


@pytest.fixture
def office(fresh_database: Callable[[], str]) -> Iterator[Office]:
    """A database of its own with the shop's articles."""
    opened = Office(fresh_database())
    opened.stock()
    yield opened
    opened.close()
