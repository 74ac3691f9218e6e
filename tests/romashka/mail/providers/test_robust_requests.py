"""Whatever stands in a provider's request, there is one mail that can be read, or a ParseError."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from romashka.channels.errors import ParseError
from romashka.channels.mail import Envelope, read_mail
from romashka.channels.mail.providers import PROVIDERS, raw_mail_of
from romashka.channels.mail_inlets import mail_in
from tests.romashka.mail.letters import LETTERS, MAILBOX
from tests.romashka.mail.providers.requests import FORM, form, mailgun_fields, received, sns
from tests.romashka.test_parser_properties import anything, many, places, replaced

POSTMARK: dict[str, Any] = {
    "From": "a@b.example",
    "FromFull": {"Email": "a@b.example", "Name": "Anna"},
    "OriginalRecipient": "support@shop.example",
    "Subject": "Order 1",
    "Headers": [{"Name": "Message-ID", "Value": "<1@b.example>"}],
    "TextBody": "Hello",
    "HtmlBody": "<p>Hello</p>",
    "Attachments": [{"Name": "a.gif", "Content": "R0lG", "ContentType": "image/gif"}],
}
FILES = {"attachment-1": ("a.gif", "image/gif", b"GIF89a")}
FIELDS: dict[str, dict[str, Any]] = {
    "mailgun": {
        **mailgun_fields("key"),
        "sender": "a@b.example",
        "message-headers": json.dumps([["From", "a@b.example"], ["Message-ID", "<1@b.example>"]]),
        "body-plain": "Hello",
        "content-id-map": json.dumps({"<pic>": "attachment-1"}),
    },
    "sendgrid": {
        "headers": "From: a@b.example\nMessage-ID: <1@b.example>",
        "text": "Hello",
        "charsets": json.dumps({"text": "utf-8"}),
        "envelope": json.dumps({"to": ["support@shop.example"], "from": "a@b.example"}),
        "attachment-info": json.dumps({"attachment-1": {"filename": "a.gif"}}),
    },
}
SES = received(LETTERS["plain"].decode(), spfVerdict={"status": "PASS"})
MAIL = LETTERS["plain"]


def check(provider: str, body: bytes) -> None:
    try:
        found = raw_mail_of(provider, body, FORM)
    except ParseError:
        return
    assert found == raw_mail_of(provider, body, FORM)
    envelope = Envelope(recipients=found.recipients, verdicts=found.verdicts)
    assert len(read_mail(found.raw, MAILBOX, envelope)) == 1
    assert mail_in(body, {**FORM, "inlet": provider}).raw.endswith(found.raw.lstrip()[-9:])


@pytest.mark.parametrize("provider", PROVIDERS)
@given(body=st.binary(max_size=300))
@many
def test_any_bytes_are_a_mail_or_a_parse_error(provider: str, body: bytes) -> None:
    check(provider, body)


@given(path=st.sampled_from(places(POSTMARK)), value=anything)
@many
def test_a_damaged_request_of_postmarks_is_a_mail_or_a_parse_error(
    path: tuple[Any, ...], value: Any
) -> None:
    check("postmark", json.dumps(replaced(POSTMARK, path, value)).encode())


@given(path=st.sampled_from(places(SES)), value=anything)
@many
def test_a_damaged_notification_of_ses_is_a_mail_or_a_parse_error(
    path: tuple[Any, ...], value: Any
) -> None:
    notification = sns({}) | {"Message": json.dumps(replaced(SES, path, value))}
    check("ses", json.dumps(notification).encode())


@pytest.mark.parametrize("provider", FIELDS)
@given(data=st.data())
@many
def test_a_damaged_form_is_a_mail_or_a_parse_error(provider: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FIELDS[provider])))
    value = data.draw(anything.map(json.dumps) | st.binary(max_size=40))
    body = form(FIELDS[provider] | {name: value}, FILES)
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 40)))
    check(provider, body)
    check(provider, body[:start] + data.draw(st.binary(max_size=20)) + body[end:])
