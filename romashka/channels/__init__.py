"""How each channel speaks: one module per channel, both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from romashka.channels.accounts import Account, accounts_of
from romashka.channels.base import Channel
from romashka.channels.email import Email
from romashka.channels.instagram import Instagram
from romashka.channels.messenger import Messenger
from romashka.channels.telegram import Telegram
from romashka.channels.website import Website
from romashka.channels.whatsapp import WhatsApp
from romashka.settings import Settings

Build = Callable[[Settings, Sequence[Account]], Channel]

CHANNELS: Mapping[str, Build] = {
    "whatsapp": WhatsApp,
    "instagram": Instagram,
    "messenger": Messenger,
    "telegram": Telegram,
    "website": Website,
    "email": Email,
}


def build_channels(settings: Settings, stored: Sequence[Account] = ()) -> dict[str, Channel]:
    """The channels that have an account, by type; raises BadSetting.

    The environment's accounts come first; a `stored` one of the same name gives way to them.
    """
    accounts = {(one.type, one.account): one for one in (*stored, *accounts_of(settings))}
    channels = {}
    for name, build in CHANNELS.items():
        if own := [one for one in accounts.values() if one.type == name]:
            channels[name] = build(settings, own)
    return channels
