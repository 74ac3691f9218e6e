"""Every kind of Messenger webhook, from payloads of our own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from romashka.channels.events import (
    AccountEvent,
    DeliveryReceipt,
    Identity,
    InboundEvent,
    InboundMessage,
    MessageEdit,
    Unhandled,
    Watermark,
)
from romashka.channels.messaging_events import events_of
from tests.fixtures_path import MESSENGER

PAGE = "104400000000001"
JON = Identity(kind="external", value="7200000000000021")
BOX = Identity(kind="external", value="user_ref:cart-77")
APP = "555000111"
OURS = "8c5e4c0e-97a4-4b57-8a3e-2f6f3d0a9a01"


def events(name: str) -> list[InboundEvent]:
    return events_of((MESSENGER / f"{name}.json").read_bytes(), "messenger", {APP})


def only(name: str) -> Any:
    (event,) = events(name)
    return event


def test_a_text_carries_sender_page_and_words() -> None:
    message = only("text")
    assert (message.account, message.external_id, message.identities) == (PAGE, "m_01", (JON,))
    assert message.content == "Bonjour, vous livrez en Belgique ?"


def test_standby_is_heard_and_not_answered() -> None:
    assert not only("standby").calls_for_answer


def test_an_echo_brings_our_deliverys_id_back() -> None:
    message = only("echo_tracked")
    assert (message.tracker, message.sender) == (OURS, "agent")
    assert message.metadata == {"app_id": APP, "own_app": True}


@pytest.mark.parametrize("name", ["echo", "echo_of_another_app"])
def test_what_another_app_sent_is_somebody_elses_word(name: str) -> None:
    message = only(name)
    assert (message.sender, message.tracker, message.identities) == ("agent", None, (JON,))
    assert "own_app" not in message.metadata


def test_deliveries_are_receipts_one_by_one() -> None:
    found = events("delivered")
    assert [type(one) for one in found] == [DeliveryReceipt] * 2
    assert [(one.external_id, one.status) for one in found] == [
        ("m_ours1", "delivered"),
        ("m_ours2", "delivered"),
    ]


@pytest.mark.parametrize(
    ("name", "status", "ms"),
    [("delivered_up_to", "delivered", 1792000100123), ("read", "read", 1792000200456)],
)
def test_watermarks_are_milliseconds(name: str, status: str, ms: int) -> None:
    event = only(name)
    assert (type(event), event.status, event.identities) == (Watermark, status, (JON,))
    assert event.until == datetime.fromtimestamp(ms / 1000, UTC)


def test_a_reaction_may_come_by_name_alone() -> None:
    assert only("reaction").emoji == "\N{GRINNING FACE}"
    assert only("reaction_by_name").emoji == "\N{FACE WITH OPEN MOUTH}"


def test_get_started_says_its_title_and_where_they_come_from() -> None:
    message = only("get_started")
    assert (message.external_id, message.content) == ("m_06", "Get started")
    assert message.metadata["referral"]["ref"] == "poster"
    assert message.calls_for_answer


def test_a_postback_without_id_has_the_same_one_whenever_it_comes() -> None:
    first, again = only("postback_without_mid"), only("postback_without_mid")
    assert first.external_id == again.external_id
    assert first.external_id.startswith("postback:")
    assert only("postback_by_payload").content == "TRACK"
    assert only("postback_by_payload").external_id != first.external_id


def test_a_referral_alone_is_a_note() -> None:
    message = only("referral")
    assert (message.may_open, message.calls_for_answer) == (False, False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("location", "Jon\N{RIGHT SINGLE QUOTATION MARK}s Location"),
        ("location_without_title", "52.52, 13.405"),
        ("link", "Returns\nhttps://shop.example.com/returns"),
        ("link_with_text", "see https://shop.example.com/returns"),
        ("thumb", "\N{THUMBS UP SIGN}"),
        ("reel_page", "A reel\nhttps://www.facebook.com/reel/17000"),
        ("template", "Two coats\nOne hat"),
    ],
)
def test_what_has_words_is_read_as_words(name: str, text: str) -> None:
    message = only(name)
    assert (message.content, message.media) == (text, ())


@pytest.mark.parametrize(
    ("name", "kind", "filename"),
    [("sticker", "sticker", None), ("document", "document", "invoice.pdf")],
)
def test_files_come_by_their_address(name: str, kind: str, filename: str | None) -> None:
    (media,) = only(name).media
    assert (media.kind, media.filename) == (kind, filename)


def test_somebody_who_only_ticked_a_box_is_known_by_it() -> None:
    message = only("box_ticked")
    assert (message.identities, message.may_open) == ((BOX,), False)
    assert only("from_user_ref").identities == (
        Identity(kind="external", value="user_ref:cart-78"),
    )


def test_who_writes_after_ticking_a_box_is_the_same_person() -> None:
    assert only("after_box").identities == (JON, BOX)


def test_an_item_of_another_page_is_not_ours() -> None:
    event = only("another_page")
    assert (type(event), event.reason) == (Unhandled, "an item of another page")


@pytest.mark.parametrize(
    ("name", "news"),
    [
        ("thread_control", "pass_thread_control"),
        ("linking", "account_linking"),
        ("feed", "feed"),
    ],
)
def test_news_of_the_account_is_kept(name: str, news: str) -> None:
    assert (type(only(name)), only(name).name) == (AccountEvent, news)


def test_an_edit_is_an_edit() -> None:
    assert (type(only("edit")), only("edit").target_id) == (MessageEdit, "m_01")


def test_two_messages_and_two_reads_in_one_post_all_arrive() -> None:
    kinds = [type(one) for one in events("batch")]
    assert kinds == [InboundMessage, Watermark, InboundMessage, Watermark]


def test_bad_items_harm_no_neighbour() -> None:
    found = events("bad_items")
    assert [one.content for one in found if isinstance(one, InboundMessage)] == ["Sound"]
    assert sum(isinstance(one, Unhandled) for one in found) == 5
