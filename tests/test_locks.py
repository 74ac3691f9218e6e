"""The locks: every package with hashes, nothing of any machine, and what pyproject asks for."""

from __future__ import annotations

import re
import tomllib

import pytest

from console.bootstrap import LOCKS
from tests.system import ROOT

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)
MACHINE = re.compile(r"://|file:|/root|/home|/tmp|/work|/opt|@|index-url|find-links|trusted-host")
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def pinned(which: str) -> dict[str, list[str]]:
    """The versions of a lock by package; some differ by Python version."""
    found: dict[str, list[str]] = {}
    for name, version in PINNED.findall(LOCKS[which].read_text()):
        found.setdefault(name, []).append(version)
    return found


def normal(requirement: str) -> str:
    """The name of a requirement as the locks write it."""
    match = NAME.match(requirement)
    assert match is not None
    return re.sub(r"[._-]+", "-", match.group()).lower()


@pytest.mark.parametrize("which", LOCKS)
def test_a_lock_names_no_host_and_no_path(which: str) -> None:
    assert MACHINE.findall(LOCKS[which].read_text()) == []


@pytest.mark.parametrize("which", LOCKS)
def test_every_package_has_a_hash(which: str) -> None:
    text = LOCKS[which].read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert blocks
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block.splitlines()[0]


def test_the_development_lock_holds_the_other_one_unchanged() -> None:
    development = pinned("dev")
    assert {name: development.get(name) for name in pinned("run")} == pinned("run")


def test_the_bootstrap_lock_holds_uv_alone() -> None:
    assert list(pinned("tools")) == ["uv"]


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert {normal(item) for item in project["project"]["dependencies"]} <= set(pinned("run"))
    assert {normal(item) for item in project["dependency-groups"]["dev"]} <= set(pinned("dev"))
