"""How the lists of a language combine into a wish for a human, a complaint, a mood.

A rule is a row of lists with the number of words that may stand between them: "talk to … someone"
is a wish, as the person alone also stands in questions ("someone used my card").
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache

from worker.phrases.languages import LANGUAGES
from worker.phrases.phrases import Phrases
from worker.phrases.words import Found, Lexicon, tokens_of

# Names of lists (several joined by |), and between them the words that may stand there.
Rule = tuple[str | int, ...]
HUMAN: tuple[Rule, ...] = (
    ("human",),
    ("speak", 4, "person|someone"),
    ("want", 2, "person"),
    ("refused", 1, "bot"),
    ("refused", 3, "speak", 4, "bot|machine"),
)
HUMAN_VERB_LAST: tuple[Rule, ...] = (
    ("person|someone", 4, "speak"),
    ("refused", 4, "bot|machine", 2, "speak"),
)
HUMAN_WANT_LAST: tuple[Rule, ...] = (("person", 1, "want"),)
COMPLAINT: tuple[Rule, ...] = (
    ("complaint",),
    ("complaining",),
    ("file", 3, "claim"),
    ("never", 4, "again"),
    ("ours", 3, "disaster"),
    ("disaster", 0, "ours"),
)
COMPLAINT_VERB_LAST: tuple[Rule, ...] = (("claim", 3, "file"), ("again", 4, "never"))
# A message that is only the name of a person.
LONGEST_BARE = 6
# "I do not want to make a complaint": so many words stand between the not and what it denies.
DENIED_WITHIN = 3
# Who says more has something to tell beside what is not wanted.
LONGEST_DECLINED = 15
# A negation turns round what comes at most so many words after it.
NEGATED_WITHIN = 3
DENIABLE = frozenset({"complaining", "claim", "disaster"})
# Words that are looked for with a letter wrong too.
FUZZY = frozenset({"speak", "person", "someone", "bare", "human", "file", "claim"})
# Names of lists that are not looked for here.
SAID = frozenset(
    {"hello", "welcome", "ask", "introduction", "rest", "to_person"}
    | {"plain", "help", "asking", "assent", "asks_who"}
)


class Reading:
    """A text looked up once; asked for what it holds."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens_of(text)
        self._found: Found = _undenied(_lexicon().find(self._tokens))

    def asks_for_human(self) -> bool:
        """Whether a person is wanted instead of us, in any language."""
        return any(self._wants_human(name, words) for name, words in LANGUAGES.items())

    def complains(self) -> bool:
        """Whether it is a complaint about us, in any language."""
        return any(self._complains(name, words) for name, words in LANGUAGES.items())

    def is_unhelped(self) -> bool:
        """Whether the last answer did not help."""
        return any(self._found.get((name, "not_helped")) for name in LANGUAGES)

    def declines(self) -> bool:
        """Whether something is said to be no longer wanted, or not at all."""
        is_short = len(self._tokens) <= LONGEST_DECLINED
        return is_short and any(self._found.get((name, "declines")) for name in LANGUAGES)

    def mood(self, language: str) -> int:
        """Above 0 for a glad text, below 0 for a sad or an angry one; of this language alone."""
        good = self._turned(language, "good")
        bad = self._turned(language, "bad")
        angry = len(self._places(language, "angry"))
        return good - bad - 2 * angry

    def _wants_human(self, name: str, words: Phrases) -> bool:
        if self._places(name, "unless"):
            return False
        rules = HUMAN + words.verb_last * HUMAN_VERB_LAST + words.want_last * HUMAN_WANT_LAST
        return any(self._holds(name, rule) for rule in rules) or self._is_bare(name)

    def _complains(self, name: str, words: Phrases) -> bool:
        if self._places(name, "undone"):
            return False
        rules = COMPLAINT + words.verb_last * COMPLAINT_VERB_LAST
        return any(self._holds(name, rule) for rule in rules) or self._is_cry(name)

    def _is_cry(self, language: str) -> bool:
        """Whether the text is nothing but a disaster ("What a disaster!")."""
        cried = self._places(language, "disaster")
        around = self._places(language, "disaster|fillers")
        return bool(cried) and _covered(around) == len(self._tokens)

    def _holds(self, language: str, rule: Rule) -> bool:
        """Whether the lists of a rule occur one after the other, near enough."""
        ends = [end for _, end in self._places(language, str(rule[0]))]
        for gap, lists in zip(rule[1::2], rule[2::2], strict=True):
            if not ends:
                return False
            ends = [
                end
                for start, end in self._places(language, str(lists))
                if _one_between(ends, start - int(gap) - 1, start)
            ]
        return bool(ends)

    def _is_bare(self, language: str) -> bool:
        """Whether the text is nothing but a person, politely."""
        if not 0 < len(self._tokens) <= LONGEST_BARE or not self._places(language, "bare"):
            return False
        around = self._places(language, "bare|fillers|greetings|thanks")
        return _covered(around) == len(self._tokens)

    def _turned(self, language: str, lists: str) -> int:
        """How often the list occurs, less how often it is negated."""
        nots = [end for _, end in self._places(language, "negation")]
        return sum(
            -1 if _one_between(nots, start - NEGATED_WITHIN, start) else 1
            for start, _ in self._places(language, lists)
        )

    def _places(self, language: str, lists: str) -> list[tuple[int, int]]:
        places = [self._found.get((language, one), ()) for one in lists.split("|")]
        return sorted({place for found in places for place in found})


def _one_between(ends: list[int], first: int, before: int) -> bool:
    """Whether one of the sorted places lies in [first, before)."""
    place = bisect_left(ends, first)
    return place < len(ends) and ends[place] < before


def _undenied(found: Found) -> Found:
    """What was found, without the complaining that the text says is none, in whatever language."""
    denied = [reach for name in LANGUAGES for reach in _denied(name, found)]
    if not denied:
        return found
    return {
        group: [place for place in places if not _is_among(place, denied)]
        if group[1] in DENIABLE
        else places
        for group, places in found.items()
    }


def _denied(language: str, found: Found) -> list[tuple[int, int]]:
    """How far denials reach: close behind them, and not beyond where another wish begins.

    "I do not want to wait, I want to complain" is a complaint.
    """
    wishes = [start for start, _ in found.get((language, "want"), ())]
    reaches = []
    for start, end in found.get((language, "uncomplaining"), ()):
        last = end + DENIED_WITHIN + 1
        reaches.append((start, min([last] + [wish for wish in wishes if wish > end])))
    return reaches


def _is_among(place: tuple[int, int], reaches: list[tuple[int, int]]) -> bool:
    return any(start <= place[1] and place[0] <= end for start, end in reaches)


def _covered(places: list[tuple[int, int]]) -> int:
    return len({place for start, end in places for place in range(start, end + 1)})


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    return Lexicon(
        {
            (language, name): entries
            for language, words in LANGUAGES.items()
            for name, entries in _lists(words).items()
        },
        FUZZY,
        frozenset(word for words in LANGUAGES.values() for word in words.plain.split()),
    )


def _lists(words: Phrases) -> Mapping[str, str]:
    return {
        name: value
        for name, value in asdict(words).items()
        if isinstance(value, str) and name not in SAID
    }
