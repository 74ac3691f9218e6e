"""The ports of a run: free, and no other run's."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from local.claims import Claims, listens
from local.plan import Ports
from local.ports import LOOPBACK, find_free_port


@pytest.fixture
def claims() -> Iterator[Claims]:
    """Claims that are given back after the test."""
    claims = Claims()
    yield claims
    claims.release()


@pytest.fixture
def wanted() -> Ports:
    """Ports that are free now."""
    return Ports(
        api=find_free_port(0),
        database=find_free_port(0),
        webhooks=find_free_port(0),
        standins=find_free_port(0),
        mail=find_free_port(0),
    )


def test_free_ports_are_used_as_wanted(claims: Claims, wanted: Ports) -> None:
    said: list[str] = []
    assert claims.choose(wanted, said.append) == wanted
    assert said == []


def test_two_runs_never_get_the_same_port(claims: Claims, wanted: Ports) -> None:
    claims.choose(wanted, print)
    other, said = Claims(), []
    second = other.choose(wanted, said.append)
    other.release()
    assert {wanted.api, wanted.database} & {second.api, second.database} == set()
    assert len(said) == 5


def test_released_ports_can_be_had_again(claims: Claims, wanted: Ports) -> None:
    first = Claims()
    first.choose(wanted, print)
    first.release()
    assert claims.choose(wanted, print) == wanted


def test_only_the_process_that_listens_is_said_to_listen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert listens(os.getpid(), port)
        assert not listens(os.getppid(), find_free_port(0))


def test_a_claimed_port_goes_to_no_connection_and_can_be_listened_on(
    claims: Claims, wanted: Ports
) -> None:
    port = claims.choose(wanted, print).webhooks
    with socket.socket() as going_out, pytest.raises(OSError, match="in use"):
        going_out.bind((LOOPBACK, port))
    with socket.create_server((LOOPBACK, port)):
        assert listens(os.getpid(), port)
