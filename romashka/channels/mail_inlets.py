"""The doors through which providers hand over mail, and which mailbox a mail is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from romashka.channels.accounts import Account, secrets_named
from romashka.channels.base import Inlet
from romashka.channels.events import InboundEvent, RawMail
from romashka.channels.mail.addresses import addresses
from romashka.channels.mail.headers import take_headers
from romashka.channels.mail.mailbox import Envelope
from romashka.channels.mail.parts import BEFORE_HEADERS
from romashka.channels.mail.providers import raw_mail_of
from romashka.channels.mail.providers.generic import GenericInlet
from romashka.channels.mail.providers.mailgun import MailgunInlet
from romashka.channels.mail.providers.postmark import PostmarkInlet
from romashka.channels.mail.providers.raw import LONGEST_BODY, RawMessage
from romashka.channels.mail.providers.sendgrid import SendgridInlet
from romashka.channels.mail.providers.ses import SesInlet
from romashka.channels.mail.threads import recipients_of
from romashka.channels.mail_servers import MailAccount

# Mail that we fetched ourselves is kept under this name, so that a replay reads it the same way.
FETCHED = "imap"
HEADERS = 64 * 1024

# Each provider by its path, with the name of the secrets that open its door.
PROVIDERS: Mapping[str, tuple[str, Callable[[Sequence[str]], Inlet]]] = {
    "generic": ("webhook_secret", GenericInlet),
    "mailgun": ("mailgun_signing_key", MailgunInlet),
    "postmark": ("postmark_password", PostmarkInlet),
    "sendgrid": ("sendgrid_public_key", SendgridInlet),
    "ses": ("ses_topic_arn", SesInlet),
}


def inlets_of(
    accounts: Sequence[Account], mailboxes: Mapping[str, MailAccount]
) -> dict[str, Inlet]:
    """The doors that are configured, by the rest of their path."""
    found: dict[str, Inlet] = {FETCHED: FetchedMail()}
    for provider, (secret, build) in PROVIDERS.items():
        if secrets := secrets_named(secret, accounts):
            found[provider] = ProviderMail(provider, build(secrets), tuple(mailboxes.values()))
    return found


class ProviderMail:
    """A provider's door that knows whose mail it takes."""

    def __init__(self, provider: str, inlet: Inlet, mailboxes: Sequence[MailAccount]) -> None:
        self.longest_body = inlet.longest_body
        self._provider = provider
        self._inlet = inlet
        self._mailboxes = mailboxes

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """As the provider proves itself."""
        return self._inlet.verify(headers, body)

    def parse(self, body: bytes, kept: Mapping[str, str]) -> Sequence[InboundEvent]:
        """The provider's events, each mail under the mailbox it is for; raises ParseError."""
        return [
            RawMail(account=self._account(event, body, kept))
            if isinstance(event, RawMail)
            else event
            for event in self._inlet.parse(body, kept)
        ]

    def _account(self, event: RawMail, body: bytes, kept: Mapping[str, str]) -> str:
        if len(self._mailboxes) == 1:
            return self._mailboxes[0].address
        return account_among(self._mailboxes, [event.account]) or (
            account_among(self._mailboxes, _named_in(raw_mail_of(self._provider, body, kept)))
            or self._mailboxes[0].address
        )


class FetchedMail:
    """Mail that we fetched from a mailbox: nobody may hand any over by this name."""

    longest_body = LONGEST_BODY

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """Nothing proves such a request."""
        return None

    def parse(self, body: bytes, kept: Mapping[str, str]) -> Sequence[InboundEvent]:
        """The mail again, to be read anew."""
        return [RawMail(account=kept.get("account", ""))]


def mail_in(body: bytes, kept: Mapping[str, str]) -> RawMessage:
    """The mail in a kept request, however it came; raises ParseError for none.

    An empty sender in the envelope stands in the mail as the last server writes it (RFC 5321 4.4).
    """
    inlet = kept.get("inlet", "")
    found = RawMessage(raw=body) if inlet == FETCHED else raw_mail_of(inlet, body, kept)
    if found.sender != "":
        return found
    return replace(found, raw=b"Return-Path: <>\r\n" + found.raw.lstrip(BEFORE_HEADERS))


def account_among(mailboxes: Sequence[MailAccount], texts: Sequence[str]) -> str | None:
    """The mailbox that the first of these texts names, also with something behind a plus."""
    owners = {own: one.address for one in mailboxes for own in one.mailbox.addresses}
    named = (found.address for text in texts for found in addresses(text))
    return next((owners[one] for one in map(_without_plus, named) if one in owners), None)


def _named_in(message: RawMessage) -> list[str]:
    headers, _ = take_headers(message.raw, 0, min(len(message.raw), HEADERS))
    return recipients_of(headers, Envelope(recipients=message.recipients))


def _without_plus(address: str) -> str:
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
