"""One running system for all journeys: Postgres, gateway, Flask, worker and stand-ins."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.ports import find_free_port
from local.stack import Stack
from tests.flow.journeys import Customer, Desk
from tests.waiting import wait_until
from tests.web import ANEW, WEB

KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR")


def bare_environment() -> dict[str, str]:
    """The machine's variables without any setting of ours, keys least of all.

    Articles are found by words: what is answered must not hang on whether another test has fetched
    the packaged model by then.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"AI_EMBEDDINGS": "off"}


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The whole system with the embedded answerer, as `make up` starts it."""
    directory = tmp_path_factory.mktemp("desk")
    with (
        Stack(directory, bare_environment()) as stack,
        httpx.Client(timeout=30, limits=ANEW) as http,
    ):
        yield Desk(stack=stack, http=http)


@pytest.fixture(scope="session")
def kept_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where systems of other settings run one after the other: the database is made only once."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def customer(desk: Desk) -> Customer:
    """A new customer on WhatsApp."""
    return Customer(desk=desk)


@pytest.fixture
def usual_platform(desk: Desk) -> Iterator[Desk]:
    """Lets a test change the stand-in's behaviour and sets it back afterwards."""
    yield desk
    desk.platform_behaves(mode="normal")


@pytest.fixture(scope="module")
def model_url() -> Iterator[str]:
    """The address of a scripted model server of its own."""
    port = find_free_port(0)
    command = [sys.executable, "-m", "local.standins.openai", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: listens(f"{url}/v1/models"))
        yield url
        process.terminate()


def listens(url: str) -> bool:
    """Whether a server answers there."""
    try:
        return WEB.get(url).status_code == 200
    except httpx.TransportError:
        return False
