"""Documents read in a process of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from console.documents import Document, Part, Tell, Unreadable, tell_nobody
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


def known_as(path: Path, root: Path) -> str:
    """What a file is known by, wherever one stands: its place below `root`, else its whole path."""
    whole = Path(os.path.abspath(path))
    return f"./{whole.relative_to(root).as_posix()}" if whole.is_relative_to(root) else str(whole)


def read_file(path: Path, root: Path) -> Document:
    """A file as a document, its kind by its name; raises Unreadable or OSError."""
    if path.is_dir():
        raise Unreadable("it is a folder: import its files one by one")
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise Unreadable(f"the file is none of {', '.join(sorted(KINDS))}")
    if not path.is_file():
        raise Unreadable("there is no such file")
    if (size := path.stat().st_size) > LARGEST_DOCUMENT:
        raise Unreadable(f"it has {size} bytes, {LARGEST_DOCUMENT} are allowed")
    source = known_as(path, root)
    return Document(source=source, kind=kind, content=path.read_bytes(), formerly=path.name)


def read_document(document: Document, tell: Tell = tell_nobody) -> list[Part]:
    """The articles in a document; `tell` hears what was left out.

    Raises Unreadable, also where reading takes too much.
    """
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
    for note in answer["notes"]:
        tell(note)
    return [Part(**{**part, "phrasings": tuple(part["phrasings"])}) for part in answer["parts"]]


def _death(code: int) -> str:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"reading took more than {CPU_S} s of processor"
    return f"the reading process ended with {code}"
