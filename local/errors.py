"""What can go wrong with the embedded Postgres; each message says what happened and what to do."""

from __future__ import annotations

from pathlib import Path

NEW_OR_OLD = (
    "`romashka db reset --yes` throws the local database's contents away and makes it anew. To keep"
    " them, go back to the commit that made them, or set them aside before the next start:"
    " `mv .romashka/data .romashka/data.old`; moved back, that commit can read them again."
)


class PostgresError(Exception):
    """The embedded Postgres could not do what was asked."""


class DirectoryClosed(PostgresError):
    """The directory of the server cannot be used by whoever asks."""

    def __init__(self, directory: Path, reason: str) -> None:
        super().__init__(
            f"{directory} cannot be used ({reason}): it probably belongs to another user. Run as"
            f" that user, or remove the folder to begin with an empty database."
        )


class AlreadyRunning(PostgresError):
    """A living server owns the data directory already."""

    def __init__(self, pid: int | None, directory: Path) -> None:
        self.pid = pid
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"Postgres is running in {directory} already ({who}): use it, or stop it first"
            f" (`make down`)."
        )


class PortTaken(PostgresError):
    """Somebody else listens on the wanted port."""

    def __init__(self, port: int, suggestion: int) -> None:
        self.port = port
        self.suggestion = suggestion
        super().__init__(
            f"Port {port} on 127.0.0.1 is taken by another program: free it, or use another one;"
            f" {suggestion} is free."
        )


class OtherMajor(PostgresError):
    """The data directory was made by another major version."""

    def __init__(self, data: Path, found: int, wanted: int) -> None:
        super().__init__(
            f"{data} was made by Postgres {found}, and Postgres {wanted} cannot read it: start"
            f" version {found} again, or move the folder away to begin with an empty database."
        )


class InitFailed(PostgresError):
    """A new data directory could not be made."""

    def __init__(self, data: Path, output: str) -> None:
        super().__init__(
            f"Could not make the data directory {data}. initdb said: {output.strip()}. Check that"
            f" the disk has room and that the folder may be written."
        )


class StartFailed(PostgresError):
    """The server ended before it was ready."""

    def __init__(self, code: int, log: Path, tail: str) -> None:
        super().__init__(
            f"Postgres ended with code {code} before it was ready. Its last words:"
            f" {tail.strip() or 'none'}. The whole log is in {log}."
        )


class StartTooSlow(PostgresError):
    """The server was not ready when the deadline passed."""

    def __init__(self, seconds: float, log: Path) -> None:
        super().__init__(
            f"Postgres was not ready within {seconds:.0f} s and was stopped. After a crash of the"
            f" machine it may need longer: try again, and see {log}."
        )


class PostgresStopped(PostgresError):
    """The server ended although nobody had asked it to."""

    def __init__(self, code: int, log: Path) -> None:
        super().__init__(f"Postgres ended by itself with code {code}: see {log}, then start again.")
