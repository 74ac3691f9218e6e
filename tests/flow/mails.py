"""A customer who writes e-mail, what our mail server took for them, and what came of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from local.standins.mail_answers import signed_headers
from tests.flow.journeys import Desk
from tests.waiting import wait_until

WITHIN_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """One person with an address of their own, so that tests do not meet."""

    desk: Desk
    address: str = field(default_factory=lambda: f"mira-{secrets.token_hex(5)}@example.com")

    @property
    def inbox(self) -> str:
        """The address to which customers write."""
        return str(self.desk.stack.plan.channel_setting("EMAIL_ADDRESS"))

    def writes(self, text: str, *, to: str = "", attachment: bytes = b"", **headers: str) -> str:
        """Sends a mail through the signed webhook; gives its Message-ID. `_` in names is `-`."""
        mail = EmailMessage(policy=SMTP)
        message_id = f"{secrets.token_hex(12)}@example.com"
        mail["From"] = f"Mira Beispiel <{self.address}>"
        mail["To"] = to or self.inbox
        mail["Message-ID"] = f"<{message_id}>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        if attachment:
            mail.add_attachment(attachment, "application", "pdf", filename="Rechnung.pdf")
        assert self.post(mail.as_bytes()) == 200
        return message_id

    def post(self, body: bytes, secret: str = "") -> int:
        """Posts a mail's bytes, rightly signed unless another secret is given."""
        key = secret or str(self.desk.stack.plan.channel_setting("EMAIL_WEBHOOK_SECRET"))
        url = f"{self.desk.stack.plan.webhooks_url}/webhooks/email/generic"
        return self.desk.http.post(url, content=body, headers=signed_headers(key, body)).status_code

    def received(self, count: int = 1) -> list[dict[str, Any]]:
        """Waits until our server took so many mails for this person; gives them all."""
        return wait_until(lambda: len(found := self.mails()) >= count and found, WITHIN_S)

    def mails(self) -> list[dict[str, Any]]:
        """What our server took for this person, oldest first."""
        url = f"{self.desk.stack.plan.providers_url}/record?platform=email"
        record = self.desk.http.get(url).json()["received"]
        return [entry for entry in record if entry["recipient"] == self.address]

    def messages(self) -> list[dict[str, Any]]:
        """All that was said in this person's conversations, in order."""
        return self.desk.rows(
            "select messages.* from public.messages"
            " join public.conversations on conversations.id = messages.conversation_id"
            " where conversations.user_email = %s order by messages.created_at, messages.seq",
            self.address,
        )

    def stored(self, message_id: str) -> dict[str, Any]:
        """Waits until a mail of this Message-ID is a message; gives its row."""
        query = "select * from public.messages where external_message_id = %s"
        return wait_until(lambda: next(iter(self.desk.rows(query, message_id)), None), WITHIN_S)


def header(entry: dict[str, Any], name: str) -> str | None:
    """A header of a mail that the server took."""
    found = (value for key, value in entry["payload"]["headers"] if key.lower() == name.lower())
    return next(found, None)


def behave(desk: Desk, **wish: object) -> None:
    """Changes how our mail server behaves from now on."""
    url = f"{desk.stack.plan.providers_url}/control/email"
    desk.http.post(url, json=wish).raise_for_status()
