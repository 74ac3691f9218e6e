"""Instagram's direct messages, both directions, through either of Meta's two logins."""

from __future__ import annotations

from collections.abc import Sequence

from romashka.channels.accounts import Account
from romashka.channels.messaging import Manner, Messaging
from romashka.channels.messaging_send import Limits
from romashka.settings import Settings


def bytes_in(text: str) -> int:
    """How long a text is for Instagram: in bytes of UTF-8."""
    return len(text.encode("utf-8", "replace"))


MANNER = Manner(
    platform="instagram",
    limits=Limits(longest_text=1000, size=bytes_in, takes_metadata=False),
    profile_fields="name,username,profile_pic",
)


class Instagram(Messaging):
    """Professional accounts. The option `login` says which API an account's token is for."""

    def __init__(self, settings: Settings, accounts: Sequence[Account]) -> None:
        through_page = [one.options.get("login") == "page" for one in accounts]
        urls = [
            settings.messenger_api_url if page else settings.instagram_api_url
            for page in through_page
        ]
        super().__init__(settings, accounts, MANNER, urls)
