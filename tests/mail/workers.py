"""Workers as processes of their own, which may be told to die at a place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.system import ROOT

KEPT = ("PATH", "HOME", "LANG")


@contextmanager
def running_worker(
    database_url: str, *, failpoint: str = "", **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker on a database, without Realtime, that is killed at `failpoint` and at the end."""
    environment = {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "SUPABASE_URL": "http://127.0.0.1:9",
        "SUPABASE_SECRET_KEY": "none",
        "EMAIL_TOKEN_SECRET": "t" * 32,
        **settings,
        **({"ROMASHKA_FAILPOINT": f"{failpoint}:kill"} if failpoint else {}),
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "worker"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
