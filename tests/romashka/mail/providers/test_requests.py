"""The mail inside each provider's request, raw or put together again from its fields."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

import pytest

from romashka.channels.errors import ParseError
from romashka.channels.events import AccountEvent, InboundMessage, RawMail, Unhandled
from romashka.channels.mail import Envelope, part_bytes, read_mail
from romashka.channels.mail.providers import PROVIDERS, RawMessage, raw_mail_of
from romashka.channels.mail.providers.mailgun import MailgunInlet
from romashka.channels.mail.providers.postmark import PostmarkInlet
from romashka.channels.mail.providers.raw import rebuilt
from romashka.channels.mail.providers.sendgrid import SendgridInlet
from romashka.channels.mail.providers.ses import SesInlet
from tests.romashka.mail.letters import LETTERS, MAILBOX
from tests.romashka.mail.providers.requests import (
    FORM,
    TOPIC,
    form,
    mailgun_fields,
    received,
    sns,
)

PLAIN = LETTERS["plain"]
HEADERS = [
    ("From", "Änna <anna@customer.example>"),
    ("Subject", "Order 1"),
    ("Message-ID", "<1@customer.example>"),
    ("In-Reply-To", "<ours-1@shop.example>"),
    ("References", "<ours-0@shop.example>\r\n <ours-1@shop.example>"),
]


def message_in(found: RawMessage) -> InboundMessage:
    envelope = Envelope(recipients=found.recipients, verdicts=found.verdicts)
    (event,) = read_mail(found.raw, MAILBOX, envelope)
    assert isinstance(event, InboundMessage)
    return event


def check_rebuilt(found: RawMessage) -> None:
    """The fields of HEADERS, a text and one inline picture are all there."""
    message = message_in(found)
    assert message.external_id == "1@customer.example"
    assert message.identities[0].value == "anna@customer.example"
    assert message.customer_name == "Änna"
    assert message.content == "Größe M?"
    assert message.metadata["in_reply_to"] == "ours-1@shop.example"
    assert message.metadata["references"] == ["ours-0@shop.example", "ours-1@shop.example"]
    (picture,) = message.media
    assert (picture.mime_type, picture.filename, picture.caption) == ("image/gif", "a.gif", "pic")
    assert part_bytes(found.raw, picture.id or "") == b"GIF89a"


def test_every_provider_has_a_reader() -> None:
    assert set(PROVIDERS) == {"generic", "mailgun", "postmark", "sendgrid", "ses"}
    for provider in PROVIDERS:
        with pytest.raises(ParseError):
            raw_mail_of(provider, b"", {})


def test_the_generic_body_is_the_mail() -> None:
    assert raw_mail_of("generic", PLAIN, {}) == RawMessage(raw=PLAIN)


def test_postmarks_fields_become_a_mail() -> None:
    payload = {
        "FromFull": {"Email": "anna@customer.example", "Name": "Änna"},
        "Subject": "Order 1",
        "OriginalRecipient": "Support+x@shop.example",
        "TextBody": "Größe M?",
        "HtmlBody": "<p>Größe M?</p>",
        "Headers": [{"Name": name, "Value": value} for name, value in HEADERS[2:]],
        "Attachments": [
            {
                "Name": "a.gif",
                "ContentType": "image/gif",
                "Content": base64.b64encode(b"GIF89a").decode(),
                "ContentID": "pic",
            }
        ],
    }
    found = raw_mail_of("postmark", json.dumps(payload).encode(), {})
    check_rebuilt(found)
    assert found.recipients == ("support+x@shop.example",)


def test_postmarks_raw_mail_comes_before_its_fields() -> None:
    payload = {"RawEmail": PLAIN.decode(), "From": "other@x.example", "TextBody": "other"}
    found = message_in(raw_mail_of("postmark", json.dumps(payload).encode(), {}))
    assert found.external_id == "order-1@customer.example"


def test_postmarks_other_webhooks_are_unhandled() -> None:
    body = json.dumps({"RecordType": "Bounce", "From": "a@b.example"}).encode()
    (event,) = PostmarkInlet(()).parse(body, {})
    assert isinstance(event, Unhandled)


def test_mailguns_raw_mail_is_taken() -> None:
    body = form({**mailgun_fields("k"), "body-mime": PLAIN})
    found = raw_mail_of("mailgun", body, FORM)
    assert (found.raw, found.recipients) == (PLAIN, ("s@shop.example",))
    assert MailgunInlet(()).parse(body, FORM) == [RawMail(account="s@shop.example")]


def test_mailguns_fields_become_a_mail() -> None:
    fields = {
        **mailgun_fields("k"),
        "message-headers": json.dumps([*HEADERS, ["X-Mailgun-Spf", "Pass"]]),
        "body-plain": "Größe M?",
        "content-id-map": json.dumps({"pic": "attachment-1"}),
    }
    body = form(fields, {"attachment-1": ("a.gif", "image/gif", b"GIF89a")})
    found = raw_mail_of("mailgun", body, FORM)
    check_rebuilt(found)
    assert found.verdicts == {"spf": "pass"}


def test_a_form_of_mailguns_without_files_is_urlencoded() -> None:
    fields = {"message-headers": json.dumps(HEADERS), "body-plain": "Größe?", "recipient": "a@b"}
    kept = {"content-type": "application/x-www-form-urlencoded"}
    found = raw_mail_of("mailgun", urlencode(fields).encode(), kept)
    assert message_in(found).content == "Größe?"


@pytest.mark.parametrize("headers", ["", "[", "{}", "[1]", '[["a"]]', '[["From", 1]]', "[" * 3000])
def test_broken_headers_of_mailguns_are_left_out(headers: str) -> None:
    fields = {"message-headers": headers, "from": "a@b.example", "body-plain": "Hello"}
    assert message_in(raw_mail_of("mailgun", form(dict(fields)), FORM)).content == "Hello"


def test_mailguns_event_webhooks_are_unhandled() -> None:
    body = form({**mailgun_fields("k"), "event": "delivered", "message-headers": "[]"})
    (event,) = MailgunInlet(()).parse(body, FORM)
    assert isinstance(event, Unhandled)


def test_sendgrids_raw_mail_is_taken() -> None:
    envelope = json.dumps({"to": ["S@shop.example"], "from": "x@y.example"})
    body = form({"email": PLAIN, "envelope": envelope, "SPF": "pass"})
    found = raw_mail_of("sendgrid", body, FORM)
    assert (found.raw, found.recipients) == (PLAIN, ("s@shop.example",))
    assert found.verdicts == {"spf": "pass"}


def test_sendgrids_fields_become_a_mail_each_in_its_charset() -> None:
    charsets = {"text": "iso-8859-1", "headers": "utf-8", "subject": "utf-8"}
    lines = "\r\n".join(f"{name}: {value}" for name, value in HEADERS)
    fields: dict[str, bytes | str] = {
        "headers": lines,
        "from": "Änna <anna@customer.example>",
        "text": "Größe M?".encode("latin-1"),
        "charsets": json.dumps(charsets),
        "attachment-info": json.dumps({"attachment1": {"content-id": "pic", "type": "image/gif"}}),
    }
    body = form(fields, {"attachment1": ("a.gif", "image/gif", b"GIF89a")})
    check_rebuilt(raw_mail_of("sendgrid", body, FORM))


def test_a_form_of_sendgrids_without_a_mail_is_unhandled() -> None:
    (event,) = SendgridInlet(()).parse(form({"x": "y"}), FORM)
    assert isinstance(event, Unhandled)


@pytest.mark.parametrize("encoding", ["UTF-8", "BASE64"])
def test_sess_content_is_the_mail_and_its_verdicts_are_kept(encoding: str) -> None:
    content = base64.b64encode(PLAIN).decode() if encoding == "BASE64" else PLAIN.decode()
    verdicts = {"dmarcVerdict": {"status": "FAIL"}, "spfVerdict": {"status": "GRAY"}}
    body = json.dumps(sns(received(content, encoding, **verdicts))).encode()
    found = raw_mail_of("ses", body, {})
    assert (found.raw, found.recipients) == (PLAIN, ("support@shop.example",))
    assert found.verdicts == {"dmarc": "fail", "spf": "none"}
    assert message_in(found).metadata["authentication"]["trusted"] is False


def test_a_mail_that_lies_in_s3_says_what_to_do() -> None:
    (event,) = SesInlet([TOPIC]).parse(json.dumps(sns(received(None))).encode(), {})
    assert isinstance(event, Unhandled)
    assert event.reason.startswith("the mail lies in S3")
    with pytest.raises(ParseError, match="S3"):
        raw_mail_of("ses", json.dumps(sns(received(None))).encode(), {})


def test_a_subscription_is_news() -> None:
    body = json.dumps(sns("m", Type="SubscriptionConfirmation", SubscribeURL="u", Token="t"))
    (event,) = SesInlet([TOPIC]).parse(body.encode(), {})
    assert event == AccountEvent(account=TOPIC, name="subscription", data={"topic": TOPIC})


def test_a_field_cannot_begin_a_header_nor_a_part() -> None:
    raw = rebuilt(
        [("Subject", "a\r\nBcc: b@c.example"), ("Bad Name", "x"), ("Content-Type", "x/y")],
        "Hello\r\n--=_x\r\nContent-Type: text/html\r\n\r\n<b>",
        None,
    )
    assert b"\r\nBcc:" not in raw
    assert b"Bad Name" not in raw
    assert raw == rebuilt(
        [("Subject", "a\r\nBcc: b@c.example")],
        "Hello\r\n--=_x\r\nContent-Type: text/html\r\n\r\n<b>",
        None,
    )
