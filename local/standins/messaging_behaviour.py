"""How the stand-ins of Messenger and Instagram behave, and what they say when they refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from local.standins.behaviour import Behaviour
from local.standins.graph_errors import GraphError

CODES = {"throttle": 613, "window": 10, "token": 190, "person": 551, "transient": 2}
# batch: all webhooks of a message in one POST. standby: as while another app holds the talk.
MODES = ("normal", "mute", "duplicates", "batch", "standby", "error", "hang", "drop", *CODES)

_TITLES: Mapping[int, tuple[int, str, int | None]] = {
    1: (500, "An unknown error occurred", None),
    2: (503, "Service temporarily unavailable", None),
    4: (400, "Application request limit reached", None),
    10: (403, "This message is sent outside of allowed window.", 2018278),
    100: (400, "Invalid parameter", None),
    190: (401, "Error validating access token: Session has expired", 463),
    200: (403, "Permissions error", None),
    230: (403, "User consent is required to access user profile", None),
    551: (400, "This person isn't available right now.", 1545041),
    613: (400, "Calls to this api have exceeded the rate limit.", None),
    1200: (400, "Temporary send message failure. Please try again later.", None),
}


@dataclass(slots=True, kw_only=True)
class MessagingBehaviour(Behaviour):
    """As of every stand-in. Besides: `echo` says when our own message comes back (after or before
    the answer, or never), `profile` what becomes of a question for a customer's profile (normal,
    consent, missing or down), `token_s` how long a renewed token lives.
    """

    modes: ClassVar[tuple[str, ...]] = MODES
    codes: ClassVar[Mapping[str, int]] = CODES

    echo: str = "after"
    profile: str = "normal"
    token_s: int = 60 * 24 * 3600


def messaging_refusal(
    code: int, *, subcode: int | None = None, retry_after: int | None = None
) -> GraphError:
    """The refusal for a code; one that is not in the table counts as a bad request."""
    http, title, usual = _TITLES.get(code, (400, "Generic user error", None))
    return GraphError(
        code=code, http=http, title=title, subcode=subcode or usual, retry_after=retry_after
    )
