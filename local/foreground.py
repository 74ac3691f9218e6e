"""Runs the embedded database alone, in the foreground: `python -m local.postgres DIRECTORY`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

import structlog

from local.binaries import DEFAULT_MAJOR, FOLDERS
from local.embedded import configuration, describe, prepare
from local.errors import AlreadyRunning, PostgresError
from local.history import HistoryDiffers, MigrationFailed
from local.namespace import NoUsableIdentity
from local.platform import PlatformChanged
from local.ports import find_free_port
from local.postgres import Postgres
from local.schema import ROOT
from local.secrets import load_secrets

EXPECTED = (PostgresError, NoUsableIdentity, PlatformChanged, MigrationFailed, HistoryDiffers)


def main(arguments: list[str]) -> int:
    """Starts the server with platform and schema, prints its addresses, stops on Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m local.postgres")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--port", type=int, default=54322)
    parser.add_argument("--major", type=int, choices=list(FOLDERS), default=DEFAULT_MAJOR)
    parser.add_argument("--legacy-grants", action="store_true")
    parser.add_argument("--checkout", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        run(options)
    except AlreadyRunning as problem:
        sys.stderr.write(f"{problem}\n")
        return 3
    except EXPECTED as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def run(options: argparse.Namespace) -> None:
    """Serves until SIGINT, SIGTERM or SIGHUP, also where nohup had the last one ignored."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    directory = options.directory.absolute()
    passwords = load_secrets(directory).passwords()
    port = find_free_port(options.port)
    server = Postgres(configuration(directory, port, passwords, options.major))
    timings = server.start()
    try:
        prepared = prepare(server, options.checkout, "legacy" if options.legacy_grants else "new")
        sys.stderr.write("".join(f"note: {note}\n" for note in timings.notes))
        sys.stderr.write(describe(timings, prepared) + "\n")
        sys.stdout.write(f"DATABASE_URL={server.url()}\nADMIN_URL={server.url('supabase_admin')}\n")
        sys.stdout.flush()
        while not stop.wait(0.2):
            server.check()
    finally:
        server.stop()
