"""The bytes of a customer's mail, as the company's own mail server posts them, signed."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from console.simulated_webhook import Webhook
from local.plan import Plan
from local.standins.mail_answers import signed_headers


def mail_webhook(
    plan: Plan, text: str, sender: str | None, name: str, subject: str = "A question"
) -> Webhook:
    """A mail from one customer, without `sender` from somebody new; ValueError for a bad one."""
    customer = (sender or f"customer-{secrets.token_hex(6)}@example.com").lower()
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name=name, addr_spec=customer)
    mail["To"] = plan.channel_setting("EMAIL_ADDRESS")
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    message_id = f"{secrets.token_hex(12)}@{customer.rpartition('@')[2]}"
    mail["Message-ID"] = f"<{message_id}>"
    mail.set_content(text)
    body = mail.as_bytes()
    return Webhook(
        path="/webhooks/email/generic",
        body=body,
        headers=signed_headers(plan.channel_setting("EMAIL_WEBHOOK_SECRET"), body),
        external_id=message_id,
        customer=customer,
    )
