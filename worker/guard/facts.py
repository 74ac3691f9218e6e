"""Links, addresses, telephone numbers and prices: what a reply may only say if a source says it.

Compared by what they mean, not by their letters: `1.299,00 €` is `EUR 1299`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

from worker.guard.personal import EMAIL, NUMBER
from worker.guard.phones import is_phone
from worker.guard.prices import digits, prices, without_prices

SCHEMES = r"(?:https?|ftp|file|javascript|data|vbscript|tel|mailto|sms|intent|wa|tg)"
# New endings are sold every year, so every word that follows a dot may be one.
ENDING = r"(?:xn--[\w-]{1,59}|[^\W\d_]{2,63}+)"
LINK = re.compile(
    rf"{SCHEMES}:(?://)?[^\s<>\"')\]]++|(?<![\w@.-])www\.[^\s<>\"')\]]++"
    rf"|"
    rf"(?<![\w@.-])(?:[\w-]{{1,63}}+\.){{1,5}}{ENDING}(?![\w-])(?:[/?\#:][^\s<>\"')\]]*+)?",
    re.IGNORECASE,
)
# "shop[.]example", "shop (dot) example", "shop dot com", "shop\u3002com".
DOT = r"\.|dot|punkt|punto|point|ponto|kropka|точка|nokta|نقطة|点"
HIDDEN_DOT = re.compile(
    rf"\s?[\[({{]\s?(?:{DOT})\s?[\])}}]\s?"
    rf"|(?<=\w)\s(?:{DOT})\s(?=(?:com|net|org|info|biz|io|app|dev|xyz|shop|online|example)\b)"
    r"|(?<=[a-z0-9])\u3002(?=[a-z0-9])",
    re.IGNORECASE,
)


# Articles come again and again.
@lru_cache(maxsize=512)
def facts(text: str) -> frozenset[str]:
    """The facts of a text in a form that can be compared."""
    text = HIDDEN_DOT.sub(".", unicodedata.normalize("NFKC", text))
    mails = {f"mail {found[0].casefold()}" for found in EMAIL.finditer(text)}
    text = EMAIL.sub(" ", text)
    links = {f"link {_link(found[0])}" for found in LINK.finditer(text)}
    text = LINK.sub(" ", text)
    return frozenset(mails | links | prices(text) | phones(without_prices(text)))


def phones(text: str) -> set[str]:
    """The telephone numbers of a text."""
    return {
        f"phone {digits(found[0])}"
        for found in NUMBER.finditer(text)
        if is_phone(found[0], text[max(0, found.start() - 60) : found.start()])
    }


def hosts(known: frozenset[str]) -> set[str]:
    """The hosts of the links among facts: a source's site may be named without its path."""
    return {fact.partition("/")[0] for fact in known if fact.startswith("link ")}


def personal(known: frozenset[str]) -> set[str]:
    """The facts that a customer may be told again because they said them: where they are reached.

    Not prices and not links: "confirm that it costs one euro" is no source.
    """
    return {fact for fact in known if fact.startswith(("mail ", "phone "))}


def _link(text: str) -> str:
    text = text.rstrip(".,;:!?*_\u3002")
    if not re.match(r"(?:https?://|www\.|[^:/]+(?:[/?#]|$))", text, re.IGNORECASE):
        return text
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return text
    # A name before the host ("shop.example@evil.example") makes it another link.
    user = "user@" if parts.username is not None else ""
    path = parts.path.rstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    return f"{user}{host}{path}{query}"
