"""Which language a customer writes in: by script, else by letters, else by what is known of them.

A few words alone say little ("ok", "pizza?"), so they change nothing: the conversation's language
stays until a sentence says otherwise. The model of py3langid holds about 75 MB and takes a second
to load; `load` does so before the first turn, and nothing else in the house needs it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from romashka.settings import BadSetting
from worker.scripts import SCRIPTS, script_of, vowel_share, without_script
from worker.turn import Turn
from worker.vocabulary import having

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
# Less than this is no knowledge of a language.
POOR = 0.5
# Fingers on a keyboard hit fewer vowels than this; sentences of all twelve languages have more.
FEWEST_VOWELS = 0.25
# How much likelier a language is that speaks for itself before a word is read, as a telephone's
# country does: enough between languages that are near each other, no more.
TIE_BREAK = 3.0
# How much likelier a language is that has the words of a message, where that of the telephone's
# country has not: letters say too little of so few. Most who write a foreign word write English.
HAS_WORDS, HAS_WORDS_IN_ENGLISH = 4.0, 12.0
MOST_LOOKED_UP = 3
SHORTEST_REPLY = 12
LONGEST_TEXT = 2000
NO_LANGUAGE = re.compile(r"https?://\S+|\S+@\S+|[\d_]+")
# No other language that is known opens questions and cries with signs of their own.
SPANISH, OPENED = "es", re.compile("[\u00bf\u00a1]")
WORDS = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")

# Names of products are Latin everywhere: so little of a script still makes the text its own.
SCRIPT_SHARE = 0.1
MAIN_SHARE = 0.5


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


def identify(text: str, languages: tuple[str, ...], likely: str | None = None) -> Guess | None:
    """The language of a text, one of `languages` unless its script proves another.

    The `likely` one wins where others are hardly more probable. None for a text without words.
    """
    plain = NO_LANGUAGE.sub(" ", text[:LONGEST_TEXT])
    script, share = script_of(plain)
    if share < SCRIPT_SHARE:
        if SPANISH in languages and OPENED.search(plain):
            return Guess(language=SPANISH, probability=1.0, is_firm=True)
        return _by_letters(plain, languages, likely)
    if share < MAIN_SHARE:
        latin = _by_letters(without_script(plain), languages, likely)
        if latin and latin.is_firm:
            return latin
    written = tuple(name for name in SCRIPTS[script] if name in languages) or SCRIPTS[script][:1]
    if len(written) == 1:
        return Guess(language=written[0], probability=1.0, is_firm=True)
    return _by_letters(plain, languages, likely, written)


def hear(turn: Turn, languages: tuple[str, ...]) -> Turn:
    """The turn with the language to answer in, and how surely that was heard in the question.

    Nobody else judges what was heard: where it is at all probable, record_ai_reply keeps it. With
    another language than the turn came with come its settings.
    """
    is_known = turn.language is not None and turn.language_is_known
    heard = _kept(turn, languages) if is_known else _first_heard(turn, languages)
    language = heard.language if heard else turn.language
    judged = replace(
        turn,
        languages=languages,
        language=language,
        language_probability=round(heard.probability, 4) if heard else 0.0,
    )
    return _told(judged) if language != turn.language else judged


def _kept(turn: Turn, languages: tuple[str, ...]) -> Guess | None:
    """What a question says beside the conversation's language; None where that stays unheard.

    It stays unless a sentence is very probably in another, or two sentences in a row are probably
    in the same other one.
    """
    guess = identify(turn.question, languages)
    if guess is None or turn.language is None:
        return guess
    if _same(guess.language, turn.language):
        return replace(guess, language=turn.language)
    if guess.is_firm:
        both = _with_the_one_before(turn, guess, languages)
        return both if both.probability >= SURE_TO_SWITCH else None
    return None


def _first_heard(turn: Turn, languages: tuple[str, ...]) -> Guess | None:
    """What a stranger's question is in; None for a few words that hardly tell: "ok" is as much
    Arabic as English."""
    likely = primary(turn.language) if turn.language else None
    guess = identify(turn.question, languages, likely)
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


def _by_letters(
    text: str,
    languages: tuple[str, ...],
    likely: str | None,
    among: tuple[str, ...] = (),
) -> Guess | None:
    """The likeliest of the languages, or of some `among` them; None without words of any."""
    words = WORDS.findall(text)
    if not words:
        return None
    spoken = " ".join(words)
    ranked = _ranked(spoken, languages)
    chosen = {name: ranked[name] for name in among} if among else ranked
    if likely in chosen:
        chosen = _expected(chosen, likely, words)
    name = max(chosen, key=lambda name: chosen[name])
    probability = chosen[name] / (sum(chosen.values()) or 1.0)
    if probability < SURE and vowel_share(spoken) < FEWEST_VOWELS:
        return None
    firm = len(words) >= FEWEST_WORDS and probability >= SURE
    return Guess(language=name, probability=probability, is_firm=firm)


def _expected(ranked: Mapping[str, float], likely: str, words: Sequence[str]) -> dict[str, float]:
    """The languages with what a telephone's country and the words themselves say for them."""
    expected = {**ranked, likely: ranked[likely] * TIE_BREAK}
    known = having(words) if len(words) <= MOST_LOOKED_UP else frozenset()
    for name in {likely} if likely in known else known & set(expected):
        is_foreign_english = name == "en" != likely
        expected[name] *= HAS_WORDS_IN_ENGLISH if is_foreign_english else HAS_WORDS
    return expected


def _probability(text: str, language: str, languages: tuple[str, ...]) -> float:
    """How probable one language is for a text, 0 where it is not one of those known."""
    plain = NO_LANGUAGE.sub(" ", text[:LONGEST_TEXT])
    script, share = script_of(plain)
    if share >= MAIN_SHARE:
        return float(language in SCRIPTS[script])
    return _ranked(" ".join(WORDS.findall(plain)), languages).get(language, 0.0)


def _ranked(text: str, languages: tuple[str, ...]) -> dict[str, float]:
    return dict(_identifier(languages).rank(text))


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
