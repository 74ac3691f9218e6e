"""Once a second: say that this process lives, sweep what is overdue, hear the channels' rules.

A turn that runs out in between is swept then: with every worker frozen, only this is in time.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import structlog

from romashka.channels.roster import Roster
from romashka.channels.stored_accounts import load_accounts
from romashka.database import DatabaseAway, DatabaseError, TooSlow, call
from romashka.vault import Vault

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

EVERY_S = 1.0
# Turns that run out are looked for at most this often.
LEAST_S = 0.1

log = structlog.get_logger(__name__)


class Pulse:
    """The background beat of one web process; it outlives every outage of the database."""

    def __init__(
        self,
        pool: ConnectionPool,
        roster: Roster,
        vault: Vault,
        state: Callable[[], dict[str, Any]],
        learn: Callable[[Mapping[str, Any]], None],
    ) -> None:
        """`state` gives what to tell beside being alive, `learn` hears the channels' rules."""
        self.name = f"webhooks@{socket.gethostname()}:{os.getpid()}"
        self._pool = pool
        self._roster, self._vault = roster, vault
        self._state = state
        self._learn = learn
        self._stopped = threading.Event()
        self._is_registered = False
        self._is_away = False
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop beating."""
        self._stopped.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                next_s = self._beat()
                self._note_return()
                self._rest(next_s)
            except DatabaseError as error:
                self._note_outage(error)
                self._stopped.wait(EVERY_S)
            except Exception:
                # A pulse that dies silently would look like a dead process.
                log.exception("pulse_fault")
                self._stopped.wait(EVERY_S)

    def _rest(self, next_s: float) -> None:
        """Until the next beat; where a turn runs out before, it is not left until then."""
        ends = time.monotonic() + EVERY_S
        while (left := ends - time.monotonic()) > 0:
            if self._stopped.wait(min(left, next_s)):
                return
            next_s = self._sweep() if next_s < left else left

    def _sweep(self) -> float:
        """Sweeps, also when every worker is dead; gives the seconds until a turn runs out."""
        swept = call(self._pool, "private.sweep")
        while swept["handed_over"] and not self._stopped.is_set():
            swept = call(self._pool, "private.sweep")
        # A database of the version before does not say.
        next_ms = swept.get("next_ms")
        return EVERY_S if next_ms is None else max(next_ms / 1000, LEAST_S)

    def _beat(self) -> float:
        if self._roster.take(load_accounts(self._pool, self._vault)):
            self._is_registered = False
        if not self._is_registered:
            self._register()
        call(self._pool, "private.heartbeat", "webhooks", self.name, self._state())
        next_s = self._sweep()
        self._learn(call(self._pool, "private.channel_guards"))
        # A webhook may have come before its account was registered.
        call(self._pool, "private.take_in_strangers")
        return next_s

    def _register(self) -> None:
        for channel in self._roster.values():
            for account in channel.accounts:
                call(self._pool, "private.register_channel", channel.type, account, channel.type)
        self._is_registered = True

    def _note_outage(self, error: DatabaseError) -> None:
        if not self._is_away:
            event = (
                "database_away"
                if isinstance(error, (DatabaseAway, TooSlow))
                else "database_refuses"
            )
            log.warning(event, code=error.code, kind=type(error).__name__)
        self._is_away = True

    def _note_return(self) -> None:
        if self._is_away:
            log.info("database_back")
        self._is_away = False
