"""E-mail, both directions: providers' webhooks and IMAP in, SMTP out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from romashka.channels.accounts import Account, account_names
from romashka.channels.base import Inlet, OutboundMessage
from romashka.channels.errors import AccountBlocked
from romashka.channels.mail_composing import Composed, compose, recipient_of
from romashka.channels.mail_files import fetch_files
from romashka.channels.mail_inlets import inlets_of
from romashka.channels.mail_oauth import Tokens, grant_of
from romashka.channels.mail_servers import MailAccount, Server, mail_account
from romashka.channels.smtp import Login, Submission, password_login, token_login
from romashka.settings import BadSetting, Settings

# Mails on their way at the same time, over all mailboxes of one process.
AT_ONCE = 8

# Both hear a mailbox, and its new refresh token or how its grant stands.
Rotated = Callable[[str, str], Awaitable[None]]


class Email:
    """Mailboxes. `send` needs a mailbox's SMTP server and the secret that signs its threads.

    A mailbox without a token secret of its own signs with that of the first one that has any.
    """

    type = "email"

    def __init__(self, settings: Settings, accounts: Sequence[Account]) -> None:
        self.accounts: Sequence[str] = account_names(accounts)
        shared = _first_token_secret(accounts)
        self.mailboxes: Mapping[str, MailAccount] = {
            one.account: _signing(mail_account(one), shared) for one in accounts
        }
        self.tokens: Mapping[str, Tokens] = {
            one.account: Tokens(
                grant,
                settings.send_timeout_s,
                keep=partial(self._rotated, one.account),
                tell=partial(self._turned, one.account),
            )
            for one in accounts
            if (grant := grant_of(one)) is not None
        }
        self.inlets: Mapping[str, Inlet] = inlets_of(accounts, self.mailboxes)
        # Told of every new refresh token, with the mailbox it is for.
        self.on_rotated: Rotated | None = None
        # Told when a mailbox's grant is over (`invalid`), and when it holds again (`valid`).
        self.on_turned: Rotated | None = None
        self._timeout_s = settings.send_timeout_s
        self._threads: ThreadPoolExecutor | None = None

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        """Send it; its Message-ID, which is the same at every try."""
        account = self.mailboxes.get(message.account)
        if account is None or account.smtp is None:
            raise AccountBlocked("account_not_configured", f"no SMTP for {message.account}")
        recipient_of(message)
        ends_at = time.monotonic() + self._timeout_s
        files, links = await fetch_files(message.files, self._timeout_s / 2)
        mail = compose(message, account, files, links)
        try:
            await self._hand_over(account, account.smtp, mail, ends_at)
        except AccountBlocked:
            if (tokens := self.tokens.get(account.address)) is None:
                raise
            tokens.spoil()  # it may be over before its time: nothing was taken, so once more
            await self._hand_over(account, account.smtp, mail, ends_at)
        return (mail.message_id,)

    async def _hand_over(
        self, account: MailAccount, server: Server, mail: Composed, ends_at: float
    ) -> None:
        login = await self._login(account)
        await self._submit(server, login, mail, max(1.0, ends_at - time.monotonic()))

    def holds(self, account: Account) -> bool:
        """Whether the mailbox's newest refresh token is the one in use."""
        tokens = self.tokens.get(account.account)
        return tokens is not None and tokens.refresh_token == account.secret("oauth_refresh_token")

    async def close(self) -> None:
        """Let go of the threads; mails on their way end within their time limit."""
        for tokens in self.tokens.values():
            await tokens.close()
        if self._threads is not None:
            self._threads.shutdown(wait=False)
            self._threads = None

    async def _rotated(self, account: str, refresh_token: str) -> None:
        if self.on_rotated is not None:
            await self.on_rotated(account, refresh_token)

    async def _turned(self, account: str, state: str) -> None:
        if self.on_turned is not None:
            await self.on_turned(account, state)

    async def _login(self, account: MailAccount) -> Login:
        if tokens := self.tokens.get(account.address):
            return token_login(account.user, await tokens.access_token())
        return password_login(account.user, account.password)

    async def _submit(self, server: Server, login: Login, mail: Composed, timeout_s: float) -> None:
        submission = Submission(server, login, mail, timeout_s)
        if self._threads is None:
            self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="smtp")
        running = asyncio.get_running_loop().run_in_executor(self._threads, submission.run)
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(running)
        except TimeoutError as error:
            submission.abort()
            raise submission.failure(error) from None
        except asyncio.CancelledError:
            submission.abort()
            raise
        finally:
            # Whatever the thread still has to say nobody waits for.
            running.add_done_callback(lambda done: done.cancelled() or done.exception())


def _first_token_secret(accounts: Sequence[Account]) -> tuple[str, ...]:
    found = (tuple(filter(None, one.secrets.get("token_secret", ()))) for one in accounts)
    if secrets := next(filter(None, found), None):
        return secrets
    raise BadSetting("EMAIL_TOKEN_SECRET is not set")


def _signing(account: MailAccount, shared: tuple[str, ...]) -> MailAccount:
    """The account with a secret that signs: an empty one would be known to everybody."""
    own = tuple(filter(None, account.mailbox.token_secret)) or shared
    return replace(account, mailbox=replace(account.mailbox, token_secret=own))
