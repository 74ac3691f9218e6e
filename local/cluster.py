"""Makes the data directory of the embedded Postgres and writes its configuration."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from local.binaries import binary
from local.errors import InitFailed, OtherMajor
from local.namespace import NAMESPACE, SELF, command_for
from local.ports import LOOPBACK

SUPERUSER = "supabase_admin"
INITDB_TIMEOUT_S = 120

SETTINGS = {
    "listen_addresses": LOOPBACK,
    # A checkout's path may be longer than the 107 bytes a unix socket's path may have.
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "iso, mdy",
    "lc_messages": "C",
    "default_text_search_config": "pg_catalog.english",
    "synchronous_commit": "on",
    "wal_level": "logical",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    # A fuse: a reader that went away must not fill the disk with log it will never read.
    "max_slot_wal_keep_size": "256MB",
    "max_wal_size": "512MB",
    "min_wal_size": "64MB",
    "logical_decoding_work_mem": "16MB",
    "track_functions": "all",
    # The log shows that something failed, never what customers wrote.
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}

ACCESS = f"""\
# Written at every start: passwords only, from this machine only.
host all         all {LOOPBACK}/32 scram-sha-256
host replication all {LOOPBACK}/32 scram-sha-256
"""


def create_cluster(data: Path, major: int, password: str, identity: str) -> None:
    """Runs initdb into `data` unless it exists; `password` is the superuser's.

    The folder appears under its name only when it is complete. Raises InitFailed.
    """
    if (data / "PG_VERSION").exists():
        open_the_way(data.parent, identity)
        adopt(data, identity)
        return
    open_the_way(data.parent, identity)
    unfinished = data.with_name(data.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    secret = data.with_name(data.name + ".password")
    try:
        unfinished.mkdir(mode=0o700)
        secret.touch(mode=0o600)
        secret.write_text(password + "\n")
        hand_over((unfinished, secret), identity)
        run_initdb(unfinished, major, secret, identity)
        if data.exists():
            data.rmdir()
        unfinished.rename(data)
    except OSError as problem:
        raise InitFailed(data, str(problem)) from problem
    finally:
        secret.unlink(missing_ok=True)


def open_the_way(directory: Path, identity: str) -> None:
    """Lets another account pass through our own folder to the data, without listing it."""
    if identity not in (SELF, NAMESPACE) and directory.stat().st_uid == os.geteuid():
        directory.chmod(0o711)


def adopt(data: Path, identity: str) -> None:
    """Gives an existing data directory to the account that runs Postgres now, if it was another.

    Only root finds one: user namespaces were open at the last start and are closed now, or the
    other way round.
    """
    if os.geteuid() != 0 or data.stat().st_uid == uid_of(identity):
        return
    hand_over((data, *data.rglob("*")), identity)


def hand_over(paths: Iterable[Path], identity: str) -> None:
    """Gives the files to the account that Postgres will run as; for root to call."""
    if os.geteuid() != 0:
        return
    uid = uid_of(identity)
    gid = pwd.getpwuid(uid).pw_gid
    for path in paths:
        os.chown(path, uid, gid, follow_symlinks=False)


def uid_of(identity: str) -> int:
    """Gives the owner's uid that files must have for an identity."""
    return os.geteuid() if identity in (SELF, NAMESPACE) else pwd.getpwnam(identity).pw_uid


def run_initdb(data: Path, major: int, secret: Path, identity: str) -> None:
    """Fills an empty directory; a crash of the machine during it only means to begin again."""
    program = str(binary("initdb", major))
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync"]
    command = [program, "-D", str(data), "-U", SUPERUSER, f"--pwfile={secret}", *options]
    try:
        done = subprocess.run(
            command_for(identity, command),
            cwd="/",
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INITDB_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise InitFailed(data, f"nothing for {INITDB_TIMEOUT_S} s") from problem
    if done.returncode != 0:
        raise InitFailed(data, done.stderr)


def require_major(data: Path, major: int) -> None:
    """Raises OtherMajor when the data directory belongs to another major version."""
    found = int((data / "PG_VERSION").read_text())
    if found != major:
        raise OtherMajor(data, found, major)


def write_configuration(data: Path, port: int, settings: Mapping[str, str]) -> None:
    """Writes postgresql.conf and pg_hba.conf; both are ours alone and renewed at every start."""
    lines = {**SETTINGS, "port": str(port), **settings}
    text = "".join(f"{name} = {quote(value)}\n" for name, value in lines.items())
    owner = data.stat()
    for name, content in (
        ("postgresql.conf", "# Written at every start.\n" + text),
        ("pg_hba.conf", ACCESS),
    ):
        path = data / name
        path.write_text(content)
        if os.geteuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid)


def quote(value: str) -> str:
    """Gives a value as postgresql.conf wants it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def clean_environment() -> dict[str, str]:
    """Gives the little of our environment that Postgres needs, and none of our secrets."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}
