"""A mail of every kind becomes the event that it is."""

# ruff: noqa: RUF001 - words of other scripts are what is tested

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from romashka.channels.errors import ParseError
from romashka.channels.events import AccountEvent, DeliveryReceipt, Identity, Unhandled
from romashka.channels.mail import part_bytes, read_mail
from tests.romashka.mail.letters import LETTERS, MAILBOX, html_letter, letter, message_of


def test_a_persons_mail_is_a_message_with_all_that_it_says() -> None:
    message = message_of(LETTERS["plain"])
    assert message.account == "support@shop.example"
    assert message.external_id == "order-1@customer.example"
    assert message.identities == (Identity(kind="email", value="anna@customer.example"),)
    assert message.customer_name == "Anna Müller"
    assert message.content == "Hello,\n\nwhere is my parcel? Größe M.\n\nAnna"
    assert message.occurred_at == datetime(2026, 10, 14, 10, tzinfo=UTC)
    assert (message.calls_for_answer, message.may_open) == (True, True)
    assert message.metadata["subject"] == "Order 4711"
    assert message.metadata["to"] == ["support@shop.example"]
    assert message.metadata["cc"] == ["bert@customer.example"]
    assert message.metadata["text_full"].endswith("Anna Müller\nCustomer Ltd.")
    assert message.metadata["message_id"] == "order-1@customer.example"
    assert message.metadata["forwarded"] is False


def test_only_our_own_servers_findings_are_believed() -> None:
    found = message_of(LETTERS["plain"]).metadata["authentication"]
    assert found == {"dmarc": "pass", "spf": "pass", "dkim": "pass", "trusted": True}


@pytest.mark.parametrize(
    ("line", "trusted"),
    [
        ("mx.evil.example; dmarc=pass", False),
        ("mx.shop.example; dmarc=fail; dkim=pass header.d=customer.example", False),
        ("mx.shop.example; dkim=pass header.d=customer.example", True),
        ("mx.shop.example; dkim=pass header.d=evil.example", False),
        ("mx.shop.example; dkim=pass header.d=example", False),
        ("mx.shop.example; spf=pass (note; dmarc=pass) smtp.mailfrom=evil.example", False),
        ("mx.shop.example 1; dmarc=pass", True),
        ("mx.shop.example.evil.example; dmarc=pass", False),
        ("mx.shop.example; none", False),
    ],
)
def test_a_sender_is_trusted_when_our_server_found_them_genuine(line: str, trusted: bool) -> None:
    message = message_of(letter("x", f"Authentication-Results: {line}"))
    assert message.metadata["authentication"]["trusted"] is trusted


def test_a_second_finding_under_our_name_is_the_senders_own() -> None:
    ours = "Authentication-Results: mx.shop.example; dmarc=fail"
    theirs = "Authentication-Results: mx.shop.example; dmarc=pass"
    assert message_of(letter("x", ours, theirs)).metadata["authentication"]["dmarc"] == "fail"


def test_the_answer_goes_to_reply_to_and_the_writer_stays_from() -> None:
    message = message_of(letter("x", "Reply-To: boss@customer.example"))
    assert message.identities[0].value == "anna@customer.example"
    assert message.metadata["reply_to_address"] == "boss@customer.example"


def test_an_automatic_mail_directs_no_answer_anywhere() -> None:
    message = message_of(letter("x", "Reply-To: b@c.example", "Auto-Submitted: auto-replied"))
    assert "reply_to_address" not in message.metadata


def test_a_mail_through_our_own_group_is_its_writers() -> None:
    message = message_of(LETTERS["own_group"])
    assert message.identities[0].value == "gerd@customer.example"
    assert (message.calls_for_answer, message.may_open) == (True, True)


def test_original_sender_is_nobodys_word_without_our_group() -> None:
    message = message_of(letter("x", "X-Original-Sender: boss@shop.example"))
    assert message.identities[0].value == "anna@customer.example"


