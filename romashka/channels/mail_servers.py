"""One mailbox of ours: its addresses, its servers, and what it says to be let in."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit

from romashka.channels.accounts import Account
from romashka.channels.mail import Mailbox
from romashka.settings import BadSetting

Security = Literal["tls", "starttls", "plain"]

# The schemes of a server's address, each with its usual port and how the line is made safe.
SMTP: Mapping[str, tuple[int, Security]] = {"smtps": (465, "tls"), "smtp": (587, "starttls")}
IMAP: Mapping[str, tuple[int, Security]] = {"imaps": (993, "tls"), "imap": (143, "starttls")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a server is and how the line to it is made safe; `user` as its address says it."""

    host: str
    port: int
    security: Security
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAccount:
    """A mailbox and its servers; without `smtp` nothing is sent, without `imap` none is fetched."""

    mailbox: Mailbox
    name: str
    smtp: Server | None
    imap: Server | None
    user: str
    password: str = field(repr=False)
    since_days: int = 0

    @property
    def address(self) -> str:
        """The mailbox's own address: also the name of its account."""
        return self.mailbox.address


def mail_account(account: Account) -> MailAccount:
    """The mailbox of an account; raises BadSetting for addresses that make no sense."""
    options = account.options
    local, at, domain = account.account.rpartition("@")
    if not (local and at and "." in domain + "." and domain):
        raise BadSetting("EMAIL_ADDRESS must be an e-mail address")
    smtp = server_of("EMAIL_SMTP_URL", options.get("smtp_url", ""), SMTP)
    imap = server_of("EMAIL_IMAP_URL", options.get("imap_url", ""), IMAP)
    named = next((one.user for one in (imap, smtp) if one and one.user), account.account)
    return MailAccount(
        mailbox=Mailbox(
            address=account.account,
            aliases=_list(options.get("aliases", "")),
            authserv_ids=_list(options.get("authserv_ids", "")),
            token_secret=tuple(account.secrets.get("token_secret", ())),
            own_domain=domain,
        ),
        name=options.get("name", ""),
        smtp=smtp,
        imap=imap,
        user=options.get("user") or named,
        password=account.secret("password"),
        since_days=_days(options.get("since_days", "")),
    )


def server_of(setting: str, url: str, schemes: Mapping[str, tuple[int, Security]]) -> Server | None:
    """The server at an address, None for an empty one; raises BadSetting by the setting's name.

    Without TLS nothing is said to a server, but to one on this machine.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme not in schemes:
        raise BadSetting(f"{setting} must be an address such as {next(iter(schemes))}://host")
    usual, security = schemes[parts.scheme]
    is_here = host == "localhost" or _is_loopback(host)
    return Server(
        host=host,
        port=port or usual,
        security="plain" if is_here and security == "starttls" else security,
        user=unquote(parts.username or ""),
    )


def tls_context() -> ssl.SSLContext:
    """How we check servers: certificates of the machine's authorities, TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip().lower() for item in text.split(",") if item.strip())


def _days(text: str) -> int:
    return min(int(text), 3650) if text.isascii() and text.isdecimal() else 0
