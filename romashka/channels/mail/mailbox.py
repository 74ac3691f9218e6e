"""Whose mail is read: our addresses, whom we believe, and what signs our tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One inbox of ours.

    `authserv_ids` are the names under which our own servers write Authentication-Results
    (RFC 8601): nobody else's are believed. `token_secret` holds every secret whose reply tokens
    still count, the one that signs new ones first. `own_domain` stands in the Message-IDs we make.
    """

    address: str
    aliases: tuple[str, ...] = ()
    authserv_ids: tuple[str, ...] = ()
    token_secret: tuple[str, ...] = field(default=(), repr=False)
    own_domain: str = ""

    @property
    def addresses(self) -> frozenset[str]:
        """Every address of ours, in lower case."""
        return frozenset(item.strip().lower() for item in (self.address, *self.aliases))


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a server or provider knows about a mail and the mail itself does not say.

    `recipients` are the addresses it was really delivered to; `verdicts` are the provider's own
    findings under spf, dkim and dmarc, in the words of RFC 8601.
    """

    recipients: tuple[str, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
