"""At every door: what is rightly signed is stored, and nothing else is, whatever was changed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from local.databases import clone_database, drop_database
from local.postgres import Postgres
from local.standins.mail_answers import signed_headers
from tests.romashka.mail.providers.requests import (
    CERTIFICATE,
    FORM,
    SENDGRID_KEY,
    TOPIC,
    basic,
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
from tests.webhooks.senders import (
    APP_SECRET,
    SITE_SECRET,
    meta_signed,
    site_body,
    site_signed,
    whatsapp_body,
)

Request = tuple[bytes, Mapping[str, str]]

BOT = "x-telegram-bot-api-secret-token"
MAIL = b"From: anna@customer.example\r\nMessage-ID: <1@customer.example>\r\n\r\nHello"
GENERIC, OTHER = SITE_SECRET, "whsec_YW5vdGhlci1zZWNyZXQtdGhhbi1vdXJz"
UPDATE = b'{"update_id": 1, "poll": {}}'
DIRECT = {
    name: json.dumps({"object": kind, "entry": [{"id": "1", "changes": []}]}).encode()
    for name, kind in (("instagram", "instagram"), ("messenger", "page"))
}
SETTINGS = {
    "instagram_account_id": "1",
    "instagram_app_secret": (APP_SECRET,),
    "messenger_page_id": "1",
    "messenger_app_secret": (APP_SECRET,),
    "telegram_bot_token": "1:A",
    "telegram_webhook_secret": ("daisy",),
    "email_address": "support@shop.example",
    "email_token_secret": ("t" * 32,),
    "email_webhook_secret": (GENERIC,),
    "postmark_webhook_user": "shop",
    "postmark_webhook_password": ("daisy",),
    "mailgun_signing_key": ("daisy",),
    "sendgrid_public_key": (public_text(SENDGRID_KEY),),
    "ses_topic_arn": (TOPIC,),
}


def mailgun(key: str) -> Request:
    """A mail as a form of Mailgun's, signed with a key."""
    return form({**mailgun_fields(key, time.time()), "body-mime": MAIL}), FORM


def of_amazon(key: rsa.RSAPrivateKey | None = None) -> Request:
    """A notification of SES's, signed with Amazon's key or another one."""
    payload = sns(received(MAIL.decode()))
    if key is not None:
        payload["Signature"] = key.sign(b"anything", PKCS1v15(), SHA256()).hex()
    return json.dumps(payload).encode(), {"content-type": "text/plain"}


def meta(body: bytes, secret: str) -> Request:
    """A request that Meta signs."""
    return body, meta_signed(body, secret)


def sendgrid(key: ec.EllipticCurvePrivateKey) -> Request:
    """A mail as a form of SendGrid's, signed with a key."""
    body = form({"email": MAIL})
    return body, sendgrid_headers(body, key)


def requests() -> Mapping[str, tuple[Request, Request]]:
    """By the address of each door: what is right, and what somebody without the secret can send.

    Made when they are needed: a proof holds for five minutes.
    """
    return {
        "whatsapp": (meta(whatsapp_body(), APP_SECRET), meta(whatsapp_body(), "another")),
        "instagram": (meta(DIRECT["instagram"], APP_SECRET), meta(DIRECT["instagram"], "another")),
        "messenger": (meta(DIRECT["messenger"], APP_SECRET), meta(DIRECT["messenger"], "another")),
        "telegram": ((UPDATE, {BOT: "daisy"}), (UPDATE, {BOT: "daisies"})),
        "website": ((site_body(), site_signed(site_body())), (site_body(), site_signed(b"{}"))),
        "email/generic": (
            (MAIL, signed_headers(GENERIC, MAIL)),
            (MAIL, signed_headers(OTHER, MAIL)),
        ),
        "email/postmark": (
            (json.dumps({"RawEmail": MAIL.decode()}).encode(), basic("shop:daisy")),
            (json.dumps({"RawEmail": MAIL.decode()}).encode(), basic("shop:daisies")),
        ),
        "email/mailgun": (mailgun("daisy"), mailgun("daisies")),
        "email/sendgrid": (
            sendgrid(SENDGRID_KEY),
            sendgrid(ec.generate_private_key(ec.SECP256R1())),
        ),
        "email/ses": (of_amazon(), of_amazon(rsa.generate_private_key(65537, 2048))),
    }


DOORS = (
    "whatsapp", "instagram", "messenger", "telegram", "website", "email/generic",
    "email/postmark", "email/mailgun", "email/sendgrid", "email/ses",
)  # fmt: skip
# The others prove the sender, or a time and a token, and not every byte of the body.
SIGNED_WHOLE = (
    "whatsapp", "instagram", "messenger", "website", "email/generic", "email/sendgrid"
)  # fmt: skip


@pytest.fixture(scope="module")
def all_doors(server: Postgres, migrated_template: str) -> Iterator[Site]:
    """The application with every channel and every provider."""
    url = clone_database(server, migrated_template, "test_all_doors")
    with running_site(url, webhook_rate_per_minute=1000, **SETTINGS) as site:
        wait_until(lambda: site.one("select count(*) from public.channels") == 6)
        inlet = site.client.application.extensions["web"].door.inlet("email", "ses")
        # As if it had been fetched from Amazon before.
        inlet._inlet._certificates[CERTIFICATE] = certificate(days=10_000)
        yield site
    drop_database(server, "test_all_doors")


@pytest.fixture(scope="module")
def doors() -> Mapping[str, tuple[Request, Request]]:
    """The right and the wrong request of each door, signed now."""
    return requests()


def stored(site: Site) -> object:
    return site.one("select count(*) from private.inbound_events")


def post(site: Site, door: str, request: Request) -> int:
    body, headers = request
    return site.client.post(f"/webhooks/{door}", data=body, headers=dict(headers)).status_code


@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_proof_and_none_are_refused_and_nothing_is_stored(
    door: str, doors: Mapping[str, tuple[Request, Request]], all_doors: Site
) -> None:
    right, wrong = doors[door]
    before = stored(all_doors)
    assert post(all_doors, door, wrong) == 401
    bare = {name: right[1][name] for name in right[1] if name.lower() == "content-type"}
    body = right[0].replace(b"ignature", b"ignition").replace(b'name="token"', b'name="t"')
    assert post(all_doors, door, (body, bare)) == 401
    assert stored(all_doors) == before


@pytest.mark.parametrize("door", SIGNED_WHOLE)
def test_a_changed_byte_is_refused_and_nothing_is_stored(
    door: str, doors: Mapping[str, tuple[Request, Request]], all_doors: Site
) -> None:
    body, headers = doors[door][0]
    before = stored(all_doors)
    for place in (0, len(body) // 2, len(body) - 1):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert post(all_doors, door, (changed, headers)) == 401
    assert stored(all_doors) == before


@pytest.mark.parametrize("door", DOORS)
def test_the_right_proof_opens_the_door(
    door: str, doors: Mapping[str, tuple[Request, Request]], all_doors: Site
) -> None:
    before = stored(all_doors)
    assert post(all_doors, door, doors[door][0]) == 200
    assert stored(all_doors) == before + 1


def test_there_is_no_other_door(all_doors: Site) -> None:
    channels = all_doors.client.application.extensions["web"].door.channels
    open_doors = {
        f"{kind}/{name}".strip("/") for kind in channels for name in channels[kind].inlets
    }
    # Nobody may hand over what we fetch ourselves: it opens to no proof at all.
    assert open_doors - {"email/imap"} == set(DOORS)
    assert post(all_doors, "email/imap", (MAIL, {})) == 401
