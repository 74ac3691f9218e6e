"""Which variables make up each channel's account, and so decide whether its stand-in is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A channel's variables: `needed` all or none of them, `more` made up beside them.

    `addresses` are the variables that hold the platform's address, each with the path under which
    the stand-ins answer for it, or `smtp:` for their mail server.
    """

    needed: tuple[str, ...]
    more: tuple[str, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)


STAND_INS: Mapping[str, StandIn] = {
    "whatsapp": StandIn(
        needed=("WHATSAPP_API_TOKEN", "WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_WEBHOOK_SECRET"),
        more=("WHATSAPP_VERIFY_TOKEN", "WHATSAPP_BUSINESS_ACCOUNT_ID"),
        addresses={"WHATSAPP_API_URL": "/whatsapp"},
    ),
    "instagram": StandIn(
        needed=("INSTAGRAM_ACCESS_TOKEN", "INSTAGRAM_ACCOUNT_ID", "INSTAGRAM_APP_SECRET"),
        more=("INSTAGRAM_VERIFY_TOKEN",),
        addresses={"INSTAGRAM_API_URL": "/instagram"},
    ),
    "messenger": StandIn(
        needed=("MESSENGER_ACCESS_TOKEN", "MESSENGER_PAGE_ID", "MESSENGER_APP_SECRET"),
        more=("MESSENGER_VERIFY_TOKEN",),
        addresses={"MESSENGER_API_URL": "/messenger"},
    ),
    "telegram": StandIn(
        needed=("TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET"),
        addresses={"TELEGRAM_API_URL": "/telegram"},
    ),
    "email": StandIn(
        needed=("EMAIL_ADDRESS", "EMAIL_SMTP_URL", "EMAIL_TOKEN_SECRET"),
        more=("EMAIL_PASSWORD", "EMAIL_WEBHOOK_SECRET"),
        addresses={"EMAIL_SMTP_URL": "smtp:"},
    ),
}
