"""POST /webhooks/telegram: updates stored once, buttons answered, groups left alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from tests.webhooks.conftest import Site, running_site

FIXTURES = Path(__file__).parents[1] / "fixtures" / "telegram"
TOKEN, SECRET = "1065:AA-canary-token", "daisy-secret"
COUNT = "select count(*) from public.messages"


@pytest.fixture
def site(fresh_database: Callable[[], str]) -> Iterator[Site]:
    """The application with a bot."""
    settings = {"telegram_bot_token": TOKEN, "telegram_webhook_secret": (SECRET,)}
    with running_site(fresh_database(), **settings) as site:
        wait_until(lambda: site.one("select count(*) from public.channels") == 3)
        yield site


def post(site: Site, name: str | bytes, secret: str | None = SECRET) -> Any:
    body = name if isinstance(name, bytes) else (FIXTURES / f"{name}.json").read_bytes()
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    return site.client.post(
        "/webhooks/telegram", data=body, headers={"Content-Type": "application/json", **headers}
    )


def test_a_message_is_stored_with_its_customer(site: Site) -> None:
    answer = post(site, "text")
    assert (answer.status_code, answer.data) == (200, b"{}")
    query = "select user_name, language, channel_type from public.conversations"
    assert site.database.execute(query).fetchall() == [("Mira Beispiel", "de", "telegram")]
    assert site.one("select value from public.customer_identities") == "7304981122"


@pytest.mark.parametrize("secret", [None, "", "wrong", "d\xe4isy", SECRET + " x"])
def test_without_the_secret_nothing_is_taken(site: Site, secret: str | None) -> None:
    assert post(site, "text", secret).status_code == 401
    assert site.one("select count(*) from private.inbound_events") == 0


def test_the_secret_is_not_kept_and_the_bot_is(site: Site) -> None:
    post(site, "text")
    kept: Any = site.one("select headers from private.inbound_events")
    assert kept["account"] == "1065"
    assert SECRET not in json.dumps(kept)


@pytest.mark.parametrize("name", ["text", "callback", "photo", "business"])
def test_the_same_update_twice_is_one_message(site: Site, name: str) -> None:
    assert [post(site, name).status_code for _ in range(2)] == [200, 200]
    assert site.one(COUNT) == 1


def test_a_tapped_button_is_answered_and_stored(site: Site) -> None:
    answer = post(site, "callback")
    assert answer.content_type == "application/json"
    assert answer.json == {
        "method": "answerCallbackQuery",
        "callback_query_id": "318412345678901234",
    }
    assert site.one("select content from public.messages") == "Delivery"


def test_a_button_is_not_answered_before_it_is_stored(site: Site) -> None:
    site.database.execute("alter function private.ingest_events rename to ingest_nothing")
    answer = post(site, "callback")
    site.database.execute("alter function private.ingest_nothing rename to ingest_events")
    assert answer.status_code == 503
    assert b"answerCallbackQuery" not in answer.data


@pytest.mark.parametrize("name", ["group", "channel_post", "guest", "added_to_group", "pinned"])
def test_groups_and_channels_are_neither_conversations_nor_dead_letters(
    site: Site, name: str
) -> None:
    assert post(site, name).status_code == 200
    assert site.one("select count(*) from public.conversations") == 0
    assert site.one("select count(*) from public.dead_letters") == 0
    assert site.one("select count(*) from private.inbound_events") == 1


def test_an_edited_caption_changes_its_message(site: Site) -> None:
    photo = json.loads((FIXTURES / "photo.json").read_text())
    photo["message"]["message_id"] = 42
    post(site, json.dumps(photo).encode())
    post(site, "edited_caption")
    query = "select content, metadata -> 'versions' from public.messages"
    assert site.database.execute(query).fetchall() == [
        ("Broken on arrival, two of them", ["Broken on arrival"])
    ]


def test_who_blocks_the_bot_is_unreachable_until_they_write(site: Site) -> None:
    unreachable = "select unreachable_since is not null from public.customer_identities"
    post(site, "text")
    post(site, "blocked")
    assert site.one(unreachable) is True
    post(site, "album_first")
    assert site.one(unreachable) is False


def test_deleted_messages_of_a_connected_account_are_blanked(site: Site) -> None:
    post(site, "business")
    post(site, "business_of_owner")
    post(site, "business_deleted")
    assert site.one("select count(*) from public.messages where deleted_at is not null") == 2


def test_every_kind_of_update_is_taken(site: Site) -> None:
    for path in sorted(FIXTURES.glob("*.json")):
        assert post(site, path.read_bytes()).status_code == 200, path.stem
    assert site.one("select count(*) from private.inbound_events where state = 'failed'") == 0
