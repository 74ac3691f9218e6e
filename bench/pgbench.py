"""Runs pgbench, the one driver for both sides of a comparison in SQL."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from local.binaries import binary
from local.postgres import Postgres

CLIENTS = 8
RATE = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
PROCESSED = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)


class PgbenchFailed(Exception):
    """pgbench did not run to its end; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run came to: transactions per second, and how many in all."""

    rate: float
    transactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """pgbench against one server: prepared statements, eight clients.

    `durable` is synchronous_commit.
    """

    server: Postgres
    durable: bool
    folder: Path

    def run(self, name: str, script: str, seconds: int) -> Run:
        """Runs a script for so long; raises PgbenchFailed when a transaction fails."""
        path = self.folder / f"{name}.sql"
        path.write_text(script)
        config = self.server.config
        done = subprocess.run(
            [
                str(binary("pgbench", config.major)),
                *("--no-vacuum", "--protocol=prepared", "--define=n=0"),
                *(f"--client={CLIENTS}", f"--time={seconds}", f"--file={path}"),
                *("--host=127.0.0.1", f"--port={config.port}", "--username=postgres", "postgres"),
            ],
            env={
                **os.environ,
                "PGPASSWORD": config.passwords["postgres"],
                "PGOPTIONS": f"-c synchronous_commit={'on' if self.durable else 'off'}",
            },
            capture_output=True,
            text=True,
            timeout=seconds + 60,
            check=False,
        )
        rate, processed = RATE.search(done.stdout), PROCESSED.search(done.stdout)
        if rate is None or processed is None or done.returncode != 0:
            raise PgbenchFailed(done.stderr[-2000:])
        return Run(rate=float(rate[1]), transactions=int(processed[1]))
