"""Reading e-mail: pure functions from a mail's bytes to events; no network, no database."""

from __future__ import annotations

from romashka.channels.mail.files import part_bytes
from romashka.channels.mail.mailbox import Envelope, Mailbox
from romashka.channels.mail.mails import external_id_of, read_mail

__all__ = ["Envelope", "Mailbox", "external_id_of", "part_bytes", "read_mail"]
