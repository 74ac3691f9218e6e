"""Every kind of WhatsApp webhook, from payloads of our own."""

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
    IdentityChange,
    InboundEvent,
    InboundMessage,
    MessageEdit,
    MessageRevoke,
    Reaction,
    Unhandled,
)
from romashka.channels.whatsapp_events import events_of

FIXTURES = Path(__file__).parents[1] / "fixtures" / "whatsapp"
ACCOUNT = "106500000000001"
OLD_ID = Identity(kind="bsuid", value="DE.7300112233445566")
NEW_ID = Identity(kind="bsuid", value="DE.8800112233445566")
ANNA = Identity(kind="phone", value="4915550001111")


def events(name: str) -> list[InboundEvent]:
    return events_of((FIXTURES / f"{name}.json").read_bytes())


def only(name: str) -> Any:
    (event,) = events(name)
    return event


def test_a_text_carries_sender_name_time_and_words() -> None:
    message = only("text")
    assert isinstance(message, InboundMessage)
    assert (message.account, message.external_id) == (ACCOUNT, "wamid.daisy001=")
    assert (message.identities, message.customer_name) == ((ANNA,), "Anna Petrova")
    assert message.content == "Wie lange dauert die Lieferung? \N{BLOSSOM}"
    assert message.occurred_at == datetime.fromtimestamp(1792000001, UTC)
    assert message.calls_for_answer


def test_a_quoting_message_names_what_it_quotes() -> None:
    assert only("quoted").reply_to == "wamid.ours001="


def test_forwarding_is_noted() -> None:
    assert only("forwarded").metadata == {"forwarded": True, "frequently_forwarded": True}


def test_the_advertisement_that_led_here_is_noted() -> None:
    assert only("advertisement").metadata["referral"]["source_id"] == "777"


def test_an_image_brings_its_file_and_its_caption_as_words() -> None:
    message = only("image")
    (media,) = message.media
    assert (media.kind, media.id, media.mime_type) == ("image", "910001", "image/jpeg")
    assert message.content == media.caption == "The box arrived like this"


def test_a_file_may_come_with_an_address() -> None:
    assert only("image_with_address").media[0].url == "https://media.example.com/910002"


@pytest.mark.parametrize("name", ["video", "voice", "sticker"])
def test_a_file_without_words_still_calls_for_an_answer(name: str) -> None:
    message = only(name)
    assert (message.content, message.calls_for_answer) == ("", True)
    assert message.media[0].id


def test_a_voice_message_is_audio_that_was_spoken() -> None:
    message = only("voice")
    assert (message.message_type, message.metadata) == ("audio", {"voice": True})


def test_a_document_keeps_its_name() -> None:
    assert only("document").media[0].filename == "invoice 12.pdf"


def test_a_location_reads_as_name_and_address() -> None:
    message = only("location")
    assert message.content == "Television Tower, Panoramastrasse 1A, Berlin"
    assert message.metadata["location"]["latitude"] == 52.5208


def test_a_location_without_name_reads_as_coordinates() -> None:
    assert only("location_bare").content == "52.5208, 13.4094"


def test_contact_cards_read_as_one_line_each() -> None:
    assert only("contacts").content == "Boris Ivanov, +49 1555 0002222\nClara Weiss"


def test_an_order_reads_as_its_lines() -> None:
    message = only("order")
    assert message.content == "2 \N{MULTIPLICATION SIGN} TEA-1\n1 \N{MULTIPLICATION SIGN} CUP-9"
    assert message.metadata["order"]["catalog_id"] == "5501"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("button", "Track my parcel"),
        ("button_reply", "Yes, please"),
        ("list_reply", "Berlin"),
        ("flow_reply", "Sent"),
    ],
)
def test_a_pressed_button_says_what_was_on_it(name: str, words: str) -> None:
    assert only(name).content == words


def test_a_reaction_names_its_message() -> None:
    reaction = only("reaction")
    assert isinstance(reaction, Reaction)
    assert (reaction.target_id, reaction.emoji) == ("wamid.ours003=", "\N{THUMBS UP SIGN}")


def test_a_removed_reaction_has_no_emoji() -> None:
    assert only("reaction_removed").emoji is None


