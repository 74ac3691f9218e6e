"""The accounts through which customers write: the first of each channel from the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from romashka.settings import Settings

_META = ("access_token", "app_secret", "verify_token")
# What an account of each channel may have: its secrets, then its options.
NAMES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "whatsapp": (_META, ("business_account_id",)),
    "instagram": (_META, ("login", "human_agent")),
    "messenger": (_META, ("human_agent",)),
    "telegram": (("bot_token", "webhook_secret"), ()),
    "website": (("webhook_secret",), ()),
    "email": (
        (
            *("password", "oauth_client_secret", "oauth_refresh_token", "token_secret"),
            *("webhook_secret", "postmark_password", "mailgun_signing_key"),
            *("sendgrid_public_key", "ses_topic_arn"),
        ),
        (
            *("name", "aliases", "smtp_url", "imap_url", "since_days", "user", "authserv_ids"),
            *("oauth_provider", "oauth_client_id"),
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of a channel: its platform's id, its secrets by name, and its options.

    The newest secret of a name comes first; there are several while one is being changed.
    """

    type: str
    account: str
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    def secret(self, name: str) -> str:
        """The newest secret of a name, empty where there is none."""
        return next(iter(self.secrets.get(name, ())), "")


def account_names(accounts: Sequence[Account]) -> tuple[str, ...]:
    """The platform's ids of accounts, without those that have only secrets."""
    return tuple(one.account for one in accounts if one.account)


def secrets_named(name: str, accounts: Sequence[Account]) -> tuple[str, ...]:
    """Every secret of a name, of all accounts, each once."""
    return tuple(dict.fromkeys(secret for one in accounts for secret in one.secrets.get(name, ())))


def accounts_of(settings: Settings) -> tuple[Account, ...]:
    """The accounts that the environment names, at most one of each channel."""
    found = (
        _whatsapp(settings),
        _instagram(settings),
        _messenger(settings),
        _telegram(settings),
        _email(settings),
        _website(settings),
    )
    return tuple(account for account in found if account is not None)


def _whatsapp(settings: Settings) -> Account | None:
    if not (settings.whatsapp_phone_number_id or settings.whatsapp_webhook_secret):
        return None
    return Account(
        type="whatsapp",
        account=settings.whatsapp_phone_number_id,
        secrets={
            "access_token": _one(settings.whatsapp_api_token),
            "app_secret": settings.whatsapp_webhook_secret,
            "verify_token": _one(settings.whatsapp_verify_token),
        },
        options={"business_account_id": settings.whatsapp_business_account_id},
    )


def _instagram(settings: Settings) -> Account | None:
    if not (settings.instagram_account_id or settings.instagram_app_secret):
        return None
    return Account(
        type="instagram",
        account=settings.instagram_account_id,
        secrets={
            "access_token": _one(settings.instagram_access_token),
            "app_secret": settings.instagram_app_secret,
            "verify_token": _one(settings.instagram_verify_token),
        },
        options={"login": settings.instagram_login},
    )


def _messenger(settings: Settings) -> Account | None:
    if not (settings.messenger_page_id or settings.messenger_app_secret):
        return None
    return Account(
        type="messenger",
        account=settings.messenger_page_id,
        secrets={
            "access_token": _one(settings.messenger_access_token),
            "app_secret": settings.messenger_app_secret,
            "verify_token": _one(settings.messenger_verify_token),
        },
    )


def _telegram(settings: Settings) -> Account | None:
    """The bot's id is the part of its token before the colon."""
    token = settings.telegram_bot_token
    if not token:
        return None
    return Account(
        type="telegram",
        account=token.partition(":")[0],
        secrets={
            "bot_token": _one(token),
            "webhook_secret": settings.telegram_webhook_secret,
        },
    )


def _email(settings: Settings) -> Account | None:
    if not settings.email_address:
        return None
    user = settings.postmark_webhook_user
    return Account(
        type="email",
        account=settings.email_address,
        secrets={
            "password": _one(settings.email_password),
            "oauth_client_secret": _one(settings.email_oauth_client_secret),
            "oauth_refresh_token": _one(settings.email_oauth_refresh_token),
            "token_secret": settings.email_token_secret,
            "webhook_secret": settings.email_webhook_secret,
            "postmark_password": tuple(
                f"{user}:{password}" for password in settings.postmark_webhook_password
            ),
            "mailgun_signing_key": settings.mailgun_signing_key,
            "sendgrid_public_key": settings.sendgrid_public_key,
            "ses_topic_arn": settings.ses_topic_arn,
        },
        options={
            "name": settings.email_name,
            "aliases": settings.email_aliases,
            "smtp_url": settings.email_smtp_url,
            "imap_url": settings.email_imap_url,
            "since_days": settings.email_since_days,
            "user": settings.email_user,
            "authserv_ids": settings.email_authserv_ids,
            "oauth_provider": settings.email_oauth_provider,
            "oauth_client_id": settings.email_oauth_client_id,
        },
    )


def _website(settings: Settings) -> Account | None:
    if not settings.website_webhook_secret:
        return None
    return Account(
        type="website",
        account="default",
        secrets={"webhook_secret": settings.website_webhook_secret},
    )


def _one(secret: str) -> tuple[str, ...]:
    return (secret,) if secret else ()
