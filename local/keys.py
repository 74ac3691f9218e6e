"""The keys of an embedded run beside the database's own secrets, kept in the same private file.

API keys as a Supabase project has them, the demo agent's password, and the credentials that the
channels use towards the stand-ins.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import jwt

from local.secrets import NAME, load_secrets, write_private
from romashka.vault import new_key

TEN_YEARS_S = 10 * 365 * 24 * 3600
DEMO_AGENT = "agent@demo.local"


class BadSecretsFile(Exception):
    """The file of secrets cannot be read; the text says what to do."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be used ({reason}). It belongs to the database beside it: put the file"
            f" back, or remove the folder {path.parent} to begin with an empty database."
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Keys:
    """What clients and stand-ins of one embedded system use; no two systems share any of it."""

    anon_key: str
    service_role_key: str
    agent_email: str
    agent_password: str
    whatsapp_api_token: str
    whatsapp_phone_number_id: str
    whatsapp_webhook_secret: str
    whatsapp_verify_token: str
    whatsapp_business_account_id: str
    website_webhook_secret: str
    romashka_secret_keys: str
    instagram_access_token: str
    instagram_account_id: str
    instagram_app_secret: str
    instagram_verify_token: str
    messenger_access_token: str
    messenger_page_id: str
    messenger_app_secret: str
    messenger_verify_token: str
    telegram_bot_token: str
    telegram_webhook_secret: str
    email_address: str
    email_password: str
    email_token_secret: str
    email_webhook_secret: str


def load_keys(directory: Path) -> Keys:
    """Read the keys of `directory`, making what is missing; raises BadSecretsFile."""
    path = directory / NAME
    try:
        made = asdict(_new_keys(load_secrets(directory).jwt_secret))
        kept = json.loads(path.read_text())
        keys = Keys(**{name: kept.get(name) or value for name, value in made.items()})
        if kept != kept | asdict(keys):
            write_private(path, json.dumps(kept | asdict(keys), indent=2) + "\n")
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadSecretsFile(path, str(error)) from error
    return keys


def _new_keys(jwt_secret: str) -> Keys:
    return Keys(
        anon_key=api_key("anon", jwt_secret),
        service_role_key=api_key("service_role", jwt_secret),
        agent_email=DEMO_AGENT,
        agent_password=secrets.token_urlsafe(12),
        romashka_secret_keys=new_key(),
        website_webhook_secret=_webhook_secret(),
        **_platform_keys(),
    )


def _platform_keys() -> dict[str, str]:
    """What the stand-ins and our side of them share, in the platforms' own forms."""
    return {
        "whatsapp_api_token": "EAA" + secrets.token_urlsafe(48),
        "whatsapp_phone_number_id": _number(15),
        "whatsapp_business_account_id": _number(15),
        "whatsapp_webhook_secret": secrets.token_hex(16),
        "whatsapp_verify_token": secrets.token_urlsafe(16),
        "instagram_access_token": "IGAA" + secrets.token_urlsafe(48),
        "instagram_account_id": _number(17),
        "instagram_app_secret": secrets.token_hex(16),
        "instagram_verify_token": secrets.token_urlsafe(16),
        "messenger_access_token": "EAA" + secrets.token_urlsafe(48),
        "messenger_page_id": _number(15),
        "messenger_app_secret": secrets.token_hex(16),
        "messenger_verify_token": secrets.token_urlsafe(16),
        "telegram_bot_token": f"{_number(10)}:{secrets.token_urlsafe(26)}",
        "telegram_webhook_secret": secrets.token_urlsafe(32),
        "email_address": "support@demo.example",
        "email_password": secrets.token_urlsafe(16),
        "email_token_secret": secrets.token_urlsafe(32),
        "email_webhook_secret": _webhook_secret(),
    }


def _webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def _number(digits: int) -> str:
    return str(10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1)))


def api_key(role: str, jwt_secret: str) -> str:
    """A key of the form that projects have: a token whose role is anon or service_role."""
    now = int(time.time())
    claims = {"iss": "romashka-local", "role": role, "iat": now, "exp": now + TEN_YEARS_S}
    return jwt.encode(claims, jwt_secret, algorithm="HS256")
