"""Runs a program as somebody Postgres accepts, tied to the life of the process that asked for it.

Postgres refuses to run as root. Root therefore starts it inside a user namespace, where root's own
uid appears as an ordinary account: files stay root's, so a directory only root may enter works, and
no account is made. Where namespaces are closed an existing account is used, if it can enter.

The file is two things: a module that chooses (`choose_identity`, `command_for`), and, run as a
script, the thin step between fork and exec that becomes that somebody. A script and not a
`preexec_fn`, because code between fork and exec may deadlock in a process that has threads.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

SELF = "self"
NAMESPACE = "namespace"
ACCOUNTS = ("postgres", "nobody", "daemon")

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NOT_POSSIBLE = 71


class NoUsableIdentity(Exception):
    """Root found neither an open user namespace nor an account that can enter the directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"Postgres does not run as root, user namespaces are closed on this machine, and none"
            f" of the accounts {', '.join(ACCOUNTS)} can enter {directory}. Run as an ordinary"
            f" user, or put the checkout where every user may enter (for example under /srv), or"
            f" open user namespaces (sysctl user.max_user_namespaces)."
        )


def choose_identity(directory: Path, binary: Path) -> str:
    """Gives who may run `binary` on `directory`: SELF, NAMESPACE or an account's name.

    Both paths must exist. Raises NoUsableIdentity for root when nothing works.
    """
    if os.geteuid() != 0:
        return SELF
    owners = [account_name(place.stat().st_uid) for place in (directory, *directory.parents)]
    accounts = (*filter(None, owners), *ACCOUNTS)
    for identity in dict.fromkeys((NAMESPACE, *accounts)):
        place = directory if identity == NAMESPACE else directory.parent
        if can_run(identity, place, binary):
            return identity
    raise NoUsableIdentity(directory)


def account_name(uid: int) -> str | None:
    """Gives the name of an ordinary account, None for root and for a uid without an entry."""
    try:
        return pwd.getpwuid(uid).pw_name if uid != 0 else None
    except KeyError:
        return None


def can_run(identity: str, directory: Path, binary: Path) -> bool:
    """Tells whether that identity can be taken on, can enter `directory` and can run `binary`."""
    command = command_for(identity, ["--check", str(directory), str(binary)])
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode == 0


def command_for(identity: str, command: list[str]) -> list[str]:
    """Gives the command line that runs `command` under `identity` and ends with this process.

    The kernel sends the program SIGINT when the *thread* that starts it exits, so it must be
    started from a thread that lives as long as the program is wanted.
    """
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), identity, *command]


def enter_namespace() -> None:
    """Moves this process into a user namespace in which root's uid is an ordinary account."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are closed")
    inner = ordinary_account()
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inner.pw_uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inner.pw_gid or inner.pw_uid} {gid} 1")


def ordinary_account() -> pwd.struct_passwd:
    """Gives an account with an entry in the user database: initdb looks its own name up."""
    entries = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not entries:
        raise OSError(NOT_POSSIBLE, "the user database holds no account but root")
    return min(entries, key=lambda entry: (entry.pw_uid == 65534, entry.pw_uid))


def become(identity: str) -> None:
    """Takes on the identity for good; raises OSError or KeyError where that is not possible."""
    if identity == NAMESPACE:
        enter_namespace()
    elif identity != SELF:
        entry = pwd.getpwnam(identity)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)


def die_with(parent: int) -> None:
    """Asks the kernel for SIGINT when the starting thread ends, however it ends.

    Must come after every change of credentials, which would clear the request.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    if os.getppid() != parent:
        raise OSError(NOT_POSSIBLE, "the starting process is gone already")


def check(directory: str, binary: str) -> bool:
    """Tells whether this process may list, write and enter `directory` and run `binary`."""
    try:
        os.chdir(directory)
    except OSError:
        return False
    return os.access(binary, os.X_OK)


def main(arguments: list[str]) -> int:
    """Becomes somebody and execs: PARENT-PID IDENTITY COMMAND…, or --check DIRECTORY BINARY."""
    parent, identity, *command = arguments
    try:
        become(identity)
        die_with(int(parent))
    except (OSError, KeyError) as problem:
        sys.stderr.write(f"cannot run as {identity}: {problem}\n")
        return NOT_POSSIBLE
    if command[0] == "--check":
        return 0 if check(*command[1:]) else NOT_POSSIBLE
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
