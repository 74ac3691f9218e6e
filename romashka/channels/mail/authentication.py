"""Whether a mail comes from whom it says: what our own servers found, and nobody else's word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from romashka.channels.mail.headers import Headers
from romashka.channels.mail.mailbox import Envelope, Mailbox

_METHODS = ("dmarc", "spf", "dkim")
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(
    r"(?:^|;)\s*(dmarc|spf|dkim)(?:/\d+)?\s*=\s*([a-z]{1,20})([^;]*)", re.IGNORECASE
)
_DOMAIN = re.compile(
    r"\b(?:header\.(?:d|i|from)|smtp\.(?:mailfrom|mail|helo))\s*=\s*\"?(?:[^\s;@\"]*@)?([^\s;\"]+)",
    re.IGNORECASE,
)


def authentication_of(
    headers: Headers, mailbox: Mailbox, envelope: Envelope, sender: str | None
) -> dict[str, Any]:
    """The findings under dmarc, spf and dkim, and `trusted`: whether they prove the sender.

    Only the top-most Authentication-Results (RFC 8601) with a name of ours counts: the sender
    writes whatever they like below it. A provider's verdicts come before it. DMARC's pass is
    trust; without a DMARC finding a pass for the sender's own domain is.
    """
    found = _top_most(headers, mailbox)
    results = {name: _first_word(found, name) for name in _METHODS}
    results |= {name: envelope.verdicts[name] for name in _METHODS if name in envelope.verdicts}
    return {**results, "trusted": _is_trusted(results, found, sender)}


def is_forged(authentication: Mapping[str, Any]) -> bool:
    """Whether the sender's domain disowns the mail: then a token proves nothing."""
    return authentication.get("dmarc") == "fail"


def _top_most(headers: Headers, mailbox: Mailbox) -> list[tuple[str, str, str]]:
    names = {name.lower() for name in mailbox.authserv_ids}
    for text in headers.all_plain("authentication-results"):
        bare = _COMMENT.sub(" ", text)
        server, _, rest = bare.partition(";")
        if server.strip().split(" ")[0].lower() in names:
            return [(m[1].lower(), m[2].lower(), m[3]) for m in _RESULT.finditer(";" + rest)]
    return []


def _first_word(found: list[tuple[str, str, str]], name: str) -> str | None:
    """The method's finding; of several (a mail may have many signatures) a pass before others."""
    words = [word for method, word, _ in found if method == name]
    return "pass" if "pass" in words else next(iter(words), None)


def _is_trusted(
    results: Mapping[str, str | None], found: list[tuple[str, str, str]], sender: str | None
) -> bool:
    if results["dmarc"] is not None and results["dmarc"] != "none":
        return results["dmarc"] == "pass"
    domain = (sender or "").rpartition("@")[2]
    return bool(domain) and any(
        word == "pass" and method != "dmarc" and _aligned(rest, domain)
        for method, word, rest in found
    )


def _aligned(rest: str, domain: str) -> bool:
    """Whether a result speaks of the sender's domain or of one above or below it."""
    for match in _DOMAIN.finditer(rest[:2000]):
        other = match[1].lower().rstrip(".")
        if "." in other and (domain == other or domain.endswith("." + other)):
            return True
    return False
