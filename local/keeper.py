"""Keeps a run's processes: starts them in order, starts again what dies, ends them in order.

One thread does all of it, because the kernel ends a child with the *thread* that started it: so
nothing survives this process, whatever signal it gets, and nothing ends before its turn.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

POLL_S = 0.05
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
LONG_ENOUGH_S = 30.0


class Kept(Protocol):
    """What the keeper keeps: a process, Postgres among them."""

    @property
    def name(self) -> str:
        """What it is called in texts."""
        ...

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        ...

    @property
    def serves_others(self) -> bool:
        """Whether the other processes need it to end cleanly."""
        ...

    def start(self) -> None:
        """Start it; raises when that is not possible."""

    def ask_to_stop(self) -> None:
        """Ask for a clean end."""

    def wait_stopped(self) -> None:
        """Wait for that end, and enforce it."""

    def kill(self) -> None:
        """End it as a crash would."""

    def obituary(self) -> str:
        """How it ended and where to read why."""
        ...


@dataclass(slots=True, kw_only=True)
class Watched:
    """One kept process over its lives."""

    kept: Kept
    started_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    start_again_at: float | None = field(default=None)


class Keeper:
    """The thread that keeps processes; `say` gets a sentence for everything it does unasked."""

    def __init__(self, say: Callable[[str], None], changed: Callable[[], None]) -> None:
        self._tell = say
        self._changed = changed
        self._watched: list[Watched] = []
        self._orders: queue.Queue[tuple[Callable[[], object], Future[object]]] = queue.Queue()
        self._ending = threading.Event()
        self._reviving = False
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)

    def begin(self) -> None:
        """Start the thread."""
        self._thread.start()

    def revive(self) -> None:
        """From now on start again what dies; before, a death is for the starter to report."""
        self._reviving = True

    def order(self, action: Callable[[], object]) -> object:
        """Have the thread do something between two looks at its processes; gives its result."""
        future: Future[object] = Future()
        self._orders.put((action, future))
        return future.result()

    def keep(self, kept: Kept) -> None:
        """Start a process and watch it from now on (to be called by order)."""
        watched = Watched(kept=kept)
        self._watched.append(watched)
        self._start(watched)

    def pids(self) -> dict[str, int]:
        """The process ids by name, of those that run."""
        pairs = [(watched.kept.name, watched.kept.pid) for watched in self._watched]
        return {name: pid for name, pid in pairs if pid is not None}

    def names(self) -> list[str]:
        """The names of all that is kept, running or not."""
        return [watched.kept.name for watched in self._watched]

    def find(self, name: str) -> Kept:
        """The process of that name; raises KeyError."""
        for watched in self._watched:
            if watched.kept.name == name:
                return watched.kept
        raise KeyError(f"no process is called {name}: {sorted(self.pids())}")

    def restart(self, name: str) -> None:
        """End a process cleanly and start it again (to be called by order)."""
        (watched,) = [item for item in self._watched if item.kept is self.find(name)]
        watched.kept.ask_to_stop()
        watched.kept.wait_stopped()
        self._start(watched)

    def end(self) -> None:
        """End every process and the thread with them; safe to repeat."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        try:
            while not self._ending.is_set():
                self._obey()
                if self._reviving:
                    self._look()
        finally:
            self._end_all(self._watched)
            self._refuse_orders()

    def _obey(self) -> None:
        try:
            action, future = self._orders.get(timeout=POLL_S)
        except queue.Empty:
            return
        try:
            future.set_result(action())
        except BaseException as error:
            future.set_exception(error)

    def _refuse_orders(self) -> None:
        while not self._orders.empty():
            self._orders.get_nowait()[1].cancel()

    def _look(self) -> None:
        now = time.monotonic()
        for watched in self._watched:
            if watched.kept.pid is not None:
                continue
            if watched.start_again_at is None:
                self._mourn(watched, now)
            elif now >= watched.start_again_at:
                self._try_again(watched)

    def _say(self, text: str) -> None:
        """Tell the person; a terminal that is gone must not take the processes with it."""
        with suppress(OSError, ValueError):
            self._tell(text)

    def _mourn(self, watched: Watched, now: float) -> None:
        lived = now - watched.started_at
        pause = FIRST_PAUSE_S if lived > LONG_ENOUGH_S else watched.pause_s
        watched.start_again_at = now + pause
        watched.pause_s = min(pause * 2, LONGEST_PAUSE_S)
        self._say(f"{watched.kept.obituary()}; starting it again in {pause:.1f} s")

    def _try_again(self, watched: Watched) -> None:
        watched.kept.wait_stopped()
        try:
            self._start(watched)
        except Exception as error:
            self._say(f"{watched.kept.name} does not start: {error}")
            self._mourn(watched, time.monotonic())
        else:
            self._say(f"{watched.kept.name} runs again (process {watched.kept.pid})")

    def _start(self, watched: Watched) -> None:
        watched.start_again_at = None
        watched.started_at = time.monotonic()
        watched.kept.start()
        self._changed()

    def _end_all(self, watched: Sequence[Watched]) -> None:
        """End what works at once, for one may wait for another's connection; then what serves."""
        working = [item.kept for item in reversed(watched) if not item.kept.serves_others]
        for kept in working:
            kept.ask_to_stop()
        for kept in working:
            kept.wait_stopped()
        for item in reversed(watched):
            if item.kept.serves_others:
                item.kept.ask_to_stop()
                item.kept.wait_stopped()
        self._changed()
