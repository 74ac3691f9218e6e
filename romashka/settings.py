"""The settings of every process, read once from the environment and passed on as one object."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

# Hosted Supabase shows older projects' keys under the names on the right.
LEGACY_NAMES = {
    "SUPABASE_SECRET_KEY": "SUPABASE_SERVICE_ROLE_KEY",
    "SUPABASE_PUBLISHABLE_KEY": "SUPABASE_ANON_KEY",
}
# The languages in which everything that we say of our own accord is written.
LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "nl", "pl", "ru", "tr", "ar", "zh")
CODE = re.compile("[a-z]{2,3}")


class BadSetting(ValueError):
    """A variable of the environment holds a value that cannot be used; the text names it."""


def _list(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def _languages(value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(value.lower().replace(",", " ").split()))
    if not names or not all(CODE.fullmatch(name) for name in names):
        raise ValueError("must be ISO 639 codes such as en de")
    return names


def _networks(value: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(item, strict=False) for item in _list(value))
    except ValueError:
        raise ValueError("must be networks such as 10.0.0.0/8, separated by commas") from None


def _positive(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError("must be a number above 0")
    return number


def _count(value: str) -> int:
    number = int(value) if value.isascii() and value.isdecimal() else 0
    if number < 1:
        raise ValueError("must be a whole number of at least 1")
    return number


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return read


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address starting with http:// or https://")
    return value.rstrip("/")


def _address(value: str) -> str:
    local, at, domain = value.rpartition("@")
    if not (local and at and domain) or any(character.isspace() for character in value):
        raise ValueError("must be an e-mail address")
    return value.lower()


def _setting(default: Any, read: Callable[[str], Any], *, secret: bool = False) -> Any:
    # Any: each attribute's own annotation says what it holds.
    return field(default=default, repr=not secret, metadata={"read": read})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting; each attribute is the lower-case name of its variable, secrets never print."""

    database_url: str = _setting("", str, secret=True)
    database_timeout_s: float = _setting(5.0, _positive)
    supabase_url: str = _setting("", _http_url)
    supabase_secret_key: str = _setting("", str, secret=True)
    supabase_publishable_key: str = _setting("", str, secret=True)

    romashka_secret_keys: tuple[str, ...] = _setting((), _list, secret=True)

    openai_api_key: str = _setting("", str, secret=True)
    openai_base_url: str = _setting("", _http_url)
    openai_model: str = _setting("gpt-5-mini", str)
    ai_wire: str = _setting("", _one_of("responses", "chat"))
    ai_languages: tuple[str, ...] = _setting(LANGUAGES, _languages)
    knowledge_fetch_loopback: str = _setting("off", _one_of("on", "off"))
    ai_embeddings: str = _setting("on", _one_of("on", "off"))
    ai_embedding_model: str = _setting("", str)
    ai_embedding_base_url: str = _setting("", _http_url)
    ai_embedding_api_key: str = _setting("", str, secret=True)
    ai_concurrency: int = _setting(64, _count)
    ai_fallback_model: str = _setting("", str)
    ai_fallback_base_url: str = _setting("", _http_url)
    ai_fallback_api_key: str = _setting("", str, secret=True)

    whatsapp_api_token: str = _setting("", str, secret=True)
    whatsapp_phone_number_id: str = _setting("", str)
    whatsapp_webhook_secret: tuple[str, ...] = _setting((), _list, secret=True)
    whatsapp_verify_token: str = _setting("", str, secret=True)
    whatsapp_api_url: str = _setting("https://graph.facebook.com", _http_url)
    whatsapp_api_version: str = _setting("v25.0", str)
    whatsapp_business_account_id: str = _setting("", str)
    instagram_account_id: str = _setting("", str)
    instagram_access_token: str = _setting("", str, secret=True)
    instagram_app_secret: tuple[str, ...] = _setting((), _list, secret=True)
    instagram_verify_token: str = _setting("", str, secret=True)
    instagram_login: str = _setting("instagram", _one_of("instagram", "page"))
    instagram_api_url: str = _setting("https://graph.instagram.com", _http_url)
    messenger_page_id: str = _setting("", str)
    messenger_access_token: str = _setting("", str, secret=True)
    messenger_app_secret: tuple[str, ...] = _setting((), _list, secret=True)
    messenger_verify_token: str = _setting("", str, secret=True)
    messenger_api_url: str = _setting("https://graph.facebook.com", _http_url)
    meta_app_id: tuple[str, ...] = _setting((), _list)
    telegram_bot_token: str = _setting("", str, secret=True)
    telegram_webhook_secret: tuple[str, ...] = _setting((), _list, secret=True)
    telegram_api_url: str = _setting("https://api.telegram.org", _http_url)
    email_address: str = _setting("", _address)
    email_name: str = _setting("", str)
    email_aliases: str = _setting("", str)
    email_smtp_url: str = _setting("", str)
    email_imap_url: str = _setting("", str)
    email_since_days: str = _setting("", str)
    email_user: str = _setting("", str)
    email_password: str = _setting("", str, secret=True)
    email_oauth_provider: str = _setting("", str)
    email_oauth_client_id: str = _setting("", str)
    email_oauth_client_secret: str = _setting("", str, secret=True)
    email_oauth_refresh_token: str = _setting("", str, secret=True)
    email_token_secret: tuple[str, ...] = _setting((), _list, secret=True)
    email_authserv_ids: str = _setting("", str)
    email_webhook_secret: tuple[str, ...] = _setting((), _list, secret=True)
    postmark_webhook_user: str = _setting("postmark", str)
    postmark_webhook_password: tuple[str, ...] = _setting((), _list, secret=True)
    mailgun_signing_key: tuple[str, ...] = _setting((), _list, secret=True)
    sendgrid_public_key: tuple[str, ...] = _setting((), _list)
    ses_topic_arn: tuple[str, ...] = _setting((), _list)
    website_webhook_secret: tuple[str, ...] = _setting((), _list, secret=True)
    send_timeout_s: float = _setting(10.0, _positive)
    media_longest_bytes: int = _setting(25 * 1024 * 1024, _count)

    webhook_bind: str = _setting("127.0.0.1:8000", str)
    webhook_workers: int = _setting(2, _count)
    webhook_allowed_addresses: tuple[Network, ...] = _setting((), _networks)
    webhook_trusted_proxies: tuple[Network, ...] = _setting((), _networks)
    webhook_body_timeout_s: float = _setting(10.0, _positive)
    webhook_rate_per_minute: int = _setting(60, _count)
    metrics_dir: str = _setting("", str)
    worker_concurrency: int = _setting(64, _count)
    log_format: str = _setting("json", _one_of("json", "console"))
    romashka_failpoint: str = _setting("", str)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the given mapping, or the process's environment; raises BadSetting by name."""
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for spec in fields(cls):
            name = spec.name.upper()
            text = _lookup(environ, name)
            if text:
                values[spec.name] = _read(name, text, spec.metadata["read"])
        values.setdefault("ai_wire", default_wire(values.get("openai_base_url", "")))
        return cls(**values)


def _lookup(environ: Mapping[str, str], name: str) -> str:
    """The variable's text, or its legacy name's; an empty one counts as not set."""
    return environ.get(name, "").strip() or environ.get(LEGACY_NAMES.get(name, name), "").strip()


def _read(name: str, text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError as error:
        # The value itself stays out of the text: it may be a secret put under a wrong name.
        reason = str(error) if str(error).startswith("must be") else "cannot be read"
        raise BadSetting(f"{name} {reason}") from None


def default_wire(base_url: str) -> str:
    """OpenAI itself speaks `responses`; the servers that imitate it all speak `chat`."""
    return "responses" if urlsplit(base_url).hostname in (None, "api.openai.com") else "chat"


def shared_metrics_directory() -> str:
    """Where the processes of one server gather their metrics; empty when each is alone."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")


def share_metrics_through(directory: str) -> None:
    """Make prometheus-client gather there; call it before that library is imported."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
