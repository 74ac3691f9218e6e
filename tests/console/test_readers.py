"""Who reads what a command prints may go, as `head` does, or may never have been there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import COMMAND, System
from tests.waiting import wait_until

# What a shell says of a command that SIGPIPE has ended; Python says -13 of the signal itself.
GONE = (141, -13)
PRINTING = [
    ("--help",),
    ("ai", "backtest", "--help"),
    ("--version",),
    ("status",),
    ("status", "--json"),
    ("doctor",),
    ("doctor", "--json"),
    ("ai", "knowledge", "export"),
    ("ai", "price", "list"),
    ("db", "psql", "-c", "select generate_series(1, 100000)"),
    ("bench", "--list"),
]


@pytest.fixture
def pipe_without_reader() -> Iterator[int]:
    """The end of a pipe that is written to, whose other end is closed."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def begin(system: System, *arguments: str, out: int, err: int) -> subprocess.Popen[bytes]:
    """A command that writes to these."""
    command = [*COMMAND, *arguments]
    return subprocess.Popen(command, env=system.environment, stdout=out, stderr=err)


@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
def test_a_command_whose_reader_has_gone_ends_quietly(
    running: System, pipe_without_reader: int, command: tuple[str, ...]
) -> None:
    process = begin(running, *command, out=pipe_without_reader, err=subprocess.PIPE)
    _, said = process.communicate(timeout=60)
    assert (process.returncode in GONE, said) == (True, b"")


def test_an_error_is_said_though_nobody_reads_the_object(
    running: System, pipe_without_reader: int
) -> None:
    command = ("ai", "knowledge", "show", "nonsense", "--json")
    process = begin(running, *command, out=pipe_without_reader, err=subprocess.PIPE)
    _, said = process.communicate(timeout=60)
    assert process.returncode in GONE
    assert said.startswith(b"'nonsense' is no article's id")


def test_a_command_whose_messages_nobody_reads_does_its_work(
    running: System, pipe_without_reader: int
) -> None:
    process = begin(
        running, "watch", "--seconds", "0.1", out=subprocess.PIPE, err=pipe_without_reader
    )
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_watch_ends_with_its_reader(running: System, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with (tmp_path / "err").open("wb") as err:
        watch = begin(running, "watch", out=writing, err=err.fileno())
    os.close(writing)
    wait_until(lambda: "following" in (tmp_path / "err").read_text(), 30)
    os.close(reading)
    running.json("simulate", "whatsapp", "How long does delivery take?")
    assert watch.wait(30) in GONE
    assert (tmp_path / "err").read_text() == "following the inbox live; Ctrl-C ends it\n"


def test_up_ends_in_order_with_its_reader(ended: System, pipe_without_reader: int) -> None:
    process = begin(ended, "up", out=pipe_without_reader, err=subprocess.PIPE)
    _, said = process.communicate(timeout=120)
    assert process.returncode in GONE
    assert (b"Traceback" in said, ended.processes()) == (False, [])


@pytest.mark.parametrize("closed", ["1", "2"])
def test_a_command_may_have_no_stdout_or_stderr_at_all(running: System, closed: str) -> None:
    line = f'"$@" {closed}>&-'
    done = subprocess.run(
        ["sh", "-c", line, "sh", *COMMAND, "doctor"], env=running.environment, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
