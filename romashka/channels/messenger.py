"""Messenger: the messages of a Facebook page, both directions."""

from __future__ import annotations

from collections.abc import Sequence

from romashka.channels.accounts import Account
from romashka.channels.messaging import Manner, Messaging
from romashka.channels.messaging_send import Limits
from romashka.settings import Settings

MANNER = Manner(
    platform="messenger",
    limits=Limits(longest_text=2000, size=len, takes_metadata=True),
    profile_fields="first_name,last_name,profile_pic",
)


class Messenger(Messaging):
    """Pages, each with its own access token."""

    def __init__(self, settings: Settings, accounts: Sequence[Account]) -> None:
        super().__init__(settings, accounts, MANNER, [settings.messenger_api_url] * len(accounts))
