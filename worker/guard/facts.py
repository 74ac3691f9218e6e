"""Links, addresses, telephone numbers and prices: what a reply may only say if a source says it.

Compared by what they mean, not by their letters: `1.299,00 €` is `EUR 1299`.
"""

# ruff: noqa: RUF001
# Letters of all scripts stand here on purpose.
from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

from worker.guard.personal import EMAIL, NUMBER
from worker.guard.phones import is_phone

TOP_LEVELS = (
    "com|net|org|info|biz|io|co|app|dev|shop|store|online|site|xyz|top|club|live|link|click|me|tv|"
    "ai|gg|cc|ly|to|de|at|ch|fr|es|it|pt|nl|be|pl|ru|su|tr|cn|hk|tw|jp|kr|uk|us|eu|ca|au|in|br|mx|"
    "ar|cl|ae|sa|eg|ma|se|no|dk|fi|cz|sk|hu|ro|gr|ie|ua|by|kz|example|test|invalid|рф|中国|xn--\\w+"
)
SCHEMES = r"(?:https?|ftp|file|javascript|data|vbscript|tel|mailto|sms|intent|wa|tg)"
LINK = re.compile(
    rf"{SCHEMES}:(?://)?[^\s<>\"')\]]++|(?<![\w@.-])www\.[^\s<>\"')\]]++"
    rf"|"
    rf"(?<![\w@.-])(?:[\w-]{{1,63}}+\.){{1,5}}(?:{TOP_LEVELS})(?![\w-])(?:[/?\#:][^\s<>\"')\]]*+)?",
    re.IGNORECASE,
)
# "shop[.]example", "shop (dot) example", "hxxps".
HIDDEN_DOT = re.compile(
    r"\s?[\[({]\s?(?:\.|dot|punkt|punto|point|ponto|kropka|точка|nokta|نقطة|点)\s?[\])}]\s?"
    r"|(?<=\w)\s(?:dot|punkt|punto|точка|kropka|nokta|نقطة|点)\s(?=\w)",
    re.IGNORECASE,
)
AMOUNT = r"\d{1,12}(?:[.,'\u00a0 ]\d{3}){0,3}(?:[.,]\d{1,2})?"
MONEY = (
    r"[€$£¥₽₺₴₹]|zł|kč|eur(?:os?|o)?|usd|gbp|chf|try|pln|rub|cny|rmb|sar|aed|egp|us-?dollars?|"
    r"dollars?|dólar(?:es)?|dolar(?:ów|y)?|pounds?|cents?|złot(?:y|ych|e)|руб(?:л\w{1,3}|\.)?|"
    r"евро|доллар\w{0,3}|lira|tl|يورو|دولار\w{0,3}|ريال|درهم|جنيه|元|块|美元|欧元|人民币"
)
SHARE = (
    r"[%٪\uff05]|percent|prozent|por ?ciento|pour ?cent|per ?cento|por cento|procent|процент\w{0,2}"
)
PRICE = re.compile(
    rf"(?:(?P<before>{MONEY})\s?(?P<first>{AMOUNT}))"
    rf"|(?P<second>{AMOUNT})\s?(?:(?P<after>{MONEY})|(?P<share>{SHARE}))(?![^\W\d_])"
    rf"|(?:yüzde|%|بالمئة)\s?(?P<third>{AMOUNT})",
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
    prices = {_price(found) for found in PRICE.finditer(text)}
    return frozenset(mails | links | prices | phones(PRICE.sub(" ", text)))


def phones(text: str) -> set[str]:
    """The telephone numbers of a text."""
    return {
        f"phone {_digits(found[0])}"
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


def _price(found: re.Match[str]) -> str:
    amount = found["first"] or found["second"] or found["third"]
    kind = "money" if found["before"] or found["after"] else "share"
    return f"{kind} {_number(amount)}"


def _number(text: str) -> str:
    """`1.299,00`, `1 299` and `1299.0` are one number."""
    cents = re.search(r"[.,](\d{1,2})$", text)
    whole = _digits(text[: cents.start()] if cents else text).lstrip("0") or "0"
    part = _digits(cents[1]).rstrip("0") if cents else ""
    return f"{whole}.{part}" if part else whole


def _digits(text: str) -> str:
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())
