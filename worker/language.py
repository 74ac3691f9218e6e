"""Which language a customer writes in: by script, else by letters, else by what is known of them.

A few words alone say little ("ok", "pizza?"), so they change nothing: the conversation's language
stays until a sentence says otherwise. The model of py3langid holds about 75 MB and takes a second
to load; `load` does so before the first turn, and nothing else in the house needs it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from romashka.settings import BadSetting
from worker.turn import Turn

if TYPE_CHECKING:
    from py3langid.langid import (  # type: ignore[import-untyped]  # it ships no types
        LanguageIdentifier,
    )

# Words and sure enough (shares measured in tests/worker/test_language.py).
FEWEST_WORDS = 3
SURE = 0.8
SURE_TO_SWITCH = 0.9
# A text is foreign when its expected language is less probable than this.
FOREIGN_BELOW = 0.2
# Less than this is no knowledge of a language (private.note_findings keeps none below it either).
POOR = 0.5
SHORTEST_REPLY = 12
LONGEST_TEXT = 2000
NO_LANGUAGE = re.compile(r"https?://\S+|\S+@\S+|[\d_]+")
WORDS = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")

# Scripts by the beginning of their letters' Unicode names, and the languages written in them. One
# that stands alone is certain even if it was not configured. Japanese mixes kana with Han.
SCRIPTS = {
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "CJK": ("zh", "ja"),
    "ARABIC": ("ar", "fa", "ur", "ps", "ckb"),
    "CYRILLIC": ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn"),
    "GREEK": ("el",),
    "THAI": ("th",),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "HEBREW": ("he",),
}
# A sign of these stands for about as much as three letters.
DENSE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL"})
DENSITY = 3
# Names of products are Latin everywhere: so little of a script still makes the text its own.
SCRIPT_SHARE = 0.1
MAIN_SHARE = 0.5

# The language of most people behind a telephone's country code; where several share it, none.
CALLING_CODES = {
    "en": "1 44 61 64 353",
    "es": "34 51 52 53 54 56 57 58 502 503 504 505 506 507 591 593 595 598",
    "fr": "33 377",
    "de": "49 43 423",
    "it": "39 378",
    "pt": "351 55 244 258",
    "nl": "31",
    "pl": "48",
    "ru": "7",
    "tr": "90",
    "ar": "20 212 213 216 218 249 961 962 963 964 965 966 967 968 970 971 973 974",
    "zh": "86 852 853 886",
}
BY_CODE = {code: name for name, codes in CALLING_CODES.items() for code in codes.split()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A language and how probable it is; `is_firm` where there was enough text to tell."""

    language: str
    probability: float
    is_firm: bool


def load(languages: tuple[str, ...]) -> None:
    """Reads the model into memory, about a second; raises BadSetting for an unknown language."""
    try:
        _identifier(languages)
    except ValueError as error:
        raise BadSetting(f"AI_LANGUAGES: {error}") from None


def identify(text: str, languages: tuple[str, ...]) -> Guess | None:
    """The language of a text, one of `languages` unless its script proves another.

    None for a text without words.
    """
    plain = NO_LANGUAGE.sub(" ", text[:LONGEST_TEXT])
    script, share = _script(plain)
    if share < SCRIPT_SHARE:
        return _by_letters(plain, languages)
    if share < MAIN_SHARE:
        latin = _by_letters(_without_script(plain), languages)
        if latin and latin.is_firm:
            return latin
    written = tuple(name for name in SCRIPTS[script] if name in languages) or SCRIPTS[script][:1]
    if len(written) == 1:
        return Guess(language=written[0], probability=1.0, is_firm=True)
    return _by_letters(plain, languages, written)


def hear(turn: Turn, languages: tuple[str, ...]) -> Turn:
    """The turn with the language to answer in, and how probable it is.

    The conversation's language stays unless a sentence is very probably in another, or two
    sentences in a row are probably in the same other one. It is None where nothing but a few words
    that hardly tell it is known: "ok" is as much Arabic as English. With another one come its
    settings.
    """
    guess = identify(turn.question, languages)
    held = turn.language or _of_country(turn)
    kept = Guess(language=held, probability=0.0, is_firm=False) if held else _telling(guess)
    if held and guess and _same(guess.language, held):
        kept = replace(guess, language=held)
    elif guess and guess.is_firm:
        both = _with_the_one_before(turn, guess, languages)
        kept = both if both.probability >= SURE_TO_SWITCH else kept
    heard = replace(
        turn,
        languages=languages,
        language=kept.language if kept else None,
        language_probability=round(kept.probability, 4) if kept else 0.0,
    )
    return _told(heard) if heard.language != turn.language else heard


