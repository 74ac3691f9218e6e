"""The set-up: the command works wherever the checkout lies."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.system import ROOT

PLACES = ["a folder with spaces and ü", "x" * 60 + "/" + "y" * 90]


@pytest.fixture(params=PLACES, ids=["spaces", "150 characters"])
def checkout(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the command in an awkward place, with an environment but no command in it yet."""
    place = tmp_path / request.param
    shutil.copytree(ROOT / "console", place / "console", ignore=shutil.ignore_patterns("__py*"))
    shutil.copytree(ROOT / "local", place / "local", ignore=shutil.ignore_patterns("__py*"))
    for path in (*ROOT.glob("requirements*.lock"), ROOT / "pyproject.toml", ROOT / "Makefile"):
        shutil.copy(path, place)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place / ".venv"], check=True)
    (packages,) = (place / ".venv" / "lib").glob("*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place


def install_command(checkout: Path) -> bool:
    """Run the step of the copy's own bootstrap."""
    names = runpy.run_path(str(checkout / "console" / "bootstrap.py"))
    return bool(names["install_command"]())


def test_the_command_runs_in_an_awkward_place(checkout: Path) -> None:
    assert install_command(checkout)
    done = subprocess.run(
        [checkout / ".venv" / "bin" / "romashka", "--version"],
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert (done.returncode, done.stdout) == (0, "0.1.0\n"), done.stderr


def test_the_command_runs_through_a_link_and_after_a_move(checkout: Path, tmp_path: Path) -> None:
    install_command(checkout)
    moved = checkout.rename(checkout.with_name("moved"))
    link = tmp_path / "link"
    link.symlink_to(moved / ".venv" / "bin" / "romashka")
    done = subprocess.run([link, "db", "-h"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_command_is_written_once(checkout: Path) -> None:
    assert install_command(checkout) is True
    assert install_command(checkout) is False


def test_make_help_lists_every_target_with_its_purpose(checkout: Path) -> None:
    done = subprocess.run(["make"], cwd=checkout, capture_output=True, text=True)
    listed = [line.split()[1] for line in done.stdout.splitlines()]
    wanted = {"help", "setup", "up", "down", "test", "check", "migration", "baseline"}
    assert wanted | {"bench", "chaos", "clean"} <= set(listed)


def test_make_without_a_new_enough_python_says_what_to_install(checkout: Path) -> None:
    done = subprocess.run(
        ["make", "PYTHON=", "setup"], cwd=checkout, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "apt install python3" in done.stderr
