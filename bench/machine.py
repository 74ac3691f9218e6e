"""The machine a run was made on, in the few words without which no figure means anything."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from local.binaries import DEFAULT_MAJOR


def describe() -> dict[str, str]:
    """Date, processors, load at the start, Python and Postgres."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": processor(),
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "postgres": str(DEFAULT_MAJOR),
    }


def processor() -> str:
    """The processor's name, as the kernel has it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
