"""Every kind of Instagram webhook, from payloads of our own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
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
    Reaction,
    Unhandled,
    Watermark,
)
from romashka.channels.messaging_events import events_of
from tests.fixtures_path import INSTAGRAM

ACCOUNT = "178400000000001"
MIRA = Identity(kind="external", value="6300000000000011")
APP = "555000111"


def events(name: str) -> list[InboundEvent]:
    return events_of((INSTAGRAM / f"{name}.json").read_bytes(), "instagram", {APP})


def only(name: str) -> Any:
    (event,) = events(name)
    return event


def test_a_text_carries_sender_time_and_words() -> None:
    message = only("text")
    assert isinstance(message, InboundMessage)
    assert (message.account, message.external_id) == (ACCOUNT, "aWdfbWlk01")
    assert (message.identities, message.sender) == ((MIRA,), "customer")
    assert message.content == "Do you have it in green? \N{HERB}"
    assert message.occurred_at == datetime.fromtimestamp(1792000001, UTC)
    assert message.calls_for_answer


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("seconds", datetime.fromtimestamp(1792000002, UTC)),
        ("time_as_text", datetime(2026, 10, 14, 12, tzinfo=UTC)),
        ("message_in_changes", datetime.fromtimestamp(1792000025, UTC)),
    ],
)
def test_times_come_in_seconds_milliseconds_or_as_text(name: str, moment: datetime) -> None:
    assert only(name).occurred_at == moment


def test_without_a_time_of_its_own_an_item_has_that_of_its_entry() -> None:
    payload = json.loads((INSTAGRAM / "text.json").read_text())
    del payload["entry"][0]["messaging"][0]["timestamp"]
    (message,) = events_of(json.dumps(payload).encode(), "instagram", ())
    assert message.occurred_at == datetime.fromtimestamp(1792000999, UTC)


def test_while_another_app_holds_the_conversation_we_listen_and_stay_silent() -> None:
    message = only("standby")
    assert (message.content, message.sender) == ("Is anybody there?", "customer")
    assert (message.calls_for_answer, message.metadata) == (False, {"standby": True})


def test_an_echo_is_our_sides_message_to_the_customer() -> None:
    message = only("echo")
    assert (message.account, message.identities) == (ACCOUNT, (MIRA,))
    assert (message.sender, message.calls_for_answer) == ("agent", False)
    assert (message.content, message.tracker) == ("Yes, since Monday.", None)


def test_what_our_own_app_sent_is_marked_as_no_persons_word() -> None:
    assert only("echo_of_ours").metadata == {"app_id": APP, "own_app": True}


def test_an_unsent_message_is_taken_back() -> None:
    event = only("unsend")
    assert (type(event), event.target_id) == (MessageRevoke, "aWdfbWlk01")


def test_an_edit_names_its_message_and_its_new_words() -> None:
    event = only("edit")
    assert (type(event), event.target_id) == (MessageEdit, "aWdfbWlk01")
    assert event.content == "Do you have it in blue?"


@pytest.mark.parametrize(
    ("name", "emoji"),
    [
        ("reaction", "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}"),
        ("reaction_without_emoji", "\N{HEAVY BLACK HEART}"),
        ("reaction_removed", None),
    ],
)
def test_a_reaction_is_put_on_and_taken_off(name: str, emoji: str | None) -> None:
    event = only(name)
    assert (type(event), event.target_id, event.emoji) == (Reaction, "aWdfb3Vycw01", emoji)
    assert event.identities == (MIRA,)


def test_a_quoting_message_names_what_it_quotes() -> None:
    assert only("quoted").reply_to == "aWdfb3Vycw01"


def test_a_reply_to_a_story_keeps_which_story() -> None:
    message = only("story_reply")
    assert (message.message_type, message.content) == ("story_reply", "Where is this?")
    assert message.metadata["story"]["id"] == "1790001"
    assert message.metadata["story"]["url"].endswith("story.jpg")


@pytest.mark.parametrize(
    ("name", "kind", "media"),
    [
        ("story_mention", "story_mention", "image"),
        ("share", "share", "image"),
        ("post", "ig_post", "image"),
        ("reel", "ig_reel", "video"),
        ("image", "image", "image"),
        ("video", "video", "video"),
        ("voice", "audio", "audio"),
    ],
)
def test_what_can_be_seen_or_heard_comes_as_a_file(name: str, kind: str, media: str) -> None:
    message = only(name)
    assert (message.message_type, [one.kind for one in message.media]) == (kind, [media])
    assert message.media[0].url.startswith("https://cdn.example.com/ig/")
    assert (message.content, message.calls_for_answer) == ("", True)


def test_a_shared_reel_keeps_its_caption_apart_from_the_customers_words() -> None:
    message = only("reel")
    assert message.media[0].caption == "How we sew"
    assert message.metadata["shared"]["reel_video_id"] == "1801"


@pytest.mark.parametrize("name", ["reel_without_address", "file_of_customers_machine"])
def test_what_is_no_address_of_the_web_is_never_fetched(name: str) -> None:
    message = only(name)
    assert message.media == ()
    assert message.metadata["attachment"]["payload"]["url"]


def test_several_files_and_words_are_one_message() -> None:
    message = only("images_and_text")
    assert (message.content, len(message.media)) == ("Both are torn", 2)


def test_a_heart_is_said_with_a_heart() -> None:
    message = only("heart")
    assert (message.message_type, message.content) == ("like_heart", "\N{HEAVY BLACK HEART}")


@pytest.mark.parametrize("name", ["unsupported", "empty", "once"])
def test_what_the_platform_does_not_show_us_is_still_a_message(name: str) -> None:
    message = only(name)
    assert (message.message_type, message.content) == ("unsupported", "")
    assert message.calls_for_answer


def test_an_unknown_attachment_is_kept_as_it_came() -> None:
    message = only("unknown_attachment")
    assert (message.message_type, message.media) == ("hologram", ())
    assert message.metadata["attachment"]["payload"]["url"].endswith("h.bin")


def test_a_quick_reply_says_its_title_and_keeps_its_payload() -> None:
    message = only("quick_reply")
    assert (message.message_type, message.content) == ("quick_reply", "Size 38")
    assert message.metadata["quick_reply"] == {"payload": "size:38"}


def test_an_icebreaker_is_a_question() -> None:
    message = only("icebreaker")
    assert (message.external_id, message.content) == ("aWdfbWlk23", "Where is my order?")
    assert message.metadata["postback"]["payload"] == "ORDER"
    assert message.calls_for_answer


def test_the_advertisement_that_led_here_is_noted() -> None:
    assert only("advertisement").metadata["referral"]["ad_id"] == "23850001"


def test_a_referral_alone_is_a_note_that_makes_no_stranger_a_customer() -> None:
    message = only("referral")
    assert (message.calls_for_answer, message.may_open, message.content) == (False, False, "")
    assert message.metadata["referral"]["ref"] == "shop-window"
    assert events("referral") == events("referral")


def test_what_was_seen_names_the_last_message_of_all_that_were() -> None:
    receipt, mark = events("seen")
    assert isinstance(receipt, DeliveryReceipt)
    assert isinstance(mark, Watermark)
    for event in (receipt, mark):
        assert (event.status, event.external_id) == ("read", "aWdfb3Vycw01")
        assert event.identities == (MIRA,)


def test_the_dashboards_sample_is_news_and_nobodys_message() -> None:
    event = only("test_from_dashboard")
    assert (type(event), event.name) == (AccountEvent, "test.messages")


def test_a_message_under_changes_is_a_message() -> None:
    message = only("message_in_changes")
    assert (message.account, message.content) == (ACCOUNT, "By changes")


def test_a_comment_is_news_of_the_account() -> None:
    assert (type(only("comment")), only("comment").name) == (AccountEvent, "comments")


def test_an_item_in_the_pages_entry_is_for_the_account_it_names() -> None:
    assert only("other_entry").account == ACCOUNT


def test_control_of_the_conversation_is_news() -> None:
    assert only("thread_control").name == "pass_thread_control"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("unknown_item", "unknown item with hologram, recipient, sender, timestamp"),
        ("from_ourselves", "an item from our own account"),
        ("entry_without_items", "entry without items"),
    ],
)
def test_what_we_do_not_read_says_why(name: str, reason: str) -> None:
    assert (type(only(name)), only(name).reason) == (Unhandled, reason)


def test_bad_items_harm_no_neighbour() -> None:
    found = events("bad_items")
    assert [one.content for one in found if isinstance(one, InboundMessage)] == ["Sound"]
    assert [one.reason for one in found if isinstance(one, Unhandled)] == [
        "item is no object",
        "item is no object",
        "unknown item with ",
        "no mid",
        "unknown item with read, recipient, sender, timestamp",
        "edit without text",
        "postback without title",
    ]


def test_two_messages_and_two_reads_in_one_post_all_arrive_in_order() -> None:
    kinds = [type(one) for one in events("batch")]
    read = [DeliveryReceipt, Watermark]
    assert kinds == [InboundMessage, *read, InboundMessage, *read]


def test_a_thousand_items_in_one_post_are_a_thousand_events() -> None:
    payload = json.loads((INSTAGRAM / "text.json").read_text())
    (entry,) = payload["entry"]
    (item,) = entry["messaging"]
    entry["messaging"] = [
        {**item, "message": {"mid": f"mid{number}", "text": str(number)}} for number in range(1000)
    ]
    found = events_of(json.dumps(payload).encode(), "instagram", ())
    assert [one.content for one in found] == [str(number) for number in range(1000)]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"object": "page", "entry": []}', b'{"object": "instagram"}']
)
def test_what_is_no_webhook_of_instagram_is_a_parse_error(body: bytes) -> None:
    with pytest.raises(ParseError):
        events_of(body, "instagram", ())
