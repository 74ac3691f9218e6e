"""Access tokens of Instagram's own login: they live sixty days and can be renewed while they do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from romashka.channels.errors import Ambiguous, Unavailable
from romashka.channels.fields import text_in
from romashka.channels.http import Caller
from romashka.channels.messaging_errors import messaging_error
from romashka.channels.meta import graph_answer

# The platform refuses to renew a token that is younger, and one that is over for good.
YOUNGEST = timedelta(hours=24)
RENEW_BEFORE = timedelta(days=10)
LONGEST_LIFE = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """A new token, which takes the old one's place, and until when it is good."""

    token: str = field(repr=False)
    expires_at: datetime


def due(expires_at: datetime, issued_at: datetime, now: datetime) -> bool:
    """Whether a token should be renewed now: not too young, not over, and near its end."""
    old_enough = now - issued_at > YOUNGEST
    return old_enough and timedelta(0) < expires_at - now < RENEW_BEFORE


async def renew(url: str, token: str, timeout_s: float, now: datetime | None = None) -> Renewed:
    """Ask the API at `url` for a new token in exchange for one that is still good.

    Asking again is safe: the old token stays good until its end. Raises a SendError, AccountBlocked
    where the platform refuses the token: then somebody has to connect the account anew.
    """
    caller = Caller(timeout_s)
    # The documented way is a parameter; addresses are never put into a log or an error.
    query = {"grant_type": "ig_refresh_token", "access_token": token}
    try:
        response = await caller.request("GET", f"{url}/refresh_access_token", params=query)
    except Ambiguous as error:
        raise Unavailable(error.reason, error.code) from None
    finally:
        await caller.close()
    answer = graph_answer(response, messaging_error)
    new, life = text_in(answer, "access_token"), answer.get("expires_in")
    if new is None or isinstance(life, bool) or not isinstance(life, int) or life <= 0:
        raise Unavailable("the platform's answer holds no token")
    lives = timedelta(seconds=min(life, int(LONGEST_LIFE.total_seconds())))
    return Renewed(token=new, expires_at=(now or datetime.now(UTC)) + lives)
