"""What can go wrong in a command: its exit code, and words that say what to do."""

from __future__ import annotations

import functools
import os
import re
import signal
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

UNEXPECTED, USAGE, CONFLICT, NOT_READY, CHECK_FAILED, INTERRUPTED = 1, 2, 3, 4, 5, 130
# As a shell says of what SIGPIPE has ended.
NOBODY_READS = 128 + signal.SIGPIPE

# By name and not by class: importing them all would make `romashka --help` slow.
KNOWN = {
    "AlreadyUp": (CONFLICT, "already_up"),
    "AlreadyRunning": (CONFLICT, "already_running"),
    "BadName": (USAGE, "bad_name"),
    "BadConfiguration": (USAGE, "bad_configuration"),
    "BadSetting": (USAGE, "bad_setting"),
    "BadSecretsFile": (CONFLICT, "bad_secrets"),
    "ChildFailed": (NOT_READY, "process_failed"),
    "HistoryDiffers": (CONFLICT, "history_differs"),
    "InitFailed": (NOT_READY, "postgres_failed"),
    "MigrationFailed": (NOT_READY, "migration_failed"),
    "NoKey": (USAGE, "no_key"),
    "NoFreePort": (CONFLICT, "no_free_port"),
    "NoSuchDomain": (CONFLICT, "sources_differ"),
    "NoUsableIdentity": (NOT_READY, "cannot_run_postgres"),
    "OtherMajor": (CONFLICT, "other_postgres"),
    "PlatformChanged": (CONFLICT, "platform_changed"),
    "ProjectNotReady": (NOT_READY, "project_not_ready"),
    "PortTaken": (CONFLICT, "port_taken"),
    "StartFailed": (NOT_READY, "postgres_failed"),
    "StartTooSlow": (NOT_READY, "postgres_slow"),
    "AlreadyReleased": (CONFLICT, "already_released"),
    "AuthApiError": (USAGE, "sign_in_refused"),
    "AuthRetryableError": (NOT_READY, "not_reachable"),
    "PermissionError": (NOT_READY, "no_permission"),
    "OperationalError": (NOT_READY, "database_away"),
    "PoolTimeout": (NOT_READY, "database_away"),
    "DatabaseAway": (NOT_READY, "database_away"),
    "TooSlow": (NOT_READY, "database_too_slow"),
    "TransportError": (NOT_READY, "not_reachable"),
}
HINTS = {"no_schema": "apply the migrations: romashka db push"}
# What our SQL functions refuse, by SQLSTATE; whichever library brings the refusal here.
REFUSALS = {
    "PT400": (USAGE, "bad_input"),
    "PT401": (USAGE, "denied"),
    "PT403": (USAGE, "denied"),
    "PT404": (USAGE, "missing"),
    "PT409": (CONFLICT, "conflict"),
    "PT429": (NOT_READY, "too_many"),
    "42501": (USAGE, "denied"),
    "PGRST000": (NOT_READY, "database_away"),
    "PGRST001": (NOT_READY, "database_away"),
    "PGRST002": (NOT_READY, "database_away"),
    "PGRST003": (NOT_READY, "database_away"),
    "PGRST202": (NOT_READY, "no_schema"),
    "3F000": (NOT_READY, "no_schema"),
    "42883": (NOT_READY, "no_schema"),
    "42P01": (NOT_READY, "no_schema"),
    # No uuid, no time, no number of a size that fits.
    "22P02": (USAGE, "bad_input"),
    "22003": (USAGE, "bad_input"),
    "22007": (USAGE, "bad_input"),
    "22008": (USAGE, "bad_input"),
}

# A text in jsonb that no text of Postgres can hold.
A_NUL = "22P05"

AN_ID = "6f1c0a52-9d3e-4c71-8b0a-5e2d7f4c1a90"
TIME = ("time", "2026-01-31 or 2026-01-31T09:30+01:00")
# How Postgres says that a text is no value of a type, and what a person calls such a value.
UNREADABLE = (
    r'invalid input syntax for type (?P<type>[\w ]+): (?P<text>".*")',
    r'(?P<type>timestamp) out of range: (?P<text>".*")',
    r'(?P<type>date/time) field value out of range: (?P<text>".*")',
    r'value (?P<text>".*") is out of range for type (?P<type>[\w ]+)',
)
MEANT = {
    "uuid": ("id", AN_ID),
    "timestamp": TIME,
    "timestamp with time zone": TIME,
    "date/time": TIME,
    "integer": ("whole number", ""),
    "bigint": ("whole number of that size", ""),
    "double precision": ("number", ""),
}


