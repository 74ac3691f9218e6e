"""Workers that are killed and frozen, and a model of which nobody knows what it does next."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.parts import worker
from tests.flow.journeys import Desk
from tests.waiting import wait_until_async

FAULTS: tuple[dict[str, Any], ...] = (
    {"mode": "hang"},
    {"mode": "trickle", "token_s": 0.4},
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
    {"mode": "slow"},
    {"mode": "tools", "calls": [{"name": "knowledge_search", "arguments": {"question": "return"}}]},
    {"mode": "tools", "calls": [{"name": "no_such_tool", "arguments": "{"}] * 9},
)
FAULTY = 0.2
# Enough of one kind for a breaker; while it is open hardly anything of a storm is used up.
STORM = 12
STORMS = 0.0004
AT_WORK = """
select count(*) from private.processes
where kind = 'worker' and seen_at > clock_timestamp() - interval '2.5 seconds'
"""


def scripted(seed: int, count: int) -> list[dict[str, Any]]:
    """How the model serves so many requests: mostly well, at its own pace; in storms never."""
    chance = random.Random(seed)
    plans: list[dict[str, Any]] = []
    while len(plans) < count:
        if chance.random() < STORMS:
            plans += [dict(chance.choice(FAULTS[2:5])) for _ in range(STORM)]
        elif chance.random() < FAULTY:
            plans.append(dict(chance.choice(FAULTS)))
        else:
            plans.append(
                {
                    "mode": "normal",
                    "first_token_s": chance.uniform(0.05, 1.2),
                    "token_s": chance.choice((0.0, 0.01, 0.03)),
                }
            )
    return plans


@dataclass(slots=True, kw_only=True)
class Crew:
    """The workers: one that the system keeps alive, and more that are ours."""

    desk: Desk
    directory: Path
    count: int
    done: dict[str, int] = field(default_factory=dict)
    _own: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Starts workers until there are `count` of our own."""
        part = worker(self.desk.stack.plan)
        self._own = [process for process in self._own if process.poll() is None]
        while len(self._own) < self.count:
            with (self.directory / "workers.log").open("ab") as log:
                self._own.append(
                    subprocess.Popen(
                        part.command,
                        env=dict(part.environment),
                        cwd=part.directory,
                        stdout=log,
                        stderr=log,
                    )
                )

    def pids(self) -> list[int]:
        """All living workers."""
        own = [process.pid for process in self._own if process.poll() is None]
        return [*own, *filter(None, [self.desk.stack.pids.get("worker")])]

    def is_complete(self) -> bool:
        """Whether all workers, new ones for those that ended, have shown themselves just now."""
        self.start()
        return bool(self.desk.value(AT_WORK) > self.count)

    def end(self) -> None:
        """Wakes and ends what is ours."""
        for pid in self.pids():
            send(pid, signal.SIGCONT)
        for process in self._own:
            process.kill()
            process.wait()

    async def trouble(self, chance: random.Random, pause: tuple[float, float]) -> None:
        """Kills, freezes and ends workers, one thing after the other, until cancelled."""
        while True:
            await asyncio.sleep(chance.uniform(*pause))
            await wait_until_async(lambda: asyncio.to_thread(self.is_complete), 60)
            what = chance.choices(("kill", "freeze", "freeze all", "end"), (45, 35, 10, 10))[0]
            self.done[what] = self.done.get(what, 0) + 1
            victims = self.pids() if what == "freeze all" else [chance.choice(self.pids())]
            if what in ("kill", "end"):
                send(victims[0], signal.SIGKILL if what == "kill" else signal.SIGTERM)
            else:
                with frozen(victims):
                    await asyncio.sleep(chance.uniform(0.3, 5.5))


def send(pid: int, number: signal.Signals) -> None:
    """A signal to a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """Stops processes in the middle of whatever they do, for the length of a block."""
    for pid in pids:
        send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            send(pid, signal.SIGCONT)
