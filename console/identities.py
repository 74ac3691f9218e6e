"""Ids that a person types: what one looks like, and where those of a kind are found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from console.problems import AN_ID, USAGE, Problem, refused


def identity_of(text: str, thing: str, found_by: str) -> UUID:
    """The id that a text is; raises Problem where it can be none."""
    try:
        return UUID(text)
    except ValueError:
        message = f"{text!r} is no {thing}'s id, which looks like {AN_ID}"
        raise Problem(USAGE, "bad_id", message, found_by) from None


@contextmanager
def sought(found_by: str) -> Iterator[None]:
    """What the database does not know and says nothing more of is told with where to look."""
    try:
        yield
    except Exception as error:
        problem = refused(error)
        if problem is None or problem.code != "missing" or problem.hint:
            raise
        raise Problem(problem.exit_code, problem.code, problem.message, found_by) from error
