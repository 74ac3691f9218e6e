"""Settings from the environment."""

from __future__ import annotations

from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest

from romashka.settings import BadSetting, Settings


def test_nothing_set_gives_the_defaults() -> None:
    settings = Settings.from_env({})
    assert settings == Settings(ai_wire="responses")
    assert settings.whatsapp_api_version == "v25.0"


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_MODEL", "a-model")
    assert Settings.from_env().openai_model == "a-model"


def test_an_empty_value_counts_as_not_set() -> None:
    assert Settings.from_env({"WORKER_CONCURRENCY": " "}).worker_concurrency == 64


@pytest.mark.parametrize(
    ("name", "legacy"),
    [
        ("SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"),
        ("SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY"),
    ],
)
def test_an_older_projects_key_is_found(name: str, legacy: str) -> None:
    assert getattr(Settings.from_env({legacy: "old"}), name.lower()) == "old"
    assert getattr(Settings.from_env({legacy: "old", name: "new"}), name.lower()) == "new"


def test_several_secrets_stand_behind_commas() -> None:
    settings = Settings.from_env({"WHATSAPP_WEBHOOK_SECRET": "new, old,"})
    assert settings.whatsapp_webhook_secret == ("new", "old")


def test_addresses_are_networks() -> None:
    settings = Settings.from_env({"WEBHOOK_ALLOWED_ADDRESSES": "10.1.2.3/8,2001:db8::/32"})
    expected = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
    assert settings.webhook_allowed_addresses == expected


@pytest.mark.parametrize(
    ("base_url", "wire"),
    [
        ("https://api.openai.com/v1", "responses"),
        ("http://127.0.0.1:11434/v1/", "chat"),
    ],
)
def test_the_wire_follows_the_server(base_url: str, wire: str) -> None:
    assert Settings.from_env({"OPENAI_BASE_URL": base_url}).ai_wire == wire


def test_the_wire_can_be_chosen() -> None:
    settings = Settings.from_env({"OPENAI_BASE_URL": "http://x/v1", "AI_WIRE": "responses"})
    assert settings.ai_wire == "responses"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKER_CONCURRENCY", "many"),
        ("WORKER_CONCURRENCY", "0"),
        ("DATABASE_TIMEOUT_S", "-1"),
        ("DATABASE_TIMEOUT_S", "inf"),
        ("SUPABASE_URL", "localhost:54321"),
        ("AI_WIRE", "telegraph"),
        ("LOG_FORMAT", "xml"),
        ("WEBHOOK_ALLOWED_ADDRESSES", "example.com"),
    ],
)
def test_a_bad_value_is_named_but_not_shown(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.from_env({name: value})
    assert name in str(caught.value)
    assert value not in str(caught.value).replace(name, "").split()


def test_secrets_never_print() -> None:
    secret = "s3cr3t-canary"
    names = [
        "DATABASE_URL", "SUPABASE_SECRET_KEY", "SUPABASE_PUBLISHABLE_KEY", "OPENAI_API_KEY",
        "WHATSAPP_API_TOKEN", "WHATSAPP_WEBHOOK_SECRET", "WHATSAPP_VERIFY_TOKEN",
        "WEBSITE_WEBHOOK_SECRET", "INSTAGRAM_ACCESS_TOKEN", "INSTAGRAM_APP_SECRET",
    ]  # fmt: skip
    settings = Settings.from_env(dict.fromkeys(names, secret))
    assert secret not in repr(settings)
    assert settings.database_url == secret


def test_the_example_names_every_setting_and_is_valid() -> None:
    text = (Path(__file__).parents[2] / ".env.example").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    example = dict(line.split("=", 1) for line in lines)
    assert sorted(example) == sorted(spec.name.upper() for spec in fields(Settings))
    assert Settings.from_env(example) == Settings(ai_wire="responses")
