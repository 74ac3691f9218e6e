"""The process that reads one document, within limits: what is in a document can harm it alone.

Started by console.documents.reading: the document on stdin, its kind and name as arguments, the
articles on stdout as JSON, or {"error": why}.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from dataclasses import asdict

from console.documents import Part, Tell, Unreadable
from worker.mail_child import PR_SET_PDEATHSIG, limit

CPU_S = 30


def main(arguments: list[str]) -> int:
    """Reads one document; the arguments are its kind, its name and our parent's process id."""
    kind, name, parent = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        return 1
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    content = sys.stdin.buffer.read()
    limit()
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    try:
        notes: list[str] = []
        parts = [asdict(part) for part in _read(kind, name, content, notes.append)]
        said: dict[str, object] = {"parts": parts, "notes": notes}
    except Unreadable as error:
        said = {"error": str(error)}
    except MemoryError:
        said = {"error": "the document needs too much memory"}
    with answers:
        json.dump(said, answers)
    return 0


def _read(kind: str, name: str, content: bytes, tell: Tell) -> list[Part]:
    if kind == "pdf":
        from console.documents.pdf import read_pdf

        return read_pdf(content, name)
    if kind == "html":
        from console.documents.page import read_page

        return read_page(content, name)
    text = _text(content).replace("\x00", "")
    if kind == "csv":
        from console.documents.table import read_table

        return read_table(text, tell)
    from console.documents.markdown import read_markdown

    return read_markdown(text, name)


def _text(content: bytes) -> str:
    """A text in UTF-8, with or without a mark at its beginning, or in UTF-16 with one."""
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"the text is not UTF-8 (byte {error.start})") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
