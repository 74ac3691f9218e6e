"""The stand-in for Messenger."""

from __future__ import annotations

from local.standins.messaging import MessagingPlatform
from local.standins.record import Record
from romashka.channels.accounts import Account


class Messenger(MessagingPlatform):
    """A page: texts of 2,000 characters, metadata that comes back, deliveries and watermarks."""

    def __init__(self, account: Account, record: Record, webhook_url: str) -> None:
        super().__init__("messenger", account, record, webhook_url)
