"""One edge function as a process: started when it is first needed, again when it has died."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path

import structlog

from local.gateway.settings import GatewaySettings
from local.gateway.tokens import role_token
from local.namespace import SELF, command_for

log = structlog.get_logger(__name__)

LISTENING = re.compile(r"Listening on (http://[^/\s]+)")
BOOT_SECONDS = 20.0
STOP_SECONDS = 2.0
LONGEST_LINE = 1024 * 1024


class FunctionFailed(Exception):
    """A function cannot be served; `code` is the edge runtime's name for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def find_deno() -> str | None:
    """The Deno of this virtual environment, else the one on the path."""
    beside = Path(sys.executable).with_name("deno")
    return str(beside) if beside.is_file() else shutil.which("deno")


class Deno:
    """The process of one function."""

    def __init__(self, name: str, entry: Path, settings: GatewaySettings) -> None:
        self.name = name
        self._entry = entry
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._origin = ""
        self._words: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    async def origin(self) -> str:
        """Where the function listens; starts it if need be. Raises FunctionFailed."""
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                await self._start()
            return self._origin

    async def _start(self) -> None:
        deno = find_deno()
        if deno is None:
            message = "Deno is not installed here, so functions cannot run: pip install deno"
            raise FunctionFailed("BOOT_ERROR", message)
        command = [deno, "serve", "--no-prompt", "--allow-net", "--allow-env"]
        command += ["--host", "127.0.0.1", "--port", "0", str(self._entry)]
        self._process = await asyncio.create_subprocess_exec(
            *command_for(SELF, command),
            cwd=self._entry.parent,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LONGEST_LINE,
        )
        output = self._process.stdout
        if output is None:
            raise AssertionError("stdout was asked for")
        self._origin = await self._await_listening(output)
        self._words = asyncio.create_task(self._repeat(output))
        log.info("function started", function=self.name, pid=self._process.pid)

    async def _await_listening(self, output: asyncio.StreamReader) -> str:
        try:
            async with asyncio.timeout(BOOT_SECONDS):
                while line := await output.readline():
                    text = line.decode(errors="replace")
                    if found := LISTENING.search(text):
                        return found[1]
                    log.info("function says", function=self.name, line=text.rstrip()[:500])
        except TimeoutError:
            pass
        await self.stop()
        raise FunctionFailed("BOOT_ERROR", "Function failed to start (please check logs)")

    async def _repeat(self, output: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await output.readline()
            except ValueError:
                continue  # longer than LONGEST_LINE, and dropped
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            log.info("function says", function=self.name, line=text[:500])

    def _environment(self) -> dict[str, str]:
        """What hosted functions find in their environment, and nothing of the gateway's own."""
        settings = self._settings
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME", "DENO_DIR") if name in os.environ
        }
        return kept | {
            "NO_COLOR": "1",
            "DENO_NO_UPDATE_CHECK": "1",
            "SUPABASE_URL": settings.url,
            "SUPABASE_ANON_KEY": role_token("anon", settings.jwt_secret),
            "SUPABASE_SERVICE_ROLE_KEY": role_token("service_role", settings.jwt_secret),
            "SUPABASE_PUBLISHABLE_KEYS": json.dumps({"default": settings.publishable_key}),
            "SUPABASE_SECRET_KEYS": json.dumps({"default": settings.secret_key}),
        }

    async def stop(self) -> None:
        """End the process, kindly first."""
        process, self._process = self._process, None
        if self._words is not None:
            self._words.cancel()
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
