"""Keeps the accounts up to date: stored ones are taken on, and tokens renewed before they end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from romashka.channels.base import Channel
from romashka.channels.email import Email
from romashka.channels.errors import AccountBlocked, SendError
from romashka.channels.instagram_token import due, renew
from romashka.channels.mail_oauth import Tokens
from romashka.channels.mail_servers import MailAccount
from romashka.channels.roster import Roster, having
from romashka.channels.stored_accounts import aload_accounts
from romashka.database import DatabaseError, acall, acall_all
from romashka.settings import Settings
from romashka.vault import NoKey, Vault
from worker.faults import fault
from worker.shared import Shared

LOOK_EVERY_S = 5.0
RENEW_EVERY_S = 3600.0

log = structlog.get_logger(__name__)


class Accounts:
    """Takes on what is stored, registers it, and keeps new tokens encrypted."""

    def __init__(self, shared: Shared, roster: Roster, settings: Settings) -> None:
        self._shared = shared
        self._roster = roster
        self._settings = settings
        self._vault = Vault(settings.romashka_secret_keys)
        self._renew_at = 0.0
        self._is_registered = False

    async def run(self) -> None:
        """Looks every few seconds until cancelled."""
        while True:
            try:
                await self.look()
                await self.renew_in_time()
            except DatabaseError as error:
                await self._shared.outage.wait(error)
            except Exception as error:
                log.error("accounts could not be looked after", **fault(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Takes on the stored accounts where they have changed; raises DatabaseError."""
        if self._roster.take(await aload_accounts(self._shared.pool, self._vault)):
            await self._roster.close_former()
            self._is_registered = False
        if not self._is_registered:
            await self.register()
        email = self._roster.get("email")
        if isinstance(email, Email):
            email.on_rotated = self._keep_refresh_token
            email.on_turned = self._note_grant

    async def register(self) -> None:
        """Makes every account known to the database; raises DatabaseError."""
        for channel in self._roster.values():
            for account in channel.accounts:
                await self._channel_id(channel.type, account)
        self._is_registered = True

    async def _channel_id(self, channel_type: str, account: str) -> str:
        return str(
            await acall(
                self._shared.pool, "private.register_channel", channel_type, account, channel_type
            )
        )

    async def _keep_refresh_token(self, account: str, token: str) -> None:
        channel_id = await self._channel_id("email", account)
        await self._store(channel_id, "oauth_refresh_token", token)

    async def _note_grant(self, account: str, state: str) -> None:
        """What is told of a mailbox's grant harms no mail when the database is away."""
        try:
            await self._note(await self._channel_id("email", account), {"state": state})
        except DatabaseError as error:
            log.warning("token state not kept", state=state, **fault(error))

    async def renew_in_time(self) -> None:
        """Once an hour: renews the tokens of Instagram's own login that end soon.

        Raises DatabaseError; what the platform refuses is shown on the channel.
        """
        now = asyncio.get_running_loop().time()
        if now < self._renew_at:
            return
        self._renew_at = now + RENEW_EVERY_S
        for row in await acall_all(self._shared.pool, "private.tokens_due", "instagram"):
            expires_at, issued_at = (
                datetime.fromisoformat(row[name]) for name in ("expires_at", "issued_at")
            )
            if due(expires_at, issued_at, datetime.now(UTC)):
                await self._renew_carefully(row)

    async def _renew_carefully(self, row: Mapping[str, Any]) -> None:
        """One account that fails leaves the others their turn."""
        try:
            await self._renew(row)
        except DatabaseError:
            raise
        except Exception as error:
            log.error("token not renewed", channel_id=row["channel_id"], **fault(error))

    async def _renew(self, row: Mapping[str, Any]) -> None:
        stored = await aload_accounts(self._shared.pool, self._vault)
        token = next(
            one.secret("access_token")
            for one in stored
            if (one.type, one.account) == ("instagram", row["account"])
        )
        try:
            renewed = await renew(
                self._settings.instagram_api_url, token, self._settings.send_timeout_s
            )
        except SendError as error:
            state = "invalid" if isinstance(error, AccountBlocked) else "expiring"
            await self._note(row["channel_id"], {"state": state, "code": error.code})
            return
        if not await self._store(row["channel_id"], "access_token", renewed.token):
            return
        known = {"state": "valid", "expires_at": renewed.expires_at.isoformat()}
        await self._note(row["channel_id"], known)

    async def _store(self, channel_id: str, name: str, secret: str) -> bool:
        try:
            value = self._vault.encrypt(secret)
        except NoKey as error:
            log.error("token not kept", channel_id=channel_id, name=name, reason=str(error))
            return False
        await acall(self._shared.pool, "private.store_secret", channel_id, name, value)
        log.info("token kept", channel_id=channel_id, name=name)
        return True

    async def _note(self, channel_id: str, data: Mapping[str, Any]) -> None:
        await acall(
            self._shared.pool, "private.record_channel_event", channel_id, "token", dict(data)
        )


def mailboxes_of(channels: Mapping[str, Channel]) -> Mapping[str, MailAccount]:
    """The mailboxes that there are now, by address."""
    return {
        name: one
        for email in having(channels, Email).values()
        for name, one in email.mailboxes.items()
    }


def tokens_of(channels: Mapping[str, Channel]) -> Mapping[str, Tokens]:
    """The OAuth2 tokens of those that are let in by one, by address."""
    return {
        name: one
        for email in having(channels, Email).values()
        for name, one in email.tokens.items()
    }
