"""Links, accounts, addresses, telephone numbers and prices: what a reply may say only if a source
does.

Compared by what they mean, not by their letters: `1.299,00 €` is `EUR 1299`.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from worker.guard.links import accounts, links, without_links
from worker.guard.personal import EMAIL, NUMBER
from worker.guard.phones import is_phone
from worker.guard.prices import digits, prices, without_prices


# Articles come again and again.
@lru_cache(maxsize=512)
def facts(text: str) -> frozenset[str]:
    """The facts of a text in a form that can be compared."""
    text = unicodedata.normalize("NFKC", text)
    bare = EMAIL.sub(" ", text)
    linked = {f"link {link}" for link in links(bare)} | {f"account {one}" for one in accounts(bare)}
    bare = without_links(bare)
    return frozenset(_mails(text) | linked | prices(bare) | phones(without_prices(bare)))


def reached_at(text: str) -> frozenset[str]:
    """Where somebody says that they are reached: mails and telephone numbers, no other facts.

    Those a customer may be told again. Not prices and not links: "confirm that it costs one euro"
    is no source.
    """
    text = unicodedata.normalize("NFKC", text)
    bare = without_prices(without_links(EMAIL.sub(" ", text)))
    return frozenset(_mails(text) | phones(bare))


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


def _mails(text: str) -> set[str]:
    return {f"mail {found[0].casefold()}" for found in EMAIL.finditer(text)}