def _telling(guess: Guess | None) -> Guess | None:
    return guess if guess and (guess.is_firm or guess.probability >= POOR) else None


def is_foreign(turn: Turn, text: str) -> bool:
    """Whether a reply is in a language that its customer does not write (Chatwoot's #14853).

    What is too short to tell passes. Where the customer wrote too little to be sure of, the
    language that it looked like is theirs as well.
    """
    if not turn.language or len(text) < SHORTEST_REPLY:
        return False
    found = identify(text, turn.languages)
    if found is None or _same(found.language, turn.language):
        return False
    asked = identify(turn.question, turn.languages)
    if asked and not asked.is_firm and asked.language == found.language:
        return False
    return _probability(text, primary(turn.language), turn.languages) < FOREIGN_BELOW


def primary(language: str) -> str:
    """The language of a BCP 47 tag without its region: de of de-DE."""
    return language.replace("_", "-").split("-")[0].lower()


def _with_the_one_before(turn: Turn, guess: Guess, languages: tuple[str, ...]) -> Guess:
    """The guess, likelier by the customer's message before where that is in the same language."""
    said = [line.content for line in turn.history if line.role == "customer"]
    before = identify(said[-1], languages) if said else None
    if before is None or not before.is_firm or before.language != guess.language:
        return guess
    return replace(guess, probability=1 - (1 - guess.probability) * (1 - before.probability))


def _told(turn: Turn) -> Turn:
    """The turn with what a business has set for its language, or for all that it does not name."""
    language = (turn.language or "").lower()
    names = [name for name in (language, primary(language), "") if name in turn.by_language]
    return turn.held_to(turn.by_language[names[0]]) if names else turn


def _of_country(turn: Turn) -> str | None:
    code = str(turn.customer.get("calling_code") or "")
    found = (BY_CODE.get(code[:length]) for length in (3, 2, 1))
    return next((name for name in found if name), None)


def _by_letters(text: str, languages: tuple[str, ...], among: tuple[str, ...] = ()) -> Guess | None:
    """The likeliest of the languages, or of some `among` them; None without words."""
    words = WORDS.findall(text)
    if not words:
        return None
    ranked = _ranked(" ".join(words), languages)
    chosen = {name: ranked[name] for name in among} if among else ranked
    name = max(chosen, key=lambda name: chosen[name])
    probability = chosen[name] / (sum(chosen.values()) or 1.0)
    firm = len(words) >= FEWEST_WORDS and probability >= SURE
    return Guess(language=name, probability=probability, is_firm=firm)


def _probability(text: str, language: str, languages: tuple[str, ...]) -> float:
    """How probable one language is for a text, 0 where it is not one of those known."""
    plain = NO_LANGUAGE.sub(" ", text[:LONGEST_TEXT])
    script, share = _script(plain)
    if share >= MAIN_SHARE:
        return float(language in SCRIPTS[script])
    return _ranked(" ".join(WORDS.findall(plain)), languages).get(language, 0.0)


def _ranked(text: str, languages: tuple[str, ...]) -> dict[str, float]:
    return dict(_identifier(languages).rank(text))


def _script(text: str) -> tuple[str, float]:
    """The script other than Latin that most of a text is in, and its share of the letters."""
    weights: Counter[str] = Counter()
    for letter in filter(str.isalpha, text):
        name = _script_of(letter)
        weights[name] += DENSITY if name in DENSE else 1
    # Kana among Han is Japanese, of which Han alone says nothing.
    if kana := weights["HIRAGANA"] + weights["KATAKANA"]:
        weights["HIRAGANA"] = kana + weights.pop("CJK", 0)
        weights.pop("KATAKANA", None)
    total = sum(weights.values())
    weights.pop("", None)
    name, weight = max(weights.items(), key=lambda item: item[1], default=("", 0))
    return name, weight / total if total else 0.0


@lru_cache(maxsize=4096)
def _script_of(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ")[0]
    return name if name in SCRIPTS else ""


def _without_script(text: str) -> str:
    return "".join(letter for letter in text if not _script_of(letter))


def _same(one: str, other: str) -> bool:
    return primary(one) == primary(other)


@lru_cache(maxsize=4)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    """The model without the languages that nobody asked for, which are a third of its memory."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(languages)
    return LanguageIdentifier(
        whole.nb_ptc,
        whole.nb_pc,
        whole.nb_classes,
        whole.tk_nextmove,
        whole.tk_output,
        norm_probs=True,
        tk_row=whole.tk_row,
    )
