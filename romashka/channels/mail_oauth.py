"""OAuth2 for mailboxes (Gmail, Microsoft): access tokens made of a refresh token, in time.

RFC 6749 section 6; what the token is good for is said by SASL XOAUTH2 in SMTP and IMAP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from romashka.channels.accounts import Account
from romashka.channels.errors import AccountBlocked, SendError, Unavailable
from romashka.channels.fields import object_in, text_in
from romashka.channels.http import Caller
from romashka.settings import BadSetting

if TYPE_CHECKING:
    import httpx

ENDPOINTS: Mapping[str, str] = {
    "google": "https://oauth2.googleapis.com/token",
    "microsoft": "https://login.microsoftonline.com/common/oauth2/v2.0/token",
}
# A token that ends while it is being used is refused: it is renewed this long before.
AHEAD_S = 300.0
USUAL_LIFE_S = 3600.0
LONGEST_LIFE_S = 86400.0

# Gets the refresh token that the provider has put in the place of the former one.
Keep = Callable[[str], Awaitable[None]]
# Hears `valid` or `invalid` when that has changed: whether the owner's grant still holds.
Tell = Callable[[str], Awaitable[None]]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the mailbox's owner has allowed an app of ours."""

    endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


def grant_of(account: Account) -> Grant | None:
    """The grant of a mailbox, None where it logs in by password; raises BadSetting."""
    named, refresh = (
        account.options.get("oauth_provider", ""),
        account.secret("oauth_refresh_token"),
    )
    if not named and not refresh:
        return None
    endpoint = ENDPOINTS.get(named, named)
    client_id = account.options.get("oauth_client_id", "")
    if not endpoint.startswith(("https://", "http://127.0.0.1:")):
        raise BadSetting("EMAIL_OAUTH_PROVIDER must be google, microsoft or an https address")
    if not client_id or not refresh:
        raise BadSetting("EMAIL_OAUTH_CLIENT_ID and EMAIL_OAUTH_REFRESH_TOKEN go together")
    return Grant(
        endpoint=endpoint,
        client_id=client_id,
        client_secret=account.secret("oauth_client_secret"),
        refresh_token=refresh,
    )


async def forget(_: str) -> None:
    """Keeps nothing: what is new lives as long as this process."""


class Tokens:
    """Access tokens of one grant, each used until shortly before its end."""

    def __init__(
        self,
        grant: Grant,
        timeout_s: float,
        *,
        keep: Keep = forget,
        tell: Tell = forget,
        clock: Clock = time.monotonic,
    ) -> None:
        self._grant = grant
        self._refresh_token = grant.refresh_token
        self._caller = Caller(timeout_s)
        self._keep = keep
        self._tell = tell
        self._state = ""
        self._clock = clock
        self._token = ""
        self._good_until = 0.0
        self._one_at_a_time = asyncio.Lock()

    @property
    def refresh_token(self) -> str:
        """The newest refresh token: the grant's, or what the provider put in its place."""
        return self._refresh_token

    async def access_token(self) -> str:
        """A token that is good for five minutes at least.

        Raises AccountBlocked (reconnect_needed) for a grant that is over, else Unavailable.
        """
        async with self._one_at_a_time:
            if self._clock() >= self._good_until - AHEAD_S:
                await self._renew_openly()
            return self._token

    def spoil(self) -> None:
        """Use the present access token no more: a server has refused it before its time."""
        self._good_until = 0.0

    async def close(self) -> None:
        """Close the connections."""
        await self._caller.close()

    async def _renew_openly(self) -> None:
        """Renew, and tell whether the grant holds where that is news."""
        try:
            await self._renew()
        except AccountBlocked:
            await self._turn("invalid")
            raise
        await self._turn("valid")

    async def _turn(self, state: str) -> None:
        if state != self._state:
            await self._tell(state)
            self._state = state

    async def _renew(self) -> None:
        answer = await self._ask()
        token = text_in(answer, "access_token")
        if token is None:
            raise Unavailable("the token endpoint's answer has no token", "oauth")
        life = answer.get("expires_in")
        lasts = float(life) if isinstance(life, (int, float)) and life > 0 else USUAL_LIFE_S
        self._token = token
        self._good_until = self._clock() + min(lasts, LONGEST_LIFE_S)
        rotated = text_in(answer, "refresh_token")
        if rotated and rotated != self._refresh_token:
            self._refresh_token = rotated
            await self._keep(rotated)

    async def _ask(self) -> Mapping[str, object]:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._grant.client_id,
            "client_secret": self._grant.client_secret,
            "refresh_token": self._refresh_token,
        }
        try:
            answer = await self._caller.request("POST", self._grant.endpoint, data=form)
        except SendError as error:
            # Asking again for a token harms nothing, whether the first question came through.
            raise Unavailable(error.reason, "oauth") from None
        return _granted(answer)


def _granted(answer: httpx.Response) -> Mapping[str, object]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = None
    found = object_in({"body": body}, "body")
    if answer.is_success:
        return found
    reason = text_in(found, "error") or f"HTTP {answer.status_code}"
    if answer.status_code in (408, 429) or answer.status_code >= 500:
        raise Unavailable(f"no token: {reason[:100]}", "oauth")
    raise AccountBlocked("reconnect_needed", f"the mailbox must be connected again: {reason[:100]}")
