"""Providers' mails come in over HTTP: form and signature as WSGI hands them on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest

from tests.romashka.mail.providers.requests import (
    FORM,
    SENDGRID_KEY,
    form,
    mailgun_fields,
    public_text,
    sendgrid_headers,
)
from tests.waiting import wait_until
from tests.webhooks.conftest import Site, running_site
from webhooks.door import RequestHeaders

KEY = "mailgun-signs-with-this"
MAIL = b"From: anna@customer.example\r\nMessage-ID: <1@customer.example>\r\n\r\nGr\xfc\xdfe"
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def mail_site(fresh_database: Callable[[], str]) -> Iterator[Site]:
    """The application with a mailbox that Mailgun and SendGrid hand mails over for."""
    mailbox = {
        "email_address": "support@shop.example",
        "email_token_secret": ("t" * 32,),
        "mailgun_signing_key": (KEY,),
        "sendgrid_public_key": (public_text(SENDGRID_KEY),),
    }
    with running_site(fresh_database(), **mailbox) as site:
        wait_until(lambda: site.one("select count(*) from public.channels") == 3)
        yield site


def kept_type(site: Site) -> object:
    """The type kept beside the only mail that waits to be read."""
    return site.one(
        "select i.headers ->> 'content-type' from private.unread_mail"
        " join private.inbound_events i on i.id = inbound_id"
    )


@pytest.mark.parametrize("kind", [URLENCODED, FORM["content-type"]])
def test_a_signed_form_of_mailguns_waits_to_be_read(kind: str, mail_site: Site) -> None:
    fields = {**mailgun_fields(KEY, time.time()), "body-mime": MAIL}
    body = urlencode(fields).encode() if kind == URLENCODED else form(fields)
    answer = mail_site.client.post("/webhooks/email/mailgun", data=body, content_type=kind)
    assert answer.status_code == 200
    assert kept_type(mail_site) == kind


def test_a_signed_form_of_sendgrids_waits_to_be_read(mail_site: Site) -> None:
    body = form({"email": MAIL, "envelope": '{"to": ["support@shop.example"]}'})
    headers = sendgrid_headers(body)
    answer = mail_site.client.post("/webhooks/email/sendgrid", data=body, headers=headers)
    assert answer.status_code == 200
    assert kept_type(mail_site) == FORM["content-type"]


def test_the_headers_that_wsgi_keeps_apart_are_headers_too() -> None:
    environ = {"CONTENT_TYPE": "a/b", "CONTENT_LENGTH": "7", "HTTP_USER_AGENT": "x", "PATH": "y"}
    assert dict(RequestHeaders(environ)) == {
        "content-type": "a/b",
        "content-length": "7",
        "user-agent": "x",
    }