@pytest.mark.parametrize(
    ("written", "external_id"),
    [
        ("<a@b>", "a@b"),
        ("a@b", "a@b"),
        ("<a@b@c>", "a@b@c"),
        ("  < a@b >  ", "a@b"),
        ("<a@\r\n b>", "a@b"),
        ("a@b c", "a@b"),
    ],
)
def test_odd_message_ids_are_taken(written: str, external_id: str) -> None:
    assert message_of(letter("x", f"Message-ID: {written}")).external_id == external_id


@pytest.mark.parametrize(
    "line", ["X: y", "Message-ID:", "Message-ID: <>", f"Message-ID: <{'a' * 600}@b>"]
)
def test_a_mail_without_a_usable_id_is_known_by_its_bytes(line: str) -> None:
    raw = letter("x", line)
    assert message_of(raw).external_id == f"sha256:{hashlib.sha256(raw).hexdigest()}"


def test_a_mail_without_any_sender_is_kept_as_unhandled() -> None:
    (event,) = read_mail(b"Subject: x\r\n\r\ny", MAILBOX)
    assert isinstance(event, Unhandled)
    assert event.reason == "mail without a sender"


def test_gmails_quotation_is_cut_and_kept_in_the_full_text() -> None:
    message = message_of(LETTERS["gmail_reply"])
    assert message.content == "Thank you, it came today."
    assert "Your parcel is on its way." in message.metadata["text_full"]
    assert message.metadata["in_reply_to"] == "ours-1@shop.example"
    assert message.metadata["references"] == ["first@shop.example", "ours-1@shop.example"]
    assert message.thread == {
        "conversation": None,
        "references": ["ours-1@shop.example", "first@shop.example"],
        "own": [],
        "tag": 4711,
        "subject": "[Shop #4711] Your order",
    }


def test_outlooks_picture_without_a_disposition_is_inline() -> None:
    message = message_of(LETTERS["outlook_inline"])
    (picture,) = message.media
    assert message.content == "Die Lampe ist zerbrochen, Grüße"
    assert (picture.kind, picture.mime_type) == ("image", "image/png")
    assert picture.caption == "image001.png@01DC.A1"
    assert 'src="cid:image001.png@01DC.A1"' in message.metadata["html"]


def test_apples_picture_without_a_content_id_is_a_file_and_its_texts_are_one() -> None:
    message = message_of(LETTERS["apple_inline"])
    (picture,) = message.media
    assert message.content == "First the front:\n\nand then the back."
    assert (picture.filename, picture.caption) == ("front.png", None)


def test_every_kind_of_file_is_kept_under_what_it_really_is() -> None:
    message = message_of(LETTERS["all_files"])
    assert [(item.kind, item.mime_type, item.filename) for item in message.media] == [
        ("document", "application/pdf", "счёт.pdf"),
        ("document", "text/html", "photo.jpg"),
        ("document", "text/calendar", "file.ics"),
        ("document", "application/ms-tnef", "winmail.dat"),
        ("document", "message/rfc822", "file.eml"),
        ("document", "image/svg+xml", "logo.svg"),
        ("image", "image/png", "file.png"),
    ]
    assert message.content == "See the files."


def test_a_parts_content_is_given_again_by_its_id() -> None:
    raw = LETTERS["all_files"]
    by_name = {item.filename: item for item in message_of(raw).media}
    assert part_bytes(raw, by_name["счёт.pdf"].id or "").startswith(b"%PDF-1.7")
    assert b"Message-ID: <old@other.example>" in part_bytes(raw, by_name["file.eml"].id or "")
    for item in by_name.values():
        assert len(part_bytes(raw, item.id or "")) == item.size


@pytest.mark.parametrize("part_id", ["part:0", "part:99", "part:x", "part:", "1", "", "part:٣"])
def test_an_id_of_no_file_is_a_parse_error(part_id: str) -> None:
    with pytest.raises(ParseError):
        part_bytes(LETTERS["all_files"], part_id)


