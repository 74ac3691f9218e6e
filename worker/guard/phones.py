"""Which numbers are telephone numbers, and which may as well be an order's.

A number without a country's prefix, a usual grouping or a word before it that says what it is
cannot be told from an order number; it stays, as the customer may ask about it.
"""

from __future__ import annotations

import re

from worker.guard.words import ORDER_WORDS, PHONE_WORDS

FEWEST, MOST = 8, 15
# National forms; digits are ASCII here. Grouped ones are written as people write them.
FORMS = tuple(
    re.compile(form)
    for form in (
        r"\(0?\d{2,5}\)[ -]?\d{2,5}(?:[ -]?\d{2,5}){1,3}",
        r"\d{3}[-. ]\d{3}[-. ]\d{4}",
        r"[1-9]\d{2} \d{3} \d{3}",
        r"[36789]\d{2} \d{2} \d{2} \d{2}",
        r"8[ -]?\(?9\d{2}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}",
        r"1[3-9]\d[ -]?\d{4}[ -]?\d{4}",
        r"0[1-9]\d{7,10}",
        r"0[1-9](?:[ ./-]?\d){7,11}",
        r"1[-. ]?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}",
    )
)


def is_phone(number: str, before: str) -> bool:
    """Whether digits with their separators are a telephone number, by the text before them."""
    text = "".join(str(int(sign)) if sign.isdigit() else sign for sign in number)
    text = text.replace("\u00a0", " ").replace("\u2013", "-").strip()
    digits = re.sub(r"\D", "", text)
    if not FEWEST - 1 <= len(digits) <= MOST:
        return False
    if text.startswith(("+", "(+")):
        return len(digits) >= FEWEST
    phone, order = PHONE_WORDS.search(before), ORDER_WORDS.search(before)
    if phone or order:
        # The word that is nearer to the number says what it is.
        return (phone.start() if phone else -1) > (order.start() if order else -1)
    if text.startswith("00") and re.match(r"00[1-9]", text) and len(digits) >= FEWEST + 2:
        return True
    return any(form.fullmatch(text) for form in FORMS)
