"""Links of a text, however they are written: what opens a site when it is tapped or typed.

A host without scheme and path is one where its ending is among those that are sold: "evil.zip" is a
link, "EE.UU." and "invoice.pdf" are none.
"""

# Letters of all scripts stand here on purpose.
from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

SCHEMES = r"(?:https?|ftp|file|javascript|data|vbscript|tel|mailto|sms|intent|wa|tg)"
ENDING = r"(?:xn--[\w-]{1,59}|[^\W\d_]{2,63}+)"
PATH = r"(?:[/?\#:][^\s<>\"')\]]*+)?"
LINK = re.compile(
    rf"{SCHEMES}:(?://)?[^\s<>\"')\]]++|(?<![\w@.-])www\.[^\s<>\"')\]]++"
    rf"|(?<![\w@.-])(?P<host>(?:[\w-]{{1,63}}+\.){{1,5}}{ENDING})(?![\w-])(?P<path>{PATH})",
    re.IGNORECASE,
)
# "shop[.]example", "shop (dot) example", "shop dot com", "shop\u3002com". Said in words it may be a
# point of another kind: what usually follows that is no ending.
DOT = r"\.|dot|punkt|punto|point|ponto|kropka|точка|nokta|نقطة|点"
HIDDEN_DOT = re.compile(
    rf"\s?[\[({{]\s?(?:{DOT})\s?[\])}}]\s?"
    r"|(?<=\w)\sdot\s(?!(?:is|in|to|at|be|no|me|my|so|as|by|on|it|am)\b)(?=\w)"
    r"|(?<=\w)\spoint\s(?!(?:de|la|et|to|in|is|be|at|so|no|ne|se|my|me|it|by|as)\b)(?=\w)"
    r"|(?<=\w)\s(?:punto|ponto)\s(?!(?:de|se|la|no|si|do|em|da|na|as)\b)(?=\w)"
    r"|(?<=\w)\s(?:punkt|kropka)\s(?!(?:in|am|im|so|es|do|na|za|to)\b)(?=\w)"
    r"|(?<=\w)\s(?:точка|nokta|نقطة|点)\s(?=\w)"
    r"|(?<=[a-z0-9])\u3002(?=[a-z0-9])",
    re.IGNORECASE,
)
# RFC 2606: nobody can buy them.
RESERVED = frozenset({"example", "test", "invalid", "localhost"})


def links(text: str) -> set[str]:
    """The links of a text (NFKC) as they can be compared: host, path and query."""
    found = LINK.finditer(HIDDEN_DOT.sub(".", text))
    return {link for one in found if (link := _link_of(one))}


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
    return all(len(label) == 1 for label in host.split(".")[:-1])


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
