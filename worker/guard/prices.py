"""Prices and shares of a text, in figures and in words of twelve languages."""

# ruff: noqa: RUF001
# Letters of all scripts stand here on purpose.
from __future__ import annotations

import re
from collections.abc import Iterator

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
_ANY = r"[^\W\d_]{1,24}"
NUMERAL = "|".join(
    (
        rf"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|{_ANY}teen|twenty|thirty|"
        r"forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand",
        rf"(?:{_ANY})?(?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zig|ßig|hundert|"
        r"tausend)|ein|einen|einem",
        r"uno?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|"
        rf"(?:dieci|veint){_ANY}|{_ANY}enta|cien|ciento|{_ANY}ientos|mil",
        r"deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|treize|quatorze|seize|vingts?|"
        rf"{_ANY}ante|mille",
        rf"due|tre|quattro|cinque|sei|sette|otto|nove|dieci|{_ANY}dici|vent{_ANY}|{_ANY}anta|"
        rf"(?:{_ANY})?cento|{_ANY}mila",
        r"um|dois|duas|três|quatro|sete|oito|dez|doze|treze|vinte|cem|"
        rf"dez(?:ess|o|en){_ANY}|{_ANY}entos",
        rf"een|één|twee|vijf|zes|zeven|negen|tien|twaalf|{_ANY}tien|{_ANY}tig|(?:{_ANY})?honderd|"
        r"duizend",
        r"jeden|dwa|trzy|cztery|pięć|sześć|siedem|osiem|dziewięć|dziesięć|sto|dwieście|tysiąc|"
        rf"{_ANY}(?:naście|dzieścia|dzieści|dziesiąt|sta|set)",
        r"один|два|три|четыре|пять|шесть|семь|восемь|девять|десять|сорок|девяносто|сто|двести|"
        rf"тысяч[аи]?|{_ANY}(?:надцать|дцать|десят|ста|сот)",
        r"bir|iki|üç|dört|beş|altı|yedi|sekiz|dokuz|on|yirmi|otuz|kırk|elli|altmış|yetmiş|seksen|"
        r"doksan|yüz|bin",
        r"واحد|ثلاثة|أربعة|خمسة|ستة|سبعة|ثمانية|تسعة|عشرة|"
        r"عشر[وي]ن|ثلاث[وي]ن|أربع[وي]ن|خمس[وي]ن|ست[وي]ن|سبع[وي]ن|ثمان[وي]ن|تسع[وي]ن|مئة|مائة|ألف",
    )
)
AND = r"(?:and|y|et|e|i|en|и|ve|و)"
UNIT = re.compile(rf"(?:(?P<money>{MONEY})|{SHARE})(?![^\W\d_])", re.IGNORECASE)
# Looked for before each unit alone: to try every word of a text takes many times as long.
BEFORE = 80
SPELLED = re.compile(
    rf"(?<![^\W\d_])(?:(?:{NUMERAL})[\s-](?:{AND}\s)?){{0,4}}(?:{NUMERAL})(?=[\s-]\Z)"
    r"|[一二三四五六七八九十百千万两零]{1,12}\Z",
    re.IGNORECASE,
)


def prices(text: str) -> set[str]:
    """The prices and shares of a text: `money 1299`, `share 5`, `money forty`.

    By what they mean: `1.299,00 €` is `EUR 1299`. A number in words is none in figures.
    """
    written = {_price(found) for found in PRICE.finditer(text)}
    return written | set(_spelled(without_prices(text)))


def without_prices(text: str) -> str:
    """The text without those in figures: what is left may be a telephone number."""
    return PRICE.sub(" ", text)


def digits(text: str) -> str:
    """The digits of a text in our own form, whatever script they are in."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def _price(found: re.Match[str]) -> str:
    amount = found["first"] or found["second"] or found["third"]
    kind = "money" if found["before"] or found["after"] else "share"
    return f"{kind} {_number(amount)}"


def _spelled(text: str) -> Iterator[str]:
    for unit in UNIT.finditer(text):
        # "一块" is a piece more often than a price.
        before = text[max(0, unit.start() - BEFORE) : unit.start()]
        if unit[0] != "块" and (found := SPELLED.search(before)):
            words = " ".join(re.findall(r"\w+", found[0].casefold()))
            yield f"{'money' if unit['money'] else 'share'} {words}"


def _number(text: str) -> str:
    """`1.299,00`, `1 299` and `1299.0` are one number."""
    cents = re.search(r"[.,](\d{1,2})$", text)
    whole = digits(text[: cents.start()] if cents else text).lstrip("0") or "0"
    part = digits(cents[1]).rstrip("0") if cents else ""
    return f"{whole}.{part}" if part else whole
