"""The e-mail stand-in: a submission server that takes our mail, and the people who answer it.

It listens beside the HTTP application, wants our password, notes every mail, and hands what comes
back (bounces, automatic answers) to our webhook as the company's own mail server would.
"""

from __future__ import annotations

import asyncio
import hmac
import warnings
import weakref
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as POLICY
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from starlette.routing import BaseRoute

from local.ports import LOOPBACK
from local.standins.mail_answers import MailSender, automatic_answer, bounce
from local.standins.mail_behaviour import MailBehaviour
from local.standins.record import Entry, Record
from romashka.channels.accounts import Account

DEFAULT_PORT = 54331
LARGEST_MAIL = 36 * 1024 * 1024


class Email:
    """One stand-in mail server: its account, how it behaves now, and what it sends back."""

    def __init__(
        self, account: Account, record: Record, webhook_url: str, *, port: int = DEFAULT_PORT
    ) -> None:
        self.behaviour = MailBehaviour()
        self._account = account
        self._record = record
        self._port = port
        self._server: asyncio.Server | None = None
        self._sessions: weakref.WeakSet[SMTP] = weakref.WeakSet()
        self._back = MailSender(f"{webhook_url}/generic", account.secret("webhook_secret"))

    def routes(self) -> Sequence[BaseRoute]:
        """It speaks SMTP alone."""
        return []

    def behave(self, wish: Mapping[str, Any]) -> None:
        """Behave as wished from now on; raises BadControl."""
        self.behaviour = MailBehaviour.from_json(wish)

    async def start(self) -> None:
        """Begin to listen for mail."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, LOOPBACK, self._port)

    async def forget(self) -> None:
        """Send nothing back any more."""
        await self._back.forget()

    async def close(self) -> None:
        """Listen no longer and send nothing back."""
        if self._server is not None:
            self._server.close()
        for session in self._sessions:
            _cut(session)
        await self._back.close()

    def _session(self) -> SMTP:
        with warnings.catch_warnings():
            # It warns of passwords without TLS, which never leave this machine.
            warnings.simplefilter("ignore", UserWarning)
            session = SMTP(
                self,
                hostname="mail.stand-in.example",
                data_size_limit=LARGEST_MAIL,
                enable_SMTPUTF8=True,
                authenticator=self._let_in,
                auth_required=True,
                auth_require_tls=False,
                auth_exclude_mechanism=["LOGIN"],
            )
        self._sessions.add(session)
        return session

    def _let_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:  # Any: whatever the mechanism brought
        right = isinstance(data, LoginPassword) and hmac.compare_digest(
            data.password, self._account.secret("password").encode()
        )
        refused = self.behaviour.mode == "login" and bool(self.behaviour.takes(""))
        return AuthResult(success=right and not refused, handled=False)

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Take a recipient, or not."""
        if self.behaviour.mode in ("greylist", "refuse") and self.behaviour.takes(address):
            return self.behaviour.refusal()
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail, note it, and answer as the behaviour in force says."""
        content = envelope.content or b""
        mail = BytesParser(policy=POLICY).parsebytes(
            content if isinstance(content, bytes) else content.encode()
        )
        recipient = envelope.rcpt_tos[0]
        entry = self._note(mail, envelope.mail_from or "", recipient)
        behaviour = self.behaviour
        await asyncio.sleep(behaviour.answer_after_ms / 1000)
        if behaviour.mode == "drop" and behaviour.takes(recipient):
            _cut(server)
            return "451 4.3.0 Gone"
        if behaviour.mode == "content" and behaviour.takes(recipient):
            entry.answer_status = 554
            return "554 5.7.1 Message refused"
        self._answer_back(mail, recipient)
        entry.answer_status = 250
        return "250 2.0.0 Queued"

    def _answer_back(self, mail: EmailMessage, recipient: str) -> None:
        mode, own = self.behaviour.mode, self._account.account
        if mode == "bounce" and self.behaviour.takes(recipient):
            self._back.owe(bounce(mail, own, recipient))
        elif mode == "auto_reply" and self.behaviour.takes(recipient):
            self._back.owe(automatic_answer(mail, own, recipient))

    def _note(self, mail: EmailMessage, sender: str, recipient: str) -> Entry:
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        text = plain.get_content().replace("\r\n", "\n").rstrip("\n") if plain else None
        files = [part.get_filename() for part in mail.iter_attachments()]
        entry = self._record.add(
            platform="email",
            kind="mail",
            account=sender,
            recipient=recipient,
            text=text,
            payload={
                "subject": str(mail["subject"]),
                "headers": [[name, str(value)] for name, value in mail.items()],
                "html": html.get_content() if html else None,
                "attachments": files,
            },
        )
        entry.message_id = str(mail["message-id"]).strip("<>")
        return entry


def _cut(session: SMTP) -> None:
    """Break the line in the middle of whatever is said."""
    if isinstance(session.transport, asyncio.WriteTransport):
        session.transport.abort()
