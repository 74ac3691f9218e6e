"""Checks that need no running system: this machine, this checkout, its settings."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from console.bootstrap import LOCKS, VENV
from console.checks_settings import (
    channel_settings,
    env_file,
    model_key,
    private,
    settings,
    supabase_settings,
)
from console.doctor import Check, Finding
from console.place import directory, find_run
from local.plan import STATE, Ports
from local.ports import is_free

NEEDED_BYTES = 1_000_000_000


def checks_here() -> Sequence[Check]:
    """The checks in the order in which they help."""
    return (
        python_version,
        packages,
        disk,
        checkout_writable,
        env_file,
        settings,
        supabase_settings,
        channel_settings,
        model_key,
        ports,
        postgres_binaries,
        postgres_identity,
        data_directory,
        leftover_processes,
        private_files,
    )


def python_version() -> Finding:
    """The interpreter is new enough."""
    found = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    return Finding(
        name="python",
        state="ok" if good else "failed",
        meaning=f"Python {found}" + ("" if good else ", but 3.11 or newer is needed"),
        fix="rm -rf .venv && make PYTHON=/path/to/python3.11 setup",
    )


def packages() -> Finding:
    """The environment holds what the locks say."""
    stamp = VENV / "packages.installed"
    wanted = (LOCKS["run"].read_text(), LOCKS["dev"].read_text())
    good = stamp.is_file() and stamp.read_text() in wanted
    return Finding(
        name="packages",
        state="ok" if good else "warning",
        meaning="as locked" if good else "not those of the lock files",
        fix="make setup",
    )


def disk() -> Finding:
    """There is room for the database."""
    free = shutil.disk_usage(directory()).free
    return Finding(
        name="disk",
        state="ok" if free > NEEDED_BYTES else "failed",
        meaning=f"{free / 1e9:.1f} GB free",
        fix=f"make at least 1 GB of room on the disk of {directory()}",
    )


def checkout_writable() -> Finding:
    """The folder that gets .romashka may be written to."""
    good = os.access(directory(), os.W_OK)
    return Finding(
        name="folder",
        state="ok" if good else "failed",
        meaning=f"{directory()} may {'' if good else 'not '}be written to",
        fix=f"sudo chown -R {os.geteuid()} '{directory()}'",
    )


def ports() -> Finding:
    """The usual ports are free, or ours."""
    if find_run() is not None:
        return Finding(name="ports", state="ok", meaning="in use by this running system")
    usual = Ports()
    taken = [
        str(port)
        for port in (usual.api, usual.database, usual.webhooks, usual.standins, usual.mail)
        if not is_free(port)
    ]
    return Finding(
        name="ports",
        state="warning" if taken else "ok",
        meaning=f"{', '.join(taken)} taken: up uses the next free" if taken else "all free",
        fix=f"see who listens: ss -ltnp | grep -E '{'|'.join(taken)}'",
    )


def postgres_binaries() -> Finding:
    """The embedded Postgres is there and runs."""
    import subprocess

    from local.binaries import DEFAULT_MAJOR, binary

    program = binary("postgres", DEFAULT_MAJOR)
    try:
        done = subprocess.run([str(program), "--version"], capture_output=True, text=True)
        text = done.stdout.strip() or done.stderr.strip()
    except OSError as error:
        text, done = str(error), None
    good = done is not None and done.returncode == 0
    return Finding(
        name="postgres program",
        state="ok" if good else "failed",
        meaning=text,
        fix="rm -rf .venv && make setup",
    )


def postgres_identity() -> Finding:
    """Somebody may run Postgres: not root, or root in a namespace or as another account."""
    from local.binaries import DEFAULT_MAJOR, binary
    from local.namespace import NoUsableIdentity, choose_identity

    state = directory() / STATE
    place = state if state.exists() else directory()
    try:
        identity = choose_identity(place, binary("postgres", DEFAULT_MAJOR))
    except NoUsableIdentity as error:
        return Finding(
            name="postgres account",
            state="failed",
            meaning=str(error),
            fix="run make up as an ordinary user",
        )
    return Finding(name="postgres account", state="ok", meaning=f"runs as: {identity}")


def data_directory() -> Finding:
    """The data directory is of the version that will open it."""
    from local.binaries import DEFAULT_MAJOR

    version = directory() / STATE / "data" / "PG_VERSION"
    if not version.exists():
        return Finding(name="data", state="ok", meaning="none yet: the first start makes it")
    found = version.read_text().strip()
    good = found == str(DEFAULT_MAJOR)
    return Finding(
        name="data",
        state="ok" if good else "failed",
        meaning=f"made by Postgres {found}"
        + ("" if good else f", Postgres {DEFAULT_MAJOR} cannot read it"),
        fix="mv .romashka/data .romashka/data.old && make up",
    )


def leftover_processes() -> Finding:
    """Nothing of an earlier run is left while nothing keeps it."""
    from local.pidfile import read_pidfile

    if find_run() is not None:
        return Finding(name="leftovers", state="ok", meaning="none: the system is running")
    found = read_pidfile(directory() / STATE / "data")
    if found is not None and found.is_living_server():
        return Finding(
            name="leftovers",
            state="failed",
            meaning=f"a Postgres of an earlier run lives (process {found.pid})",
            fix=f"kill -INT {found.pid}",
        )
    if found is not None:
        return Finding(
            name="leftovers",
            state="ok",
            meaning="a stale pid file of Postgres; the next start removes it",
        )
    return Finding(name="leftovers", state="ok", meaning="none")


def private_files() -> Finding:
    """Secrets and data can be read by their owner alone."""
    state = directory() / STATE
    if not state.exists():
        return Finding(name="private files", state="ok", meaning="none yet")
    path = state / "secrets.json"
    return private("private files", path if path.exists() else state)
