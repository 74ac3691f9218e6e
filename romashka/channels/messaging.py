"""What Messenger and Instagram have in common: one Send API, one kind of webhook, both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from romashka.channels.accounts import Account, account_names, secrets_named
from romashka.channels.base import (
    LONGEST_BODY,
    Fetched,
    Inlet,
    OutboundMessage,
    Profile,
    Signal,
)
from romashka.channels.downloads import download
from romashka.channels.errors import AccountBlocked, Ambiguous, Rejected, Unavailable
from romashka.channels.events import InboundEvent, Media
from romashka.channels.fields import text_in
from romashka.channels.messaging_errors import messaging_error
from romashka.channels.messaging_events import events_of
from romashka.channels.messaging_people import USER_REF, Platform
from romashka.channels.messaging_send import Limits, payloads_of, recipient_of
from romashka.channels.meta import Graph, is_signed
from romashka.channels.parts import send_parts
from romashka.settings import Settings

ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# A file is larger than a message, and nobody waits for it.
FETCH_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one of the two platforms differs from the other."""

    platform: Platform
    limits: Limits
    profile_fields: str


class Messaging:
    """Accounts of one of the two. `send` needs an access token, `verify` the apps' secrets."""

    longest_body = LONGEST_BODY

    def __init__(
        self, settings: Settings, accounts: Sequence[Account], manner: Manner, urls: Sequence[str]
    ) -> None:
        self.type: str = manner.platform
        self.accounts: Sequence[str] = account_names(accounts)
        self.inlets: Mapping[str, Inlet] = {"": self}
        self.verify_tokens: Sequence[str] = secrets_named("verify_token", accounts)
        self._secrets = [one.encode() for one in secrets_named("app_secret", accounts)]
        self._own_apps = frozenset(settings.meta_app_id)
        self._manner = manner
        self._human_agents = {
            one.account for one in accounts if one.options.get("human_agent") == "true"
        }
        version = settings.whatsapp_api_version
        self._graphs = {
            one.account: Graph(
                f"{url}/{version}",
                one.secret("access_token"),
                settings.send_timeout_s,
                messaging_error,
            )
            for one, url in zip(accounts, urls, strict=True)
            if ID.fullmatch(one.account)
        }

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """Nothing to keep, when Meta signed exactly these bytes; else None."""
        return {} if is_signed(headers, body, self._secrets) else None

    def parse(self, body: bytes, kept: Mapping[str, str]) -> list[InboundEvent]:
        """Every event of the webhook; raises ParseError when it is none."""
        return events_of(body, self._manner.platform, self._own_apps)

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        """Send it, text and each file apart; the platform's ids of all parts."""
        graph = self._graph(message.account)
        bodies = payloads_of(
            message,
            self._manner.limits,
            human_agent=message.account in self._human_agents,
        )

        async def post(body: dict[str, Any]) -> str:
            answer = await graph.post("me/messages", body)
            if (mid := text_in(answer, "message_id")) is None:
                raise Ambiguous("the platform's answer has no message id")
            return mid

        return await send_parts(bodies, message.parts_sent, post)

    async def signal(self, signal: Signal) -> None:
        """Show that we type or have read; raises a SendError."""
        action = {"typing": "typing_on", "read": "mark_seen"}[signal.kind]
        body = {"recipient": recipient_of(signal.identities), "sender_action": action}
        await self._graph(signal.account).post("me/messages", body)

    async def check(self, account: str) -> str:
        """Who the platform says we are; raises a SendError."""
        answer = await self._graph(account).get("me", {"fields": "id,name,username"})
        name = text_in(answer, "username") or text_in(answer, "name") or "without a name"
        return f"{name} ({text_in(answer, 'id') or 'no id'})"

    async def profile(self, account: str, identities: Mapping[str, str]) -> Profile | None:
        """What the platform tells of a customer, None where it will not; raises a SendError."""
        name = identities.get("external", "")
        if name.startswith(USER_REF) or not ID.fullmatch(name):
            return None
        try:
            answer = await self._graph(account).get(name, {"fields": self._manner.profile_fields})
        except Rejected:
            # No consent, no profile, nobody by that id: it will not be told later either.
            return None
        if not answer:
            raise Unavailable("the platform's answer holds no profile")
        return _profile(answer)

    async def fetch(self, account: str, media: Media, limit: int) -> Fetched:
        """A customer's file from the platform's delivery network; raises a SendError."""
        if media.url is None:
            raise Rejected("no_address", "the file has no address")
        # Files of a stand-in lie on this machine, those of the platform never.
        host = urlsplit(self._graph(account).url).hostname
        return await download(media.url, limit, FETCH_TIMEOUT_S, private=host in LOOPBACK)

    async def close(self) -> None:
        """Close the connections to the platform."""
        for graph in self._graphs.values():
            await graph.close()

    def _graph(self, account: str) -> Graph:
        graph = self._graphs.get(account)
        if graph is None:
            raise AccountBlocked("account_not_configured", f"no token for {account}")
        return graph


def _profile(answer: Mapping[str, Any]) -> Profile | None:
    names = [text_in(answer, key) for key in ("first_name", "last_name")]
    name = text_in(answer, "name") or " ".join(one for one in names if one)
    profile = Profile(
        name=name or None,
        username=text_in(answer, "username"),
        picture_url=text_in(answer, "profile_pic"),
        locale=text_in(answer, "locale"),
    )
    return profile if profile != Profile() else None
