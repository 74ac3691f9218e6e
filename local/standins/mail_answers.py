"""What comes back to our mails: bounces and automatic answers, posted to our webhook."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
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

    def owe(self, mail: EmailMessage) -> None:
        """Start posting; returns at once."""
        task = asyncio.create_task(self._post_until_taken(mail.as_bytes()))
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


def bounce(mail: EmailMessage, own: str, recipient: str) -> EmailMessage:
    """The report that a mail could not be delivered (RFC 3464)."""
    report = _mail("MAILER-DAEMON@mail.stand-in.example", own, "Undelivered Mail Returned")
    report["Auto-Submitted"] = "auto-replied"
    report["Return-Path"] = "<>"
    report.set_content(f"Your mail to {recipient} could not be delivered: 550 5.1.1 No such user\n")
    report.make_mixed()
    report.set_type("multipart/report")
    report.set_param("report-type", "delivery-status")
    status = EmailMessage()
    status["Content-Type"] = "message/delivery-status"
    status.set_payload(
        "Reporting-MTA: dns; mail.stand-in.example\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such user\n"
    )
    report.attach(status)
    returned = EmailMessage()
    returned["Content-Type"] = "text/rfc822-headers"
    returned.set_payload(f"Message-ID: {mail['message-id']}\nTo: {recipient}\n")
    report.attach(returned)
    return report


def automatic_answer(mail: EmailMessage, own: str, recipient: str) -> EmailMessage:
    """What a mailbox answers by itself while its owner is away (RFC 3834)."""
    answer = _mail(recipient, own, f"Automatic reply: {mail['subject']}")
    answer["Auto-Submitted"] = "auto-replied"
    answer["In-Reply-To"] = str(mail["message-id"])
    answer.set_content("I am away until Monday.\n")
    return answer


def _mail(sender: str, recipient: str, subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = make_msgid(domain="mail.stand-in.example")
    return mail
