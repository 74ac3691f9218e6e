"""`romashka db psql`: a prompt on the database."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from console.place import reachable
from local.binaries import binary


def run(arguments: Sequence[str]) -> None:
    """Become psql on the database; the password travels by the environment, not the arguments."""
    plan = reachable()
    parts = urlsplit(plan.db_url)
    user = unquote(parts.username or "postgres")
    bare = parts._replace(netloc=f"{user}@{parts.hostname}:{parts.port or 5432}").geturl()
    environ = {**os.environ, "PGPASSWORD": unquote(parts.password or "")}
    environ.setdefault("PGAPPNAME", "romashka psql")
    program = str(binary("psql"))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execve(program, ["psql", "-d", bare, *arguments], environ)
