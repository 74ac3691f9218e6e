"""Meta's error envelopes: what the Graph API answers when it refuses a message."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any


# Not frozen: raising sets attributes of an exception.
@dataclass(eq=False, kw_only=True)
class GraphError(Exception):
    """A refusal of the platform: its code, the HTTP status it comes with and what it says."""

    code: int
    http: int
    title: str
    details: str = ""
    subcode: int | None = None
    retry_after: int | None = None

    def envelope(self) -> dict[str, Any]:
        """The body of the refusal as the platform writes it."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.title}",
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": "A" + secrets.token_urlsafe(16),
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details:
            data = {"messaging_product": "whatsapp", "details": self.details}
            error["error_data"] = data
        return {"error": error}

    def in_status(self) -> dict[str, Any]:
        """The same as it stands in a failed receipt."""
        details = self.details or self.title
        return {"code": self.code, "title": self.title, "error_data": {"details": details}}


_KNOWN = {
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    4: (400, "Application request limit reached"),
    10: (403, "Application does not have permission for this action"),
    100: (400, "Invalid parameter"),
    190: (401, "Error validating access token: Session has expired"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Account has been locked"),
    131042: (400, "Business eligibility payment issue"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131051: (400, "Unsupported message type"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    133016: (400, "Account register deregister rate limit exceeded"),
}


def graph_error(code: int, details: str = "", *, retry_after: int | None = None) -> GraphError:
    """The refusal for a code; one that is not in the table counts as a bad request."""
    http, title = _KNOWN.get(code, (400, "Generic user error"))
    return GraphError(code=code, http=http, title=title, details=details, retry_after=retry_after)


def no_such_object(account: str) -> GraphError:
    """What comes for a phone number id that the token does not reach."""
    return GraphError(
        code=100,
        http=400,
        subcode=33,
        title=f"Unsupported post request. Object with ID '{account}' does not exist, cannot be "
        "loaded due to missing permissions, or does not support this operation",
    )
