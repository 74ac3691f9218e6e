"""Writes the requirement locks: versions and hashes, no address and no path of this machine."""

from __future__ import annotations

import subprocess
import sys

from console.bootstrap import LOCKS, ROOT, TOOLS

COMMON = [
    *("--no-config", "pip", "compile", "--quiet", "--generate-hashes", "--universal"),
    *("--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links", "--upgrade"),
    *("--custom-compile-command", "make lock"),
]


def main() -> None:
    """Resolve the three sets of packages; the development set holds the others' versions."""
    compile_lock("run", ["pyproject.toml"])
    compile_lock(
        "dev", ["pyproject.toml", "--group", "pyproject.toml:dev", "-c", LOCKS["run"].name]
    )
    compile_lock("tools", ["-"], "uv")


def compile_lock(name: str, sources: list[str], given: str = "") -> None:
    """Write one lock from its sources (files, or names given on stdin)."""
    uv = str(TOOLS / "bin" / "uv")
    command = [uv, *COMMON, *sources, "--no-annotate", "-o", LOCKS[name].name]
    subprocess.run(command, cwd=ROOT, input=given, text=True, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main()
