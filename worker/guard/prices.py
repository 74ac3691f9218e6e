"""Prices and shares of a text, in figures and in words of twelve languages."""

# ruff: noqa: RUF001
# Letters of all scripts stand here on purpose.
from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

AMOUNT = r"\d{1,12}(?:[.,'\u00a0 ]\d{3}){0,3}(?:[.,]\d{1,2})?"
MONEY = (
    r"[€$£¥₽₺₴₹]|zł|kč|eur(?:os?|o)?|usd|gbp|chf|(?-i:TRY)|pln|rub|cny|rmb|sar|aed|egp|us-?dollars?|"
    r"dollars?|dólar(?:es)?|dolar(?:ów|y)?|bucks|pounds?|cents?|frank(?:en)?|francs?|pesos?|reais|"
    r"złot(?:y|ych|e)|руб(?:л\w{1,3}|\.)?|евро|доллар\w{0,3}|lira|tl|يورو|دولار\w{0,3}|ريال|درهم|"
    r"جنيه|元|块钱|块|美元|欧元|人民币"
)
SHARE = (
    r"[%٪\uff05]|per\s?cent|prozent|por ?ciento|pour ?cent|per ?cento|por cento|procent|"
    r"процент\w{0,2}|بالمئة|بالمائة|折"
)
# Signs end a unit whatever follows, and so do those of Chinese, which parts no words.
UNIT_END = r"(?:(?<=[元块钱币折€$£¥₽₺₴₹%٪\uff05])|(?![^\W\d_]))"
PRICE = re.compile(
    rf"(?:(?P<before>{MONEY})\s?(?P<first>{AMOUNT}))"
    rf"|(?P<second>{AMOUNT})\s?(?:(?P<after>{MONEY})|(?P<share>{SHARE})){UNIT_END}"
    rf"|(?:yüzde|%|بالمئة|百分之)\s?(?P<third>{AMOUNT})",
    re.IGNORECASE,
)
_ANY = r"[^\W\d_]{1,24}"
NUMERAL = "|".join(
    (
        rf"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|{_ANY}teen|twenty|thirty|"
        r"forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million",
        rf"(?:{_ANY})?(?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zig|ßig|hundert|"
        r"tausend)|ein|einen|einem|millionen?",
        r"uno?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|"
        rf"(?:dieci|veint){_ANY}|{_ANY}enta|cien|ciento|{_ANY}ientos|mil|millón|millones",
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
        r"doksan|yüz|bin|milyon",
        r"واحد|ثلاثة|أربعة|خمسة|ستة|سبعة|ثمانية|تسعة|عشرة|"
        r"عشر[وي]ن|ثلاث[وي]ن|أربع[وي]ن|خمس[وي]ن|ست[وي]ن|سبع[وي]ن|ثمان[وي]ن|تسع[وي]ن|مئة|مائة|ألف",
    )
)
NUMERALS = re.compile(NUMERAL, re.IGNORECASE)
AND = frozenset({"and", "y", "et", "e", "i", "en", "и", "ve", "و"})
UNIT = re.compile(rf"(?:(?P<money>{MONEY})|{SHARE}){UNIT_END}", re.IGNORECASE)
# "$ five", "yüzde elli", "百分之五十".
CHINESE = "[一二三四五六七八九十百千万两零]"
UNIT_FIRST = re.compile(
    rf"(?:(?P<money>[€$£])\s?|yüzde\s)(?P<word>[^\W\d_]{{1,30}})|百分之(?P<share>{CHINESE}{{1,12}})",
    re.IGNORECASE,
)
# The words of a number that stand before its unit: "one hundred and forty", "quatre-vingt-dix".
MOST_WORDS, LONGEST_WORD = 8, 40
WORD = re.compile(r"[^\W\d_]+")
CHINESE_BEFORE = re.compile(rf"{CHINESE}{{1,12}}\Z")


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
    """Looked for before each unit alone: to try every word of a text takes many times as long."""
    for unit in UNIT.finditer(text):
        if words := _number_before(text, unit.start()):
            yield f"{'money' if unit['money'] else 'share'} {words}"
    for first in UNIT_FIRST.finditer(text):
        if first["share"] or _is_numeral(first["word"].casefold()):
            kind = "money" if first["money"] else "share"
            yield f"{kind} {(first['share'] or first['word']).casefold()}"


def _number_before(text: str, end: int) -> str:
    """The number in words that ends at a place, empty where there is none."""
    if found := CHINESE_BEFORE.search(text, max(0, end - 12), end):
        # "一块" is a piece more often than a price.
        is_piece = text.startswith("块", end) and not text.startswith("块钱", end)
        return "" if is_piece and len(found[0]) == 1 else found[0]
    if not text[max(0, end - 2) : end].rstrip(" -\n")[-1:].isalpha():
        return ""
    said = WORD.findall(text, max(0, end - MOST_WORDS * LONGEST_WORD), end)[-MOST_WORDS:]
    words: list[str] = []
    for word in map(str.casefold, reversed(said)):
        if not (_is_numeral(word) or (words and word in AND)):
            break
        words.insert(0, word)
    while words and words[0] in AND:
        words.pop(0)
    return " ".join(words)


@lru_cache(maxsize=4096)
def _is_numeral(word: str) -> bool:
    return NUMERALS.fullmatch(word) is not None


def _number(text: str) -> str:
    """`1.299,00`, `1 299` and `1299.0` are one number."""
    cents = re.search(r"[.,](\d{1,2})$", text)
    whole = digits(text[: cents.start()] if cents else text).lstrip("0") or "0"
    part = digits(cents[1]).rstrip("0") if cents else ""
    return f"{whole}.{part}" if part else whole
