"""Documents read in a process of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from console.documents import Document, Part, Unreadable
from console.documents.child import CPU_S

ROOT = Path(__file__).parents[2]
WALL_S = 90.0
LARGEST_DOCUMENT = 50 * 1024 * 1024
KINDS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".csv": "csv",
    ".tsv": "csv",
}


def read_file(path: Path) -> Document:
    """A file as a document, its kind by its name; raises Unreadable or OSError."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise Unreadable(f"{path.name} is none of {', '.join(sorted(KINDS))}")
    if not path.is_file():
        raise Unreadable(f"{path} is no file")
    if (size := path.stat().st_size) > LARGEST_DOCUMENT:
        raise Unreadable(f"{path.name} has {size} bytes, {LARGEST_DOCUMENT} are allowed")
    return Document(source=path.name, kind=kind, content=path.read_bytes())


def read_document(document: Document) -> list[Part]:
    """The articles in a document; raises Unreadable, also where reading takes too much."""
    name = Path(document.source).stem.replace("_", " ").replace("-", " ").strip() or "Document"
    try:
        done = subprocess.run(
            [
                *(sys.executable, "-P", "-m", "console.documents.child"),
                *(document.kind, name[:200], str(os.getpid())),
            ],
            input=document.content,
            capture_output=True,
            timeout=WALL_S,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", "")},
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(f"reading took more than {WALL_S:g} s") from None
    if done.returncode:
        raise Unreadable(_death(done.returncode))
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise Unreadable(answer["error"])
    return [Part(**{**part, "phrasings": tuple(part["phrasings"])}) for part in answer["parts"]]


def _death(code: int) -> str:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"reading took more than {CPU_S} s of processor"
    return f"the reading process ended with {code}"
