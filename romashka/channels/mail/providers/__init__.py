"""Mail that providers hand over by webhook: who signs what, and the mail inside a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from romashka.channels.mail.providers import generic, mailgun, postmark, sendgrid, ses
from romashka.channels.mail.providers.raw import RawMessage

_READERS: Mapping[str, Callable[[bytes, Mapping[str, str]], RawMessage]] = {
    "generic": generic.raw_mail,
    "mailgun": mailgun.raw_mail,
    "postmark": postmark.raw_mail,
    "sendgrid": sendgrid.raw_mail,
    "ses": ses.raw_mail,
}
PROVIDERS = tuple(_READERS)


def raw_mail_of(provider: str, body: bytes, kept: Mapping[str, str]) -> RawMessage:
    """The mail (RFC 5322) in a request of that provider, `kept` being what its inlet kept.

    What comes as parsed fields is put together again. Raises ParseError when there is no mail in
    it, KeyError for a provider that is not known.
    """
    return _READERS[provider](body, kept)


__all__ = ["PROVIDERS", "RawMessage", "raw_mail_of"]
