"""The processes of a run as their keeper sees them: Postgres, and everything else."""

from __future__ import annotations

import os
import signal

from local.child import Child, Part
from local.postgres import Postgres, PostgresConfig


class KeptChild:
    """A part as the keeper sees it."""

    def __init__(self, part: Part) -> None:
        self.name = part.name
        self.serves_others = part.serves_others
        self.child = Child(part)
        self.start, self.kill = self.child.start, self.child.kill
        self.ask_to_stop, self.wait_stopped = self.child.ask_to_stop, self.child.wait_stopped

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self.child.pid

    def obituary(self) -> str:
        """How it ended and where to read why."""
        code = self.child.ended_with
        return f"{self.name} ended by itself with {code}. {self.child.last_words()}"


class KeptPostgres:
    """The embedded Postgres as the keeper sees it."""

    name = "postgres"
    serves_others = True

    def __init__(self, config: PostgresConfig) -> None:
        self.postgres = Postgres(config)

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self.postgres.pid

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        self.postgres.start()

    def ask_to_stop(self) -> None:
        """Stopping is one step here: the server ends fast by itself."""

    def wait_stopped(self) -> None:
        """End it; also frees the directory after it died."""
        self.postgres.stop()

    def kill(self) -> None:
        """End it at once, without a checkpoint, as `immediate` does."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGQUIT)

    def obituary(self) -> str:
        """How it ended and where to read why."""
        return f"postgres ended by itself (its log is {self.postgres.config.log})"
