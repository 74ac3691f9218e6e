"""What comes back to our mails: bounces and automatic answers, posted to our webhook."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid

import httpx

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 10.0
GIVE_UP_AFTER_S = 3600.0


class MailSender:
    """Posts mails to one webhook address in the background until each is taken."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._http = httpx.AsyncClient(timeout=20.0, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()

    def owe(self, mail: bytes) -> None:
        """Start posting; returns at once."""
        task = asyncio.create_task(self._post_until_taken(mail))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def forget(self) -> None:
        """Stop posting what is owed."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Forget everything and close the connections."""
        await self.forget()
        await self._http.aclose()

    async def _post_until_taken(self, body: bytes) -> None:
        pause, deadline = FIRST_PAUSE_S, time.monotonic() + GIVE_UP_AFTER_S
        while time.monotonic() < deadline:
            headers = signed_headers(self._secret, body)
            try:
                if (await self._http.post(self._url, content=body, headers=headers)).is_success:
                    return
            except httpx.HTTPError:
                pass  # tried again, as every mail server would
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)


def signed_headers(secret: str, body: bytes) -> dict[str, str]:
    """The headers of a signed POST of a mail (Standard Webhooks)."""
    name, now = f"msg_{secrets.token_hex(12)}", str(int(time.time()))
    key = base64.b64decode(secret.split(",")[0].strip().removeprefix("whsec_"))
    told = f"{name}.{now}.".encode() + body
    proof = base64.b64encode(hmac.digest(key, told, hashlib.sha256)).decode()
    return {
        "content-type": "message/rfc822",
        "webhook-id": name,
        "webhook-timestamp": now,
        "webhook-signature": f"v1,{proof}",
    }


def bounce(mail: EmailMessage, own: str, recipient: str) -> bytes:
    """The report that a mail could not be delivered (RFC 3464)."""
    mark = f"=_{secrets.token_hex(12)}"
    more = (
        "Return-Path: <>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{mark}"',
    )
    parts = (
        f"\r\nYour mail to {recipient} could not be delivered.\r\n",
        "Content-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.stand-in.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such user\r\n",
        "Content-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {mail['message-id']}\r\nTo: {recipient}\r\n",
    )
    body = "".join(f"--{mark}\r\n{part}\r\n" for part in parts) + f"--{mark}--\r\n"
    daemon = "MAILER-DAEMON@mail.stand-in.example"
    return _mail(daemon, own, "Undelivered Mail Returned to Sender", more, body)


def automatic_answer(mail: EmailMessage, own: str, recipient: str) -> bytes:
    """What a mailbox answers by itself while its owner is away (RFC 3834)."""
    more = ("Auto-Submitted: auto-replied", f"In-Reply-To: {mail['message-id']}")
    subject = f"Automatic reply: {mail['subject']}"
    return _mail(recipient, own, subject, more, "I am away until Monday.\r\n")


def _mail(sender: str, recipient: str, subject: str, more: Iterable[str], body: str) -> bytes:
    """A mail as bytes; the standard library would write our long ids as encoded words."""
    lines = (
        f"From: {sender}",
        f"To: {recipient}",
        f"Subject: {subject}",
        f"Date: {format_datetime(localtime())}",
        f"Message-ID: {make_msgid(domain='mail.stand-in.example')}",
        *more,
    )
    return "\r\n".join((*lines, "", body)).encode()
