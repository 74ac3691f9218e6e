"""Reads mails in a process of its own, so that no mail can stop or swell the worker."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from romashka.channels.errors import Rejected
from romashka.channels.mail import Mailbox
from romashka.channels.mail_inlets import FETCHED
from romashka.channels.reading import Reading
from worker.mail_child import ANSWER, REQUEST

ROOT = Path(__file__).parents[1]
CPU_S = 1.0
WALL_S = 5.0
# A mail that ended its process is read once more, plainly; then it is left to people.
ATTEMPTS = 2
LARGEST_ANSWER = 32 * 1024 * 1024
STARTED_WITHIN_S = 30.0
ENDS_WITHIN_S = 1.0
FROM_A_MAILBOX: Mapping[str, str] = {"inlet": FETCHED}

Answer = tuple[dict[str, Any], bytes]

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

    async def read(
        self, body: bytes, mailbox: Mailbox, kept: Mapping[str, str] = FROM_A_MAILBOX
    ) -> Reading:
        """The events of the mail in a kept request, or why it could not be read.

        `kept` is what was kept beside the body. Never raises for what a mail holds: one that is too
        heavy is read again without its HTML and the search for quotations. The request is kept by
        whoever asks, so an error loses nothing. Raises OSError when no process can be started.
        """
        try:
            answer, _ = await self._ask_twice(
                {"mailbox": asdict(mailbox), "kept": dict(kept)}, body
            )
        except _Ended as ended:
            return Reading(error=f"too heavy: {ended}")
        if "error" in answer:
            return Reading(error=answer["error"])
        return Reading(events=tuple(answer["events"]))

    async def file(self, body: bytes, kept: Mapping[str, str], part: str, limit: int) -> bytes:
        """A file out of the mail in a kept request.

        Raises Rejected where it is not there, too large or cannot be taken out within the limits;
        OSError when no process can be started.
        """
        request = {"kept": dict(kept), "part": part, "limit": limit}
        try:
            answer, content = await self._ask_twice(request, body)
        except _Ended as ended:
            raise Rejected("too_heavy", f"the mail is too heavy: {ended}") from None
        if "error" in answer:
            raise Rejected("gone", "the mail has no such part")
        if answer["size"] > limit:
            raise Rejected("too_large", f"{answer['size']} bytes, {limit} are allowed")
        return content

    async def close(self) -> None:
        """End the child; the next question starts another."""
        async with self._one_at_a_time:
            await self._end()

    async def _ask_twice(self, request: dict[str, Any], body: bytes) -> Answer:
        """The child's answer, at the second try to a plainer question; raises _Ended."""
        light = False
        async with self._one_at_a_time:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return await self._ask(request | {"light": light, "cpu_s": self._cpu_s}, body)
                except _Ended as ended:
                    light = ended.too_heavy
                    log.warning("mail_reader_ended", reason=str(ended), size=len(body))
                    if attempt == ATTEMPTS:
                        raise
                except asyncio.CancelledError:
                    # Half a request or an answer to nobody is in the pipes.
                    await self._end()
                    raise
        raise AssertionError("there is at least one attempt")

    async def _ask(self, request: dict[str, Any], raw: bytes) -> Answer:
        if self._child is None or self._child.returncode is not None:
            self._child = await _start()
        child = self._child
        try:
            async with asyncio.timeout(self._wall_s):
                return await _exchange(child, request, raw)
        except TimeoutError:
            await self._end()
            raise _Ended(f"more than {self._wall_s:g} s", too_heavy=True) from None
        except (OSError, asyncio.IncompleteReadError):
            raise await self._death() from None

    async def _death(self) -> _Ended:
        child = self._child
        if child is not None:
            # Killing one that has just ended would take away what it ended of.
            with suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), ENDS_WITHIN_S)
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
) -> Answer:
    described = json.dumps(request).encode()
    if child.stdin is None:
        raise OSError("the reading process has no pipe")
    child.stdin.write(REQUEST.pack(len(described), len(raw)) + described)
    child.stdin.write(raw)
    await child.stdin.drain()
    answer, content = await _receive(child)
    return json.loads(answer), content


async def _receive(child: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
    if child.stdout is None:
        raise OSError("the reading process has no pipe")
    sizes = ANSWER.unpack(await child.stdout.readexactly(ANSWER.size))
    if max(sizes) > LARGEST_ANSWER:
        raise OSError("the answer is too large")
    answer, content = [await child.stdout.readexactly(size) for size in sizes]
    return answer, content
