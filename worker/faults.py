"""Names an exception for the log by its class and its place.

Its text stays out: what a database or a parser complains about may be a customer's words.
"""

from __future__ import annotations

import traceback
from pathlib import PurePath


def fault(error: BaseException) -> dict[str, str]:
    """The fields for a log line: error (the class) and where (file, line and function)."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return {"error": type(error).__name__}
    last = frames[-1]
    place = f"{PurePath(last.filename).name}:{last.lineno} {last.name}"
    return {"error": type(error).__name__, "where": place}
