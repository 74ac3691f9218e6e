"""How each channel speaks: one module per channel, both directions."""

from __future__ import annotations

from romashka.channels.base import Channel
from romashka.channels.website import Website
from romashka.channels.whatsapp import WhatsApp
from romashka.settings import Settings


def build_channels(settings: Settings) -> dict[str, Channel]:
    """The channels that the settings configure, by type; raises BadSetting."""
    channels: dict[str, Channel] = {}
    if settings.whatsapp_phone_number_id or settings.whatsapp_webhook_secret:
        channels["whatsapp"] = WhatsApp(settings)
    if settings.website_webhook_secret:
        channels["website"] = Website(settings)
    return channels
