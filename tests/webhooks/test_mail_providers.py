"""Providers' mails come in over HTTP: form and signature as WSGI hands them on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.romashka.mail.providers.requests import (
    CERTIFICATE,
    FORM,
    SENDGRID_KEY,
    TOPIC,
    certificate,
    form,
    mailgun_fields,
    public_text,
    received,
    sendgrid_headers,
    sns,
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
        "ses_topic_arn": (TOPIC,),
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


REQUESTS = "select count(*) from private.inbound_events"


def mailgun_post(site: Site, fields: dict[str, bytes | str], mail: bytes) -> int:
    """Posts a mail with Mailgun's proof in these fields; gives the status."""
    body = form({**fields, "body-mime": mail})
    answer = site.client.post("/webhooks/email/mailgun", data=body, headers=FORM)
    return answer.status_code


def test_a_token_of_mailguns_brings_one_mail(mail_site: Site) -> None:
    proof = mailgun_fields(KEY, time.time())
    forged = b"From: anna@customer.example\r\nMessage-ID: <2@x.example>\r\n\r\nForged"
    assert mailgun_post(mail_site, proof, MAIL) == 200
    assert mailgun_post(mail_site, proof, MAIL) == 200
    assert mailgun_post(mail_site, proof, forged) == 200
    assert mail_site.one(REQUESTS) == 1
    assert MAIL in bytes(mail_site.one("select body from private.inbound_events"))
    assert mailgun_post(mail_site, mailgun_fields(KEY, time.time(), "u" * 50), forged) == 200
    assert mail_site.one(REQUESTS) == 2


def test_a_token_posted_many_times_at_once_brings_one_mail(mail_site: Site) -> None:
    proof = mailgun_fields(KEY, time.time())
    with ThreadPoolExecutor(8) as threads:
        posts = [
            threads.submit(mailgun_post, mail_site, proof, MAIL + b"%d" % number)
            for number in range(8)
        ]
        assert [post.result() for post in posts] == [200] * 8
    assert mail_site.one(REQUESTS) == 1


def test_a_mail_that_could_not_be_stored_comes_again_with_its_token(mail_site: Site) -> None:
    proof = mailgun_fields(KEY, time.time())
    mail_site.database.execute("alter table private.inbound_events rename to moved_away")
    assert mailgun_post(mail_site, proof, MAIL) == 503
    mail_site.database.execute("alter table private.moved_away rename to inbound_events")
    assert mailgun_post(mail_site, proof, MAIL) == 200
    assert mail_site.one(REQUESTS) == 1


def test_a_mail_that_ses_put_into_s3_is_a_dead_letter_that_says_what_to_do(
    mail_site: Site,
) -> None:
    inlet = mail_site.client.application.extensions["web"].door.inlet("email", "ses")
    # As if it had been fetched from Amazon before.
    inlet._inlet._certificates[CERTIFICATE] = certificate(days=10_000)
    body = json.dumps(sns(received(None))).encode()
    answer = mail_site.client.post("/webhooks/email/ses", data=body, content_type="text/plain")
    assert answer.status_code == 200
    reason = str(mail_site.one("select reason from public.dead_letters"))
    assert reason.startswith("the mail lies in S3 and is not in the message")
    assert "IMAP" in reason
    assert "generic" in reason
    assert mail_site.one("select count(*) from private.unread_mail") == 0


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
