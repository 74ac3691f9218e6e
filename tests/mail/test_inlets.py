"""Which providers may hand over mail, and which of several mailboxes it is for."""

from __future__ import annotations

import json

import pytest

from romashka.channels.accounts import Account
from romashka.channels.email import Email
from romashka.channels.mail import Mailbox, read_mail
from romashka.channels.mail.providers import RawMessage
from romashka.channels.mail_inlets import account_among, mail_in
from romashka.settings import BadSetting, Settings
from tests.romashka.mail.providers.requests import FORM, form, received


def mailbox(address: str, **more: object) -> Account:
    """A mailbox; `more` are further secrets."""
    secrets = {"token_secret": ("t" * 32,), **more}
    options = {"aliases": f"old-{address}"}
    return Account(type="email", account=address, secrets=secrets, options=options)


TWO = [mailbox("shop@a.example", webhook_secret=("whsec_YQ==",)), mailbox("office@a.example")]


def test_only_what_is_configured_has_a_door():
    channel = Email(Settings(), [mailbox("shop@a.example", postmark_password=("u:p",))])
    assert sorted(channel.inlets) == ["imap", "postmark"]


def test_nobody_hands_over_fetched_mail():
    door = Email(Settings(), TWO).inlets["imap"]
    assert door.verify({}, b"From: a@b.c\r\n\r\nHi") is None
    assert [one.account for one in door.parse(b"x", {"account": "shop@a.example"})] == [
        "shop@a.example"
    ]


@pytest.mark.parametrize(
    ("header", "account"),
    [
        ("To: Office <office@a.example>", "office@a.example"),
        ("To: office+c.token@a.example", "office@a.example"),
        ("Delivered-To: office@a.example\r\nTo: list@b.example", "office@a.example"),
        ("Cc: x@b.example, OLD-office@a.example", "office@a.example"),
        ("To: undisclosed-recipients:;", "shop@a.example"),
    ],
)
def test_a_mail_goes_to_the_mailbox_it_names(header, account):
    door = Email(Settings(), TWO).inlets["generic"]
    body = f"From: ada@b.example\r\n{header}\r\n\r\nHi".encode()
    assert [one.account for one in door.parse(body, {})] == [account]


def test_nothing_is_made_of_addresses_that_are_not_ours():
    boxes = list(Email(Settings(), TWO).mailboxes.values())
    assert account_among(boxes, ["shop@a.example.evil.example", "", "x"]) is None


def test_a_kept_request_gives_its_mail_again():
    assert mail_in(b"From: a@b.c", {"inlet": "imap"}) == RawMessage(raw=b"From: a@b.c")
    assert mail_in(b"From: a@b.c", {"inlet": "generic"}) == RawMessage(raw=b"From: a@b.c")


def test_without_a_secret_for_its_threads_there_is_no_channel():
    with pytest.raises(BadSetting, match="EMAIL_TOKEN_SECRET"):
        Email(Settings(), [Account(type="email", account="shop@a.example")])


@pytest.mark.parametrize("secret", [(), ("",)])
def test_a_mailbox_without_a_secret_of_its_own_signs_with_the_first_ones(secret):
    boxes = Email(Settings(), [mailbox("a@a.example", token_secret=secret), *TWO]).mailboxes
    own = Email(Settings(), [*TWO, mailbox("b@a.example", token_secret=("own",))]).mailboxes
    assert boxes["a@a.example"].mailbox.token_secret == ("t" * 32,)
    assert own["b@a.example"].mailbox.token_secret == ("own",)
    with pytest.raises(BadSetting, match="EMAIL_TOKEN_SECRET"):
        Email(Settings(), [mailbox("a@a.example", token_secret=secret)])


MAIL = b"From: ada@b.example\r\n\r\nHi"
MULTIPART = {"content-type": FORM["content-type"]}


def request_of(provider: str, sender: str) -> tuple[bytes, dict[str, str]]:
    """A provider's request with that sender in the envelope, and what is kept beside it."""
    kept = {"inlet": provider, **MULTIPART}
    if provider == "mailgun":
        return form({"recipient": "shop@a.example", "sender": sender, "body-mime": MAIL}), kept
    if provider == "sendgrid":
        return form({"email": MAIL, "envelope": json.dumps({"from": sender})}), kept
    message = {**received(MAIL.decode()), "mail": {"source": sender}}
    return json.dumps({"Message": json.dumps(message)}).encode(), kept


@pytest.mark.parametrize("provider", ["mailgun", "sendgrid", "ses"])
@pytest.mark.parametrize(
    ("sender", "reason"), [("", "null_sender"), ("<>", "null_sender"), ("Ada@b.example", None)]
)
def test_a_mail_with_no_sender_in_its_envelope_is_a_machines(provider, sender, reason):
    (event,) = read_mail(mail_in(*request_of(provider, sender)).raw, Mailbox(address="s@a.example"))
    assert event.metadata.get("automatic") == reason
