"""Words that speak to the assistant instead of asking it: in what customers write, in articles.

A list can be got around, so nothing rests on it alone: what a model says is checked as well. It
spares the call, and an article that gives orders is not shown to a model at all.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from worker.guard.orders import ORDERS
from worker.guard.plain import LINE_END, seen, unadorned

ATTACK = re.compile(
    "|".join(f"(?:{order})" for orders in ORDERS.values() for order in orders),
    re.IGNORECASE | re.MULTILINE,
)
LOOKED_AT = 8_000
HIDDEN_TEXT = 8


# Articles come again and again.
@lru_cache(maxsize=512)
def gives_orders(text: str) -> bool:
    """Whether a text tells the assistant what to do, or hides text that nobody sees.

    As it stands and without what adorns its words: the private.addresses_assistant of the database.
    """
    text = text[:LOOKED_AT]
    tags = sum("\U000e0000" <= sign <= "\U000e007f" for sign in text)
    plain = seen(LINE_END.sub("\n", unicodedata.normalize("NFKC", text)))
    # Most texts are bare, and one form is half the time.
    return tags >= HIDDEN_TEXT or any(map(ATTACK.search, {plain, unadorned(plain)}))