class Problem(Exception):
    """Something a person can mend: an exit code, a stable word for it, a message and a hint."""

    def __init__(self, exit_code: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.code = code
        self.message = message
        self.hint = hint


class ReaderGone(BaseException):
    """Nobody reads what the command prints (`| head`); what goes on after every Exception ends."""


def not_running() -> Problem:
    """The answer of every command that needs a running system."""
    return Problem(
        NOT_READY, "not_running", "Romashka does not run in this checkout.", "start it: make up"
    )


def explain(error: BaseException) -> Problem | None:
    """The problem that an exception of ours or of a library stands for; None if unexpected."""
    if isinstance(error, Problem):
        return error
    refusal = refused(error)
    if refusal is not None:
        return refusal
    if any(isinstance(one, UnicodeEncodeError) for one in (error, error.__cause__)):
        return Problem(USAGE, "no_text", "what was given is no text: it cannot be written in UTF-8")
    for kind in type(error).__mro__:
        if kind.__name__ in KNOWN:
            exit_code, code = KNOWN[kind.__name__]
            return Problem(exit_code, code, str(error), HINTS.get(code, ""))
    if isinstance(error, OSError) and error.errno is not None:
        return Problem(NOT_READY, "system", str(error), _system_hint(error))
    return None


def refused(error: BaseException) -> Problem | None:
    """The problem of a refusal by the database, from psycopg, our own door or the REST client."""
    state = getattr(error, "sqlstate", None) or getattr(error, "code", None)
    if state == A_NUL:
        return Problem(USAGE, "no_text", "what was given is no text: it holds a NUL (\\u0000)")
    if not isinstance(state, str) or state not in REFUSALS:
        return None
    exit_code, code = REFUSALS[state]
    said = getattr(error, "diag", error)
    message = getattr(said, "message_primary", None) or getattr(said, "message", None)
    hint = getattr(said, "message_hint", None) or getattr(said, "hint", None)
    return in_words(Problem(exit_code, code, message or str(error), HINTS.get(code, hint or "")))


def in_words(problem: Problem) -> Problem:
    """What Postgres says of a text that is no value of a type, as a person would say it."""
    for pattern in UNREADABLE:
        if found := re.match(pattern, problem.message):
            name, example = MEANT.get(found["type"], (found["type"], ""))
            hint = f"one looks like {example}" if example else problem.hint
            return Problem(problem.exit_code, problem.code, f"{found['text']} is no {name}", hint)
    return problem


def alone(context: typer.Context, parameter: str, *others: str) -> None:
    """Raises Problem where a parameter was given together with others that it leaves unheard."""
    given = [name for name in (parameter, *others) if was_given(context, name)]
    if parameter in given and len(given) > 1:
        names = {one.name: max(one.opts, key=len) for one in context.command.params}
        one, *unheard = (names[name] for name in given)
        raise Problem(USAGE, "options", f"{one} goes without {', '.join(unheard)}")


def not_waiting(context: typer.Context, wait: bool) -> None:
    """Raises Problem where a time to wait was given to a command that is not to wait."""
    if not wait and was_given(context, "timeout"):
        raise Problem(USAGE, "options", "--no-wait goes without --timeout")


def was_given(context: typer.Context, parameter: str) -> bool:
    """Whether a parameter of the command stands on the command line."""
    source = context.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"


P = ParamSpec("P")
T = TypeVar("T")


def guarded(command: Callable[P, T]) -> Callable[P, T]:
    """Wrap a command so that what goes wrong is said in words and gives the right exit code."""

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        # A server that hangs up is told of, and a system that runs is ended in order.
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        try:
            return command(*args, **kwargs)
        except (typer.Exit, KeyboardInterrupt):
            raise
        except Exception as error:
            if os.environ.get("ROMASHKA_DEBUG"):
                raise
            raise typer.Exit(_report(error, as_json=bool(kwargs.get("json")))) from error

    return wrapper


def _report(error: Exception, *, as_json: bool) -> int:
    from console.output import data_json, say

    problem = explain(error)
    if problem is None:
        text = f"{type(error).__name__}: {error}"
        problem = Problem(UNEXPECTED, "unexpected", text, "ROMASHKA_DEBUG=1 shows where")
    say(f"{problem.message}" + (f"\n  {problem.hint}" if problem.hint else ""))
    if as_json:
        data_json({"code": problem.code, "message": problem.message, "hint": problem.hint})
    return problem.exit_code


def _system_hint(error: OSError) -> str:
    import errno

    if error.errno == errno.ENOSPC:
        return "the disk is full: make room and start again (`romashka doctor` shows how much)"
    if error.errno in (errno.EROFS, errno.EACCES):
        return "the checkout must be in a folder that you may write to"
    return ""
