"""Which numbers are what they look like: cards (Luhn), accounts (IBAN), identity numbers."""

from __future__ import annotations

import re

# ISO/IEC 7812: the first digits of the large brands and the lengths of their numbers.
BRANDS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|2(?:2[2-9]|[3-6]|7[01]|720)"), (16,)),
    (re.compile(r"220[0-4]|9792|35(?:2[89]|[3-8])"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"3(?:0[0-5]|[689])"), (14, 16)),
    (re.compile(r"6(?:011|4[4-9]|5|2)"), (16, 17, 18, 19)),
    (re.compile(r"50[0-9]{2}|5[678]|6[0379]"), (16, 18, 19)),
)
# The registry of ISO 13616: how long an account number of a country is.
IBAN_LENGTHS = {
    code: int(length)
    for length, codes in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL SD", "19": "MK SI", "20": "AT BA EE KZ LT LU",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS", "23": "AE GI IL IQ OM TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR",
        "27": "BI DJ FR GR IT MC MR SM", "28": "AL AZ BY CY DO GT HU LB NI PL SV",
        "29": "BR EG PS QA UA", "30": "JO KW MU", "31": "MT SC", "32": "LC", "33": "RU",
    }.items()
    for code in codes.split()
}  # fmt: skip
SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
CHINESE_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def is_card(digits: str) -> bool:
    """Whether ASCII digits are the number of a payment card."""
    of_a_brand = any(len(digits) in lengths and prefix.match(digits) for prefix, lengths in BRANDS)
    return of_a_brand and _luhn(digits)


def is_iban(text: str) -> bool:
    """Whether letters and digits without spaces are an account number (ISO 13616, mod 97)."""
    text = text.upper()
    if IBAN_LENGTHS.get(text[:2]) != len(text) or not text.isascii():
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def is_spanish_id(text: str) -> bool:
    """Whether eight digits (or X, Y, Z and seven) and a letter are a DNI or NIE."""
    text = text.upper()
    digits = text[:-1].translate(str.maketrans("XYZ", "012"))
    return digits.isdecimal() and SPANISH_LETTERS[int(digits) % 23] == text[-1]


def is_chinese_id(text: str) -> bool:
    """Whether 17 digits and a check sign are a resident's number (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(text, CHINESE_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == text[-1].upper()


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
