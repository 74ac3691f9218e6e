"""`romashka bench`: runs the benchmarks of bench/, one process each, one after the other."""

from __future__ import annotations

import subprocess
import sys

import typer

from console.output import data, say
from console.problems import USAGE, Problem
from local.plan import ROOT

FOLDER = ROOT / "bench"


def run(names: list[str], *, list_only: bool) -> None:
    """Run the named benchmarks, or all; ends with the first exit code that is not 0."""
    known = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Problem(USAGE, "no_such_bench", f"no benchmark {unknown[0]!r}: {', '.join(known)}")
    if list_only:
        data("\n".join(known))
        return
    for name in names or known:
        say(f"— {name}")
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=ROOT)
        if done.returncode != 0:
            raise typer.Exit(done.returncode)
