"""What a log line may say of an error: its kind and place, never its text, which may quote data."""

from __future__ import annotations

import traceback


def fault(error: BaseException) -> dict[str, str]:
    """The fields for a log line; of a group of errors the first one counts."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    fields = {"error": type(error).__name__}
    if state := getattr(error, "sqlstate", None):
        fields["sqlstate"] = str(state)
    if frames := traceback.extract_tb(error.__traceback__):
        fields["where"] = f"{frames[-1].filename}:{frames[-1].lineno} {frames[-1].name}"
    return fields
