"""The stand-in for Instagram's direct messages."""

from __future__ import annotations

from local.standins.messaging import MessagingPlatform
from local.standins.record import Record
from romashka.channels.accounts import Account


class Instagram(MessagingPlatform):
    """A professional account: texts of 1,000 bytes, no metadata, and reading as the one report."""

    def __init__(self, account: Account, record: Record, webhook_url: str) -> None:
        super().__init__("instagram", account, record, webhook_url)
