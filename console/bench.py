"""`romashka bench`: runs the benchmarks of bench/ in a process of their own."""

from __future__ import annotations

import subprocess
import sys

import typer

from local.plan import ROOT


def run(names: list[str], *, list_only: bool) -> None:
    """Run the named benchmarks, or all; ends with their exit code when it is not 0, or as a shell
    says of the signal that ended them."""
    options = ["--list"] if list_only else names
    done = subprocess.run([sys.executable, "-m", "bench", *options], cwd=ROOT)
    if done.returncode != 0:
        raise typer.Exit(done.returncode if done.returncode > 0 else 128 - done.returncode)
