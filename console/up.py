"""`romashka up`: the whole system in the foreground."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from console.later import fetch_model_later
from console.logs import quieten_logs
from console.output import data, say
from console.place import directory
from console.problems import INTERRUPTED
from console.status import show
from local.plan import Ports
from local.stack import Stack

SIGNAL_POLL_S = 0.25


class AskedToEnd(KeyboardInterrupt):
    """A signal asked for the end; of a kind that asyncio lets through."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run(ports: Ports, *, quiet: bool) -> None:
    """Start, print the addresses, print a line per message until a signal comes, end."""
    quieten_logs()
    began = time.monotonic()
    steps: list[str] = []
    stack = Stack(
        directory(), ports=ports, say=say, timed=lambda name, s: steps.append(f"{name} {s:.1f} s")
    )
    with signals_raise() as calm:
        try:
            stack.start()
            say(f"started in {time.monotonic() - began:.1f} s: {', '.join(steps)}")
            greet(stack)
            fetch_model_later(stack.plan)
            follow(stack, quiet=quiet)
        except AskedToEnd as asked:
            calm.set()
            say("ending …")
            stack.stop()
            say("everything ended")
            if asked.number == signal.SIGINT:
                raise typer.Exit(INTERRUPTED) from None
        finally:
            calm.set()
            stack.stop()


def greet(stack: Stack) -> None:
    """Say what runs and what can be done now."""
    plan = stack.plan
    model = plan.environ.get("OPENAI_MODEL") or "the model"
    is_set = plan.environ.get("OPENAI_API_KEY") or plan.environ.get("OPENAI_BASE_URL")
    brain = model if is_set else "the built-in answerer: no model key"
    where = "against your Supabase project" if plan.project else "on this machine"
    data(f"Romashka is running {where} (answers: {brain})")
    show(stack.run)
    if plan.stand_ins:
        names = ", ".join(sorted(plan.stand_ins))
        say(f"Stand-ins play {names}: .env.example says how to use real accounts.")
    say('In another terminal:  .venv/bin/romashka simulate whatsapp "How long does delivery take?"')
    say("                      .venv/bin/romashka watch     Ctrl-C here, or make down, ends it.")


def follow(stack: Stack, *, quiet: bool) -> None:
    """Print a line per message until a signal comes."""
    email, password = stack.plan.agent
    if quiet or not (email and password):
        if not quiet:
            say("no line per message: ROMASHKA_AGENT_EMAIL and ROMASHKA_AGENT_PASSWORD are not set")
        # In short steps: a signal that another thread took wakes nobody who waits without end.
        while True:
            time.sleep(SIGNAL_POLL_S)
    from console.live import print_lines

    print_lines(stack.plan)


@contextmanager
def signals_raise() -> Iterator[threading.Event]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into AskedToEnd; set the event to ignore more."""
    calm = threading.Event()

    def handle(number: int, _: FrameType | None) -> None:
        if not calm.is_set():
            calm.set()
            raise AskedToEnd(number)
        say("ending already; this takes a few seconds")

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield calm
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
