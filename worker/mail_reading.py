"""Reads mails in a process of its own, so that no mail can stop or swell the worker."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from romashka.channels.mail import Envelope, Mailbox
from romashka.channels.reading import Reading
from worker.mail_child import ANSWER, REQUEST

ROOT = Path(__file__).parents[1]
CPU_S = 1.0
WALL_S = 5.0
# A mail that ended its process is read once more, plainly; then it is left to people.
ATTEMPTS = 2
LARGEST_ANSWER = 32 * 1024 * 1024
STARTED_WITHIN_S = 30.0

log = structlog.get_logger(__name__)


class _Ended(Exception):
    """The process ended, or was ended, over a mail."""

    def __init__(self, reason: str, *, too_heavy: bool) -> None:
        super().__init__(reason)
        self.too_heavy = too_heavy


class MailReader:
    """One child process that reads one mail at a time; `async with` starts and ends it.

    A mail may take `cpu_s` seconds of processor and `wall_s` by the clock.
    """

    def __init__(self, *, cpu_s: float = CPU_S, wall_s: float = WALL_S) -> None:
        self._cpu_s, self._wall_s = cpu_s, wall_s
        self._child: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return self._child.pid if self._child and self._child.returncode is None else None

    async def __aenter__(self) -> MailReader:
        self._child = await _start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    async def read(self, raw: bytes, mailbox: Mailbox, envelope: Envelope | None = None) -> Reading:
        """The mail's events, or why it could not be read; never raises for what a mail holds.

        A mail that is too heavy is read again without its HTML and the search for quotations.
        The raw mail is kept by whoever asks, so an error loses nothing. Raises OSError when no
        reading process can be started.
        """
        reason, light = "", False
        async with self._one_at_a_time:
            for _ in range(ATTEMPTS):
                request = self._request(mailbox, envelope or Envelope(), light)
                try:
                    return await self._ask(request, raw)
                except _Ended as ended:
                    reason, light = str(ended), ended.too_heavy
                    log.warning("mail_reader_ended", reason=reason, size=len(raw))
                except asyncio.CancelledError:
                    # Half a request or an answer to nobody is in the pipes.
                    await self._end()
                    raise
        return Reading(error=f"too heavy: {reason}")

    def _request(self, mailbox: Mailbox, envelope: Envelope, light: bool) -> dict[str, Any]:
        return {
            "mailbox": asdict(mailbox),
            "recipients": envelope.recipients,
            "verdicts": dict(envelope.verdicts),
            "light": light,
            "cpu_s": self._cpu_s,
        }

    async def _ask(self, request: dict[str, Any], raw: bytes) -> Reading:
        if self._child is None or self._child.returncode is not None:
            self._child = await _start()
        child = self._child
        try:
            async with asyncio.timeout(self._wall_s):
                answer = await _exchange(child, request, raw)
        except TimeoutError:
            await self._end()
            raise _Ended(f"more than {self._wall_s:g} s", too_heavy=True) from None
        except (OSError, asyncio.IncompleteReadError):
            raise await self._death() from None
        return Reading(events=tuple(answer["events"]))

    async def _death(self) -> _Ended:
        child = self._child
        await self._end()
        code = child.returncode if child else None
        if code == -signal.SIGPROF:
            return _Ended(f"more than {self._cpu_s:g} s of processor", too_heavy=True)
        return _Ended(f"the reading process ended with {code}", too_heavy=False)

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await _stop(child)


async def _start() -> asyncio.subprocess.Process:
    """A child that is ready, without our environment: it needs none of it, and no mail must see it.

    Raises OSError when it does not start.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "worker.mail_child",
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
    )
    try:
        async with asyncio.timeout(STARTED_WITHIN_S):
            await _receive(child)
    except BaseException as error:
        await _stop(child)
        if isinstance(error, (TimeoutError, asyncio.IncompleteReadError)):
            raise OSError("the reading process does not start") from None
        raise
    return child


async def _stop(child: asyncio.subprocess.Process) -> None:
    """End a child by whatever it takes; a reading one has nothing to lose."""
    if child.stdin is not None:
        child.stdin.close()
    with suppress(ProcessLookupError):
        child.kill()
    await child.wait()


async def _exchange(
    child: asyncio.subprocess.Process, request: dict[str, Any], raw: bytes
) -> dict[str, Any]:
    described = json.dumps(request).encode()
    if child.stdin is None:
        raise OSError("the reading process has no pipe")
    child.stdin.write(REQUEST.pack(len(described), len(raw)) + described)
    child.stdin.write(raw)
    await child.stdin.drain()
    answer: dict[str, Any] = json.loads(await _receive(child))
    return answer


async def _receive(child: asyncio.subprocess.Process) -> bytes:
    if child.stdout is None:
        raise OSError("the reading process has no pipe")
    (size,) = ANSWER.unpack(await child.stdout.readexactly(ANSWER.size))
    if size > LARGEST_ANSWER:
        raise OSError("the answer is too large")
    return await child.stdout.readexactly(size)
