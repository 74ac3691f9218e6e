"""What Messenger's and Instagram's refusals mean; the rest is as in every Graph API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from romashka.channels.errors import Rejected, SendError, Unavailable
from romashka.channels.meta import reason_of, send_error

WINDOW = "window"
OUTSIDE_WINDOW = "outside the 24 hour window"
# The customer's last message is too old, whatever code it comes with.
WINDOW_SUBCODES = frozenset({2018065, 2018278, 2534022})
# This person cannot be reached, which says nothing about our account: blocked us, left, unknown.
PERSON_SUBCODES = frozenset({1545041, 2018001, 2018108, 2018218, 2534014})
# 230: they have not agreed that we see them or write to them; 551: they are not available.
PERSON_CODES = frozenset({230, 551})
TEMPORARY = frozenset({1200})


def messaging_error(
    status: int, error: Mapping[str, Any], retry_after: float | None = None
) -> SendError:
    """The send error for an HTTP status and the `error` object of the answer."""
    code, subcode = _number(error, "code"), _number(error, "error_subcode")
    reason = reason_of(error) or f"HTTP {status}"
    if subcode in WINDOW_SUBCODES:
        return Rejected(WINDOW, OUTSIDE_WINDOW)
    if code in PERSON_CODES or subcode in PERSON_SUBCODES:
        named = "/".join(str(one) for one in (code, subcode) if one is not None)
        return Rejected(named, reason)
    if code in TEMPORARY:
        return Unavailable(reason, str(code))
    return send_error(status, error, retry_after)


def _number(error: Mapping[str, Any], name: str) -> int | None:
    value = error.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