def test_a_forwarded_mail_is_kept_whole() -> None:
    message = message_of(LETTERS["forwarded"])
    assert message.content.startswith("Is this yours?")
    assert message.content.endswith("Please pay 12 euros.")
    assert message.metadata["forwarded"] is True


def test_eight_bit_headers_are_read_in_the_charset_of_the_text() -> None:
    message = message_of(LETTERS["koi8_raw"])
    assert (message.customer_name, message.metadata["subject"]) == ("Иван", "Вопрос о заказе")
    assert message.content == "Здравствуйте, где мой заказ?"


def test_a_bounce_is_a_receipt_of_the_mail_that_failed() -> None:
    assert read_mail(LETTERS["bounce"], MAILBOX) == [
        DeliveryReceipt(
            account="support@shop.example",
            external_id="ours-1@shop.example",
            status="failed",
            occurred_at=datetime(2026, 10, 14, 12, tzinfo=UTC),
            error_code="5.1.1",
            error="550 5.1.1 <nobody@customer.example>: User unknown",
        )
    ]


def test_a_bounce_of_no_standard_is_a_receipt_too() -> None:
    (event,) = read_mail(LETTERS["qmail_bounce"], MAILBOX)
    assert isinstance(event, DeliveryReceipt)
    assert (event.external_id, event.status) == ("ours-3@shop.example", "failed")
    assert event.error_code == "5.2.2"


def test_a_delay_is_news_and_fails_nothing() -> None:
    (event,) = read_mail(LETTERS["delayed"], MAILBOX)
    assert isinstance(event, AccountEvent)
    assert event.name == "delivery_delayed"
    assert event.data["external_id"] == "ours-2@shop.example"
    assert event.data["recipient"] == "slow@customer.example"


def test_a_bounce_that_names_no_mail_is_news() -> None:
    raw = LETTERS["bounce"].replace(b"Message-ID: <ours-1@shop.example>", b"X: y")
    (event,) = read_mail(raw, MAILBOX)
    assert isinstance(event, AccountEvent)
    assert (event.name, event.data["recipient"]) == ("bounce", "nobody@customer.example")


def test_a_complaint_says_whom_not_to_write_to() -> None:
    (event,) = read_mail(LETTERS["complaint"], MAILBOX)
    assert isinstance(event, AccountEvent)
    assert event.name == "complaint"
    assert event.data == {
        "external_id": "ours-4@shop.example",
        "recipient": "angry@provider.example",
        "feedback_type": "abuse",
    }


def test_a_reading_is_a_receipt_of_the_mail_that_was_read() -> None:
    (event,) = read_mail(LETTERS["read_receipt"], MAILBOX)
    assert isinstance(event, DeliveryReceipt)
    assert (event.external_id, event.status) == ("ours-5@shop.example", "read")


def test_a_deletion_is_no_reading() -> None:
    raw = LETTERS["read_receipt"].replace(b"; displayed", b"; deleted")
    (event,) = read_mail(raw, MAILBOX)
    assert isinstance(event, AccountEvent)
    assert event.name == "disposition"


def test_a_person_who_writes_about_a_bounce_is_a_person() -> None:
    words = "I got: Undelivered Mail Returned to Sender, 550 5.1.1 User unknown"
    message = message_of(letter(words, "Subject: Undeliverable: your mail"))
    assert message.calls_for_answer


def test_a_mail_of_html_alone_has_a_text() -> None:
    message = message_of(html_letter("<p>Hello</p><p>How are you?</p>"))
    assert message.content == "Hello\n\nHow are you?"


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Fri, 01 Jan 20268 00:00:00", "Thu, 01 Jan 1970"]
)
def test_an_impossible_date_is_left_out(date: str) -> None:
    message = message_of(letter("x", f"Date: {date}"))
    assert message.occurred_at is None
    assert "date" not in message.metadata