@pytest.mark.parametrize(
    ("name", "target", "content"),
    [
        ("edit", "wamid.daisy001=", "How long does delivery to Austria take?"),
        ("edit_of_caption", "wamid.daisy005=", "It was open"),
    ],
)
def test_an_edit_names_its_message_and_the_new_words(name: str, target: str, content: str) -> None:
    edit = only(name)
    assert isinstance(edit, MessageEdit)
    assert (edit.target_id, edit.content) == (target, content)


def test_a_revoke_names_its_message() -> None:
    revoke = only("revoke")
    assert isinstance(revoke, MessageRevoke)
    assert revoke.target_id == "wamid.daisy001="


def test_a_new_number_belongs_to_the_old_customer() -> None:
    change = only("number_change")
    assert isinstance(change, IdentityChange)
    assert (change.old, change.new) == (ANNA, Identity(kind="phone", value="4915550003333"))


@pytest.mark.parametrize("name", ["user_id_change", "user_id_change_with_a_lying_name"])
def test_a_new_user_id_belongs_to_the_old_customer(name: str) -> None:
    assert [(change.old, change.new) for change in events(name)] == [
        (OLD_ID, NEW_ID),
        (ANNA, NEW_ID),
    ]


def test_a_new_number_brings_the_new_user_id_along() -> None:
    number = Identity(kind="phone", value="4915550003333")
    changes = [(change.old, change.new) for change in events("number_and_user_id_change")]
    assert changes == [(OLD_ID, NEW_ID), (ANNA, NEW_ID), (OLD_ID, number), (ANNA, number)]


def test_a_changed_security_code_is_news_about_the_account() -> None:
    assert only("identity_changed").name == "system.customer_identity_changed"


def test_an_unsupported_message_calls_for_an_answer_all_the_same() -> None:
    message = only("unsupported")
    assert (message.content, message.calls_for_answer) == ("", True)
    assert message.metadata["errors"][0]["code"] == 131051


def test_opening_the_chat_calls_for_no_answer() -> None:
    assert only("welcome").calls_for_answer is False


def test_a_customer_without_phone_is_known_by_the_user_id() -> None:
    message = only("no_phone")
    assert message.identities == (Identity(kind="bsuid", value="CO.1100220033004400"),)
    assert message.customer_name == "Julia"


def test_a_user_id_of_the_greatest_length_is_one() -> None:
    longest = "CO." + "1" * 128
    body = (FIXTURES / "no_phone.json").read_text()
    known = only("no_phone").identities[0].value
    (message,) = events_of(body.replace(known, longest).encode())
    assert isinstance(message, InboundMessage)
    assert message.identities == (Identity(kind="bsuid", value=longest),)


def test_phone_and_user_id_belong_to_one_customer() -> None:
    assert only("phone_and_user_id").identities == (
        Identity(kind="bsuid", value="DE.7300112233445566"),
        Identity(kind="external", value="DE.ENT.9900112233445566"),
        ANNA,
    )


def test_a_contact_of_another_number_lends_nothing() -> None:
    message = only("other_contact")
    assert (message.identities, message.customer_name) == ((ANNA,), None)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("status_sent", "sent"),
        ("status_delivered", "delivered"),
        ("status_read", "read"),
        ("status_played", "read"),
    ],
)
def test_a_receipt_names_message_status_and_recipient(name: str, status: str) -> None:
    receipt = only(name)
    assert isinstance(receipt, DeliveryReceipt)
    assert (receipt.external_id, receipt.status) == ("wamid.ours004=", status)
    assert receipt.identities == (ANNA,)


def test_a_failed_receipt_says_why() -> None:
    receipt = only("status_failed")
    assert (receipt.status, receipt.error_code) == ("failed", "131047")
    assert receipt.error == "More than 24 hours have passed."


def test_our_delivery_id_comes_back_as_tracker() -> None:
    assert only("status_tracked").tracker == "8c5e4c0e-97a4-4b57-8a3e-2f6f3d0a9a01"


def test_a_tracker_of_someone_else_is_none_of_ours() -> None:
    assert only("status_tracked_by_another").tracker is None


