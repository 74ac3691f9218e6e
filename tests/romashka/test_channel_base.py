"""Events as the JSON that the database takes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from romashka.channels import build_channels
from romashka.channels.events import (
    AccountEvent,
    Identity,
    IdentityChange,
    InboundMessage,
    Media,
    Unhandled,
    as_json,
    clean_text,
)
from romashka.settings import Settings

ANNA = Identity(kind="phone", value="49155")


def test_a_message_has_its_fields_under_their_names() -> None:
    message = InboundMessage(
        account="1",
        external_id="m",
        identities=(ANNA,),
        content="Hi",
        media=(Media(kind="image", id="9"),),
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    found = as_json(message)
    assert found["kind"] == "message"
    assert found["identities"] == [{"kind": "phone", "value": "49155"}]
    assert found["media"][0]["id"] == "9"
    assert found["occurred_at"] == "2026-01-01T00:00:00+00:00"


def test_an_identity_change_has_both_names_as_objects() -> None:
    found = as_json(IdentityChange(account="1", old=ANNA, new=Identity(kind="bsuid", value="X")))
    assert (found["kind"], found["old"]["value"]) == ("identity_change", "49155")
    assert found["new"] == {"kind": "bsuid", "value": "X"}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain", "plain"),
        ("a\x00b", "a\ufffdb"),
        ("a\ud83d", "a\ufffd"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\U0001f33c \u202e caf\u0065\u0301", "\U0001f33c \u202e caf\u0065\u0301"),
    ],
)
def test_only_what_postgres_cannot_store_is_replaced(text: str, clean: str) -> None:
    assert clean_text(text) == clean


def test_keys_and_depths_of_an_item_are_made_storable() -> None:
    event = AccountEvent(
        account="1", name="x", data={"k\x00": [float("nan"), 1.5, {"a": "\ud800"}]}
    )
    assert as_json(event)["data"] == {"k\ufffd": ["nan", 1.5, {"a": "\ufffd"}]}


def test_an_item_of_any_shape_can_be_kept() -> None:
    assert as_json(Unhandled(account=None, reason="odd", item=[None, True]))["item"] == [None, True]


def test_only_configured_channels_are_built() -> None:
    assert build_channels(Settings()) == {}
    one = build_channels(Settings(whatsapp_phone_number_id="1"))
    assert list(one) == ["whatsapp"]
    both = build_channels(
        Settings(whatsapp_webhook_secret=("s",), website_webhook_secret=("whsec_c2VjcmV0",))
    )
    assert sorted(both) == ["website", "whatsapp"]
