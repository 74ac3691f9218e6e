"""The counterpart of the gateway's stream: a replication slot that is asked every 100 ms."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence

import psycopg

EVERY_S = 0.1
MAKE = "select pg_create_logical_replication_slot('bench_poll', 'pgoutput', true)"
ASK = """
select data from pg_logical_slot_get_binary_changes(
  'bench_poll', null, null, 'proto_version', '1', 'publication_names', 'supabase_realtime'
)
"""


class PolledSlot:
    """Notes when a poll first sees a message; no rights are checked and nothing is sent on."""

    def __init__(self, admin_url: str) -> None:
        self._url = admin_url
        self._pieces: list[tuple[float, bytes]] = []
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="polled slot")

    def __enter__(self) -> PolledSlot:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def seen(self, message_ids: Sequence[str]) -> Mapping[str, float]:
        """When each message was seen (perf_counter); call it after leaving the context."""
        wanted = {message_id.encode(): message_id for message_id in message_ids}
        found: dict[str, float] = {}
        for at, piece in self._pieces:
            for raw, message_id in wanted.items():
                if raw in piece:
                    found.setdefault(message_id, at)
        return found

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(MAKE)
            self._ready.set()
            while not self._stop.wait(EVERY_S):
                rows = connection.execute(ASK).fetchall()
                now = time.perf_counter()
                self._pieces.append((now, b"".join(bytes(row[0]) for row in rows)))
