"""A thousand model streams at once: what the client adds, the worker's against the library's own.

Both ask the same scripted server in a process of its own, over loopback, for the same chat stream;
each client is a process of its own and runs alone, on uvloop. What is added is the time beyond the
length of the stream.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, percentile
from bench.report import say
from bench.sizes import Sizes
from bench.system import bare_environment, running
from local.child import Part
from local.plan import ROOT
from local.ports import find_free_port

EVENTS = 60
STREAM_S = 2.0
GOAL = 0.1
CLIENT_LIMIT_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one client's calls took beyond the stream (ms), how many failed, and CPU for each."""

    added: list[float]
    failed: int
    cpu_ms: float

    @property
    def p99(self) -> float:
        """The slowest but one in a hundred."""
        return percentile(self.added, 0.99)


def streams(sizes: Sizes) -> list[Figure]:
    """So many streams at once by each client, some rounds; the median of the ratios counts."""
    port = find_free_port(0)
    with tempfile.TemporaryDirectory(prefix="romashka-bench-") as directory:
        part = Part(
            name="models",
            command=(
                sys.executable, "-m", "bench.model_server", str(port), str(EVENTS), str(STREAM_S)
            ),
            environment=bare_environment(),
            directory=ROOT,
            log=Path(directory) / "models.log",
            is_ready=lambda _: b"stand-in" in (Path(directory) / "models.log").read_bytes(),
        )  # fmt: skip
        with running(part):
            pairs = [
                (ask("ours", port, sizes.streams), ask("default", port, sizes.streams))
                for _ in range(sizes.stream_rounds)
            ]
    say("streams: done")
    return figures_of(pairs, sizes.streams)


def ask(client: str, port: int, count: int) -> Run:
    """One client's run; raises CalledProcessError when it broke down."""
    url = f"http://127.0.0.1:{port}/v1"
    done = subprocess.run(
        [sys.executable, "-m", "bench.stream_client", client, url, str(count)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=CLIENT_LIMIT_S,
    )
    found = json.loads(done.stdout)
    added = [max(0.0, (took - STREAM_S) * 1000) for took in found["took"]]
    return Run(added=added, failed=count - len(added), cpu_ms=found["cpu"] / count * 1000)


def figures_of(pairs: list[tuple[Run, Run]], count: int) -> list[Figure]:
    """The ratio of what the two add at p99, and what it is made of."""
    ratios = sorted(ours.p99 / max(1.0, plain.p99) for ours, plain in pairs)
    ratio = statistics.median(ratios)
    note = f"{ratios[0]:.3f} to {ratios[-1]:.3f} in {len(ratios)} rounds of {count} at once"
    return [
        Figure(
            bench="streams",
            name="ratio",
            value=ratio,
            unit="",
            goal=f"<= {GOAL}",
            reached=ratio <= GOAL,
            note=note,
        ),
        *client("ours", [ours for ours, _ in pairs]),
        *client("default client", [plain for _, plain in pairs]),
    ]


def client(name: str, runs: list[Run]) -> list[Figure]:
    """Medians over the rounds of one client."""
    failed = sum(run.failed for run in runs)
    values = {
        "added p50": statistics.median(percentile(run.added, 0.5) for run in runs),
        "added p99": statistics.median(run.p99 for run in runs),
        "CPU each": statistics.median(run.cpu_ms for run in runs),
    }
    return [
        Figure(
            bench="streams",
            name=f"{name} {what}",
            value=value,
            unit="ms",
            note=f"{failed} failed" if what == "added p99" else "",
        )
        for what, value in values.items()
    ]
