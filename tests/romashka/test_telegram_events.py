"""Every kind of Telegram update, from updates of our own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from romashka.channels.errors import ParseError
from romashka.channels.events import (
    AccountEvent,
    DeliveryReceipt,
    Identity,
    InboundEvent,
    InboundMessage,
    MessageEdit,
    MessageRevoke,
    Reachability,
    Reaction,
    Unhandled,
)
from romashka.channels.telegram_contents import SERVICE
from romashka.channels.telegram_events import NEWS, events_of
from romashka.channels.telegram_items import READERS

FIXTURES = Path(__file__).parents[1] / "fixtures" / "telegram"
BOT = "1065"
MIRA = Identity(kind="external", value="7304981122")


def update(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def events(name: str) -> list[InboundEvent]:
    return events_of((FIXTURES / f"{name}.json").read_bytes(), BOT)


def only(name: str) -> Any:
    (event,) = events(name)
    return event


def with_message(**more: Any) -> list[InboundEvent]:
    payload = update("text")
    payload["message"].update(more)
    return events_of(json.dumps(payload).encode(), BOT)


def test_a_text_carries_sender_name_language_time_and_words() -> None:
    message = only("text")
    assert isinstance(message, InboundMessage)
    assert (message.account, message.external_id) == (BOT, "7304981122:41")
    assert (message.identities, message.customer_name) == ((MIRA,), "Mira Beispiel")
    assert (message.content, message.language) == (
        "Wie lange dauert die Lieferung? \N{BLOSSOM}",
        "de",
    )
    assert message.occurred_at == datetime.fromtimestamp(1792000001, UTC)
    assert (message.sender, message.calls_for_answer) == ("customer", True)
    assert message.metadata == {"update_id": 700101, "username": "mira_b"}


def test_an_address_behind_words_is_shown_and_other_entities_are_not() -> None:
    text = "\N{BLOSSOM} See here (https://example.com/a) and there (https://example.com/b)"
    assert only("text_with_links").content == text


@pytest.mark.parametrize(
    "entity",
    [
        {"type": "text_link", "offset": 0, "length": 9999, "url": "https://example.com"},
        {"type": "text_link", "offset": -1, "length": 1, "url": "https://example.com"},
        {"type": "text_link", "offset": True, "length": 1, "url": "https://example.com"},
        {"type": "text_link", "offset": 0, "length": 10**30, "url": "https://example.com"},
        {"type": "text_link", "offset": 0, "length": 1},
        {"type": "mention", "offset": 0, "length": 1},
    ],
)
def test_an_entity_that_points_nowhere_changes_nothing(entity: dict[str, Any]) -> None:
    (message,) = with_message(text="Hello", entities=[entity])
    assert message.content == "Hello"


def test_start_is_a_message_and_its_payload_the_referral() -> None:
    assert (only("start").content, "referral" in only("start").metadata) == ("/start", False)
    assert only("start_with_payload").content == "/start"
    assert only("start_with_payload").metadata["referral"] == "spring-sale"


def test_a_reply_names_what_it_answers_and_quotes() -> None:
    assert only("reply").reply_to == "7304981122:40"
    assert only("reply").metadata["quote"] == "Which"


def test_forwarding_is_noted() -> None:
    assert only("forwarded").metadata["forwarded"] is True


def test_of_a_photo_the_largest_size_is_kept() -> None:
    message = only("photo")
    (media,) = message.media
    assert (media.kind, media.id, media.mime_type, media.size) == (
        "image",
        "large",
        "image/jpeg",
        52100,
    )
    assert (message.content, media.caption) == ("Broken on arrival", "Broken on arrival")
    assert message.message_type == "image"


def test_each_photo_of_an_album_is_a_message_that_names_its_album() -> None:
    album = [only(f"album_{name}") for name in ("first", "second", "third")]
    assert [message.external_id for message in album] == [f"7304981122:{n}" for n in (50, 51, 52)]
    assert {message.metadata["media_group_id"] for message in album} == {"13900112233"}


@pytest.mark.parametrize(
    ("name", "kind", "file", "flag"),
    [
        ("voice", "audio", "voice1", "voice"),
        ("audio", "audio", "audio1", None),
        ("video", "video", "video1", None),
        ("video_note", "video", "note1", "video_note"),
        ("animation", "video", "gif1", "animated"),
        ("live_photo", "video", "live", None),
        ("document", "document", "doc1", None),
        ("sticker", "sticker", "sticker1", None),
    ],
)
def test_a_file_is_kept_under_its_kind(name: str, kind: str, file: str, flag: str | None) -> None:
    message = only(name)
    (media,) = message.media
    assert (message.message_type, media.kind, media.id) == (kind, kind, file)
    assert flag is None or message.metadata[flag] is True


def test_a_document_has_its_name_type_and_caption() -> None:
    (media,) = only("document").media
    assert (media.filename, media.mime_type) == ("Rechnung 12.pdf", "application/pdf")
    assert only("document").content == "The invoice"


def test_a_sticker_says_which_emoji_it_stands_for() -> None:
    assert only("sticker").metadata["emoji"] == "\N{THUMBS UP SIGN}"


def test_paid_media_are_what_may_be_seen_of_them() -> None:
    assert [(one.kind, one.id) for one in only("paid_media").media] == [
        ("image", "paid1"),
        ("video", "paid2"),
    ]


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("location", "location", "52.5186, 13.3761"),
        ("venue", "location", "Flower shop, Main street 1"),
        ("contact", "contacts", "Paul Muster, 4915550001111"),
        ("poll", "poll", "Tea or coffee?\nTea\nCoffee"),
        ("checklist", "checklist", "For the move\nBoxes\nTape"),
        ("dice", "dice", "\N{GAME DIE} 4"),
        ("game", "game", "Snake"),
        ("story", "story", ""),
        ("gift", "gift", "For you"),
        ("giveaway", "giveaway", "Two bouquets"),
        ("giveaway_winners", "giveaway_winners", ""),
        ("invoice", "invoice", "Roses"),
        ("successful_payment", "successful_payment", "order-7"),
        ("users_shared", "users_shared", ""),
        ("web_app_data", "web_app_data", "Open the form"),
        ("passport", "passport_data", ""),
        ("unknown_kind", "unsupported", "Look!"),
    ],
)
def test_what_is_no_text_has_the_nearest_words(name: str, kind: str, text: str) -> None:
    message = only(name)
    assert (message.message_type, message.content) == (kind, text)
    assert message.external_id == "7304981122:41"


def test_nothing_of_a_passport_is_kept() -> None:
    assert "credentials" not in json.dumps(only("passport").metadata)


def test_of_an_unknown_kind_the_names_of_its_parts_are_kept() -> None:
    assert "hologram" in only("unknown_kind").metadata["unsupported"]


@pytest.mark.parametrize("kind", sorted(SERVICE))
def test_what_people_do_to_the_chat_is_no_message(kind: str) -> None:
    payload = update("text")
    del payload["message"]["text"]
    payload["message"][kind] = True
    (event,) = events_of(json.dumps(payload).encode(), BOT)
    assert isinstance(event, AccountEvent)
    assert event.name == f"service.{kind}"


def test_an_edit_names_the_message_and_its_new_words() -> None:
    edit = only("edited")
    assert isinstance(edit, MessageEdit)
    assert edit.target_id == only("text").external_id
    assert edit.content == "Wie lange dauert die Lieferung nach Wien?"
    assert edit.occurred_at == datetime.fromtimestamp(1792000055, UTC)


def test_an_edited_caption_is_an_edit() -> None:
    assert only("edited_caption").content == "Broken on arrival, two of them"


def test_a_tapped_button_is_its_title_in_the_customers_mouth() -> None:
    message = only("callback")
    assert message.external_id == "callback:318412345678901234"
    assert (message.content, message.identities) == ("Delivery", (MIRA,))
    assert message.metadata["callback"] == {"id": "318412345678901234", "data": "topic-2"}
    assert message.reply_to == "7304981122:60"
    assert message.calls_for_answer


@pytest.mark.parametrize("name", ["callback_of_old_message", "callback_of_inline_message"])
def test_where_the_button_cannot_be_seen_its_data_are_the_words(name: str) -> None:
    message = only(name)
    assert (message.content, message.identities) == ("topic-2", (MIRA,))


def test_a_reaction_names_its_message() -> None:
    reaction = only("reaction")
    assert isinstance(reaction, Reaction)
    assert (reaction.target_id, reaction.emoji) == ("7304981122:60", "\N{THUMBS UP SIGN}")
    assert reaction.identities == (MIRA,)


def test_a_reaction_taken_back_has_no_emoji() -> None:
    assert only("reaction_removed").emoji is None


def test_a_reaction_that_is_a_picture_has_an_emoji_in_its_place() -> None:
    assert only("reaction_of_pictures").emoji == "\N{SPARKLES}\N{WHITE MEDIUM STAR}"


@pytest.mark.parametrize(("name", "reachable"), [("blocked", False), ("unblocked", True)])
def test_a_customer_who_blocks_the_bot_is_unreachable(name: str, reachable: bool) -> None:
    event = only(name)
    assert isinstance(event, Reachability)
    assert (event.identities, event.is_reachable) == ((MIRA,), reachable)


@pytest.mark.parametrize(
    "name",
    [
        "group",
        "group_moved",
        "edited_in_group",
        "callback_in_group",
        "added_to_group",
        "channel_post",
        "guest",
    ],
)
def test_what_is_said_in_groups_and_channels_is_ignored(name: str) -> None:
    event = only(name)
    assert isinstance(event, AccountEvent)
    assert event.name == "ignored_chat"


def test_a_connected_account_brings_its_customers() -> None:
    message = only("business")
    assert (message.sender, message.identities) == ("customer", (MIRA,))
    assert message.external_id == "bcN_77:7304981122:41"
    assert message.metadata["business_connection_id"] == "bcN_77"


def test_what_the_owner_types_is_an_echo_to_the_customer() -> None:
    echo = only("business_of_owner")
    assert (echo.sender, echo.identities, echo.customer_name) == (
        "agent",
        (MIRA,),
        "Mira Beispiel",
    )
    assert (echo.calls_for_answer, echo.language) == (False, None)


def test_an_away_message_silences_nobody() -> None:
    assert only("business_automatic").name == "automatic_message"


def test_our_own_message_shown_back_is_its_receipt() -> None:
    receipt = only("business_of_bot")
    assert isinstance(receipt, DeliveryReceipt)
    assert (receipt.external_id, receipt.status) == ("bcN_77:7304981122:45", "sent")


def test_messages_of_a_connected_account_are_edited_and_taken_back() -> None:
    assert only("business_edited").target_id == only("business").external_id
    assert events("business_deleted") == [
        MessageRevoke(account=BOT, target_id=f"bcN_77:7304981122:{number}") for number in (41, 43)
    ]


def test_a_connection_is_news() -> None:
    assert only("business_connection").name == "business_connection"


@pytest.mark.parametrize("name", sorted(NEWS))
def test_news_is_kept_as_such(name: str) -> None:
    (event,) = events_of(json.dumps({"update_id": 1, name: {}}).encode(), BOT)
    assert isinstance(event, AccountEvent)


@pytest.mark.parametrize("name", ["unknown_update", "empty"])
def test_an_unknown_update_is_kept_with_its_reason(name: str) -> None:
    event = only(name)
    assert isinstance(event, Unhandled)
    assert event.reason in ("unknown update hologram_update", "empty update")


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_part_that_is_no_object_is_unhandled(name: str) -> None:
    (event,) = events_of(json.dumps({"update_id": 1, name: [1]}).encode(), BOT)
    assert isinstance(event, Unhandled)


@pytest.mark.parametrize(
    "chat", [None, [], {}, {"type": "private"}, {"type": "private", "id": "7"}]
)
def test_a_message_without_a_chat_is_unhandled(chat: Any) -> None:
    (event,) = with_message(chat=chat)
    assert isinstance(event, Unhandled)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"update_id": -1}',
        b'{"update_id": 9223372036854775808}',
    ],
)
def test_what_is_no_update_is_a_parse_error(body: bytes) -> None:
    with pytest.raises(ParseError):
        events_of(body, BOT)


def test_the_same_update_twice_gives_the_same_events() -> None:
    for path in sorted(FIXTURES.glob("*.json")):
        assert events_of(path.read_bytes(), BOT) == events_of(path.read_bytes(), BOT)


def test_ids_of_52_bits_are_kept_whole() -> None:
    chat = {"type": "private", "id": 2**52 - 1}
    (message,) = with_message(chat=chat)
    assert message.identities == (Identity(kind="external", value="4503599627370495"),)