def test_a_receipt_may_know_the_user_id_alone() -> None:
    receipt = only("status_without_phone")
    assert receipt.identities == (Identity(kind="bsuid", value="CO.1100220033004400"),)


def test_a_receipt_learns_the_user_id_from_its_contact() -> None:
    payload = json.loads((FIXTURES / "status_read.json").read_text())
    contact = {"wa_id": "4915550001111", "user_id": "DE.7300112233445566"}
    payload["entry"][0]["changes"][0]["value"]["contacts"] = [contact]
    (receipt,) = events_of(json.dumps(payload).encode())
    assert isinstance(receipt, DeliveryReceipt)
    assert receipt.identities == (Identity(kind="bsuid", value="DE.7300112233445566"), ANNA)


def test_a_receipt_from_a_group_names_nobody() -> None:
    assert only("status_in_group").identities == ()


def test_an_echo_is_a_message_of_an_agent_to_the_customer() -> None:
    echo = only("echo")
    assert isinstance(echo, InboundMessage)
    assert (echo.sender, echo.calls_for_answer, echo.identities) == ("agent", False, (ANNA,))


def test_a_reaction_from_our_phone_is_ours() -> None:
    payload = json.loads((FIXTURES / "reaction.json").read_text())
    change = payload["entry"][0]["changes"][0]
    (reaction,) = change["value"].pop("messages")
    change["field"] = "smb_message_echoes"
    change["value"]["message_echoes"] = [reaction | {"to": reaction["from"], "from": "49305550100"}]
    (event,) = events_of(json.dumps(payload).encode())
    assert isinstance(event, Reaction)
    assert event.identities == (Identity(kind="external", value=ACCOUNT),)


def test_an_edited_echo_is_an_edit() -> None:
    assert isinstance(only("echo_edit"), MessageEdit)


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("preferences", "user_preferences"),
        ("call", "calls"),
        ("errors", "errors"),
        ("call_permission", "call_permission_reply"),
        ("status_deleted", "message_deleted"),
        ("group", "ignored_chat"),
        ("template_status", "message_template_status_update"),
    ],
)
def test_news_about_the_account_is_kept_as_such(name: str, event: str) -> None:
    found = only(name)
    assert isinstance(found, AccountEvent)
    assert found.name == event


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("unknown_type", "unknown message type hologram"),
        ("unknown_field", "unknown field telepathy"),
        ("from_ourselves", "message from our own number"),
        ("status_warped", "unknown status warped"),
        ("empty_change", "change without items"),
    ],
)
def test_what_is_not_understood_is_kept_with_the_reason(name: str, reason: str) -> None:
    found = only(name)
    assert isinstance(found, Unhandled)
    assert found.reason == reason


def test_a_batch_is_read_whole_and_in_order() -> None:
    found = events("batch")
    assert [one.content for one in found if isinstance(one, InboundMessage)] == [
        "one",
        "two",
        "three",
        "four",
    ]
    statuses = [one.status for one in found if isinstance(one, DeliveryReceipt)]
    assert statuses == ["sent", "delivered"]
    assert found[-1].account == "106500000000009"


def test_bad_items_do_not_take_their_neighbours_along() -> None:
    found = events("bad_items")
    assert [type(one) for one in found] == [InboundMessage, *[Unhandled] * 3, InboundMessage]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b"\xff\xfe\x00",
        b'{"object": "page", "entry": []}',
        b'{"object": "whatsapp_business_account", "entry": {}}',
        b'{"object": "whatsapp_business_account", "entry": []} and more',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
)
def test_no_webhook_at_all_is_a_parse_error(body: bytes) -> None:
    with pytest.raises(ParseError):
        events_of(body)


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("1792000001", datetime.fromtimestamp(1792000001, UTC)),
        (1792000001000, datetime.fromtimestamp(1792000001, UTC)),
        ("0", None),
        (-1, None),
        ("soon", None),
        (253402300799999999, None),
        (True, None),
    ],
)
def test_a_time_that_cannot_be_is_no_time(timestamp: Any, moment: datetime | None) -> None:
    payload = json.loads((FIXTURES / "text.json").read_text())
    payload["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"] = timestamp
    (message,) = events_of(json.dumps(payload).encode())
    assert isinstance(message, InboundMessage)
    assert message.occurred_at == moment
