"""Links of a text, however they are written: what opens a site when it is tapped or typed.

A host without scheme and path is one where its ending is among those that are sold: "evil.zip" is a
link, "EE.UU." and "invoice.pdf" are none. A name after an @ is an account, which apps open.
"""

# Letters of all scripts stand here on purpose.
from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

SCHEMES = (
    r"(?:https?|ftp|file|javascript|data|vbscript|tel|mailto|sms|intent|wa|tg|skype|facetime|viber|"
    r"callto|sips?|xmpp|geo|blob|magnet|bitcoin|ethereum|otpauth|weixin)"
)
ENDING = r"(?:xn--[\w-]{1,59}|[^\W\d_]{2,63}+)"
PATH = r"(?:[/?\#:][^\s<>\"')\]]*+)?"
# Emoji are letters of hosts: "i\u2764.ws" is sold.
LABEL = r"[\w\u2190-\u2bff\ufe0f\U0001f000-\U0001faff-]{1,63}+"
LINK = re.compile(
    rf"(?:{SCHEMES}:(?://)?|\b[a-z][a-z0-9+-]{{1,30}}+://)[^\s<>\"')\]]++"
    rf"|(?<![\w-])www\.[^\s<>\"')\]]++"
    rf"|(?<![\w-])(?P<host>(?:{LABEL}\.){{1,20}}{ENDING})(?![\w-])(?P<path>{PATH})"
    rf"|(?<![\w.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\w.-]*\w){PATH}",
    re.IGNORECASE,
)
ACCOUNT = re.compile(r"(?<![\w@/])@[a-z0-9_][\w.]{1,62}\b", re.IGNORECASE)
# "shop[.]example", "shop (dot) example", "shop-dot-com", "shop . com", "shop\u3002com".
# Said in words it may be a point of another kind: what usually follows that is no ending; a dot in
# the middle is one of grammar in French.
DOT = r"\.|dot|punkt|punto|point|ponto|kropka|точка|nokta|نقطة|点"
HIDDEN_DOT = re.compile(
    rf"\s?[\[({{]\s?(?:{DOT})\s?[\])}}]\s?"
    r"|(?<=\w)(?:\s?[-_,*\"\u201c\u201d]|\s)dot(?:[-_,*\"\u201c\u201d]\s?|\s)(?!(?:is|in|to|at|be|no|me|my|so|as|by|on|it|am)\b)(?=\w)"
    r"|(?<=\w)\spoint\s(?!(?:de|la|et|to|in|is|be|at|so|no|ne|se|my|me|it|by|as)\b)(?=\w)"
    r"|(?<=\w)\s(?:punto|ponto)\s(?!(?:de|se|la|no|si|do|em|da|na|as)\b)(?=\w)"
    r"|(?<=\w)\s(?:punkt|kropka)\s(?!(?:in|am|im|so|es|do|na|za|to)\b)(?=\w)"
    r"|(?<=\w)\s(?:точка|nokta|نقطة|点)\s(?=\w)"
    r"|(?<=[a-z0-9])\u3002(?=[a-z0-9])|(?<=[a-z0-9])(?-i:DOT)(?=[a-z])"
    r"|(?<=\w)\s?[\u2022\u2027\u2219\u22c5]\s?(?=\w)|(?<=\w)\u00b7(?!(?:e|s|es)\b)(?=\w)"
    r"|(?<=\w)\s\.\s?(?=\w)|(?<=\bwww)\s(?=\w)",
    re.IGNORECASE,
)
HIDDEN_SCHEME = re.compile(r"(?<=\w)\s?:\s?/\s?/\s?(?=\w)")
# RFC 2606 and the like: nobody can buy them.
RESERVED = frozenset({"example", "test", "invalid", "localhost", "local", "internal", "onion"})


def links(text: str) -> set[str]:
    """The links of a text (NFKC) as they can be compared: host, path and query."""
    found = LINK.finditer(HIDDEN_DOT.sub(".", HIDDEN_SCHEME.sub("://", text)))
    return {link for one in found if (link := _link_of(one))}


def accounts(text: str) -> set[str]:
    """The accounts of a text without mails that are named by an @, as apps for messages open."""
    return {found[0].casefold() for found in ACCOUNT.finditer(text)}


def without_links(text: str) -> str:
    """The text without them: their digits are no prices."""
    return LINK.sub(lambda found: " " if _link_of(found) else found[0], text)


def _link_of(found: re.Match[str]) -> str | None:
    if found["host"] is None:
        return _compared(found[0])
    if found["path"].startswith(("/", "?", "#")) and _is_sold(found["host"]):
        return _compared(found[0])
    # What follows without a blank may be the next sentence: "evil.com.Now".
    labels = found["host"].split(".")
    hosts = (".".join(labels[:count]) for count in range(len(labels), 1, -1))
    host = next((host for host in hosts if _is_sold(host) and not _is_short(host)), None)
    return host and _compared(found[0] if host == found["host"] else host)


def _is_short(host: str) -> bool:
    """Whether all before its ending is a letter or two letters apart: "m.in.", "p.es."."""
    return all(len(label) == 1 and label.isalnum() for label in host.split(".")[:-1])


@lru_cache(maxsize=2048)
def _is_sold(host: str) -> bool:
    host = host.casefold()
    ending = host.rpartition(".")[2]
    return ending in RESERVED or _endings().publicsuffix(host) is not None


@lru_cache(maxsize=1)
def _endings() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def _compared(text: str) -> str:
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
