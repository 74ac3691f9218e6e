"""Runs one worker: `python -m worker`; any number of copies work side by side."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable

import structlog

from romashka.log import configure_logging
from romashka.settings import BadSetting, Settings
from worker.process import run_worker

USAGE = 2

log = structlog.get_logger(__name__)


def main() -> int:
    """Works until SIGTERM or SIGINT; 0 after a clean stop, 2 for settings that cannot work."""
    try:
        settings = Settings.from_env()
        require(settings)
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    configure_logging(settings.log_format)
    # The doorbell tells of outages itself, once; its library would tell of every attempt.
    logging.getLogger("realtime").setLevel(logging.CRITICAL)
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(until_signal(settings, name))
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    return 0


def require(settings: Settings) -> None:
    """Raises BadSetting for what a worker cannot do without."""
    for attribute in ("database_url", "supabase_url", "supabase_secret_key"):
        if not getattr(settings, attribute):
            raise BadSetting(f"{attribute.upper()} is not set")


async def until_signal(settings: Settings, name: str) -> None:
    """Runs the worker until the first signal asks for a clean stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_worker(settings, name, stop)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's event loop where it is installed, else the standard one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


if __name__ == "__main__":
    sys.exit(main())
