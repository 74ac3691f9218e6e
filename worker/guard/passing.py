"""Which sentences of a reply may be said, and how a channel can carry them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from worker.grounding import SENTENCE_SHARE, grounding, is_of_tool, language_of, with_own_words
from worker.guard.disguise import bare, disguised
from worker.guard.facts import facts, hosts, reached_at
from worker.guard.plain import seen, without_markup
from worker.guard.promises import is_promise
from worker.knowledge import Passage
from worker.language import primary
from worker.turn import Turn

# The space that ends a sentence belongs to the next one: blank lines stay where they were.
# The full stop of Chinese is the dot of a host between letters of ours, and so is one of ours
# between blanks.
SENTENCE = re.compile(
    r"(?<=[.!?\u2026])(?<!\s\.)(?=\s)|(?<=[\uff01\uff1f])|(?<=\S)(?=\s*\n)"
    r"|(?<=\u3002)(?!(?<=[A-Za-z0-9]\u3002)[A-Za-z0-9])"
)
# Markup and placeholders change what stands before their end: shown when they are complete.
MARKUP = re.compile(r"[<\[{`*_~#|]")
PLACEHOLDER = re.compile(
    r"\{\{?[^{}\n]{0,80}\}?\}|\[[A-Z]{2,10}_\d+\]|\[(?:your|insert|name|customer|company|link)\b[^\]]{0,60}\]"
    r"|<(?:name|link|[A-Z_]{3,30})>|%\w+%|\$\{",
    re.IGNORECASE,
)  # fmt: skip
HELD_BACK = 20
SHORTEST_PARROTED = 10
FEWEST_PARROTED = 6
PARROTED_SHARE = 0.8
MOST = 2000
# What one message of a platform carries; a longer answer would be cut in two there.
LONGEST = {"instagram": 900, "messenger": 1900, "whatsapp": MOST, "telegram": MOST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a reply may rest on: the facts of its sources, and their words as they stand, also
    without what parts them."""

    known: frozenset[str]
    words: str
    bare: str
    asked: str
    language: str
    cited: tuple[Passage, ...]
    _judged: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, turn: Turn, cited: tuple[Passage, ...]) -> Ground:
        """The cited articles, the business's own instructions, and where a customer is reached."""
        texts = [turn.instructions]
        for passage in cited:
            texts += [passage.title, passage.article, passage.content, passage.source_url or ""]
        said = [turn.question, *(line.content for line in turn.history if line.role == "customer")]
        source = "\n".join(texts)
        known = facts(source)
        theirs = reached_at("\n".join(said))
        return cls(
            known=frozenset(known | hosts(known) | theirs),
            words=_plain(source),
            bare=bare(source),
            asked=_plain("\n".join(said)),
            language=primary(turn.language or "") or (language_of(cited[0]) if cited else ""),
            cited=with_own_words(cited, turn),
        )

    def holds(self, sentence: str) -> bool:
        """Whether every fact of a sentence is known, and it promises nothing a source does not.

        A sentence that only the customer has said is no answer: it was put into our mouth.
        """
        if sentence not in self._judged:
            self._judged[sentence] = self._judge(sentence)
        return self._judged[sentence]

    def carries(self, sentence: str) -> bool:
        """Whether a sentence is one of the sources', so that it may be shown before the whole is
        weighed."""
        return self.holds(sentence) and not grounding(sentence, self.language, self.cited).strays

    def begins(self, words: str) -> bool:
        """The same for the beginning of a sentence: it says something of an article's already."""
        if not self.carries(words):
            return False
        share = grounding(words, self.language, self.cited).share
        return is_of_tool(self.cited) or (share is not None and share >= SENTENCE_SHARE)

    def _judge(self, sentence: str) -> bool:
        if PLACEHOLDER.search(sentence) or not facts(sentence) <= self.known:
            return False
        plain = _plain(sentence)
        if plain in self.words:
            return True
        return not (self._is_parroted(plain) or is_promise(sentence))

    def _is_parroted(self, plain: str) -> bool:
        """Whether most of a sentence is no source's but the customer's, in one piece or many."""
        if len(plain) >= SHORTEST_PARROTED and plain in self.asked:
            return True
        ours, theirs, words = set(self.words.split()), set(self.asked.split()), plain.split()
        strange = [word for word in words if word not in ours]
        parroted = sum(word in theirs for word in strange)
        return 2 * len(strange) >= max(FEWEST_PARROTED, len(words)) and (
            parroted >= PARROTED_SHARE * len(strange)
        )


@dataclass(frozen=True, slots=True)
class Passing:
    """The check of one reply on its channel."""

    ground: Ground
    channel: str

    def whole(self, text: str) -> str:
        """The complete text without the sentences that may not be said, no longer than carried."""
        sentences = [one for one in _sentences(text) if self.ground.holds(one)]
        kept, limit = "", LONGEST.get(self.channel, MOST)
        for sentence in sentences:
            if len((kept + sentence).strip()) > limit:
                break
            kept += sentence
        if not kept and sentences:
            kept = sentences[0].lstrip()[: limit - 1].rpartition(" ")[0] + "\u2026"
        return kept.strip()

    def beginning(self, text: str) -> str:
        """What may be shown of a text that still grows: always a beginning of `whole`."""
        *done, rest = _sentences(text) or [""]
        shown = ""
        for sentence in done:
            if not self.ground.carries(sentence):
                return shown.strip()
            shown += sentence
        if MARKUP.search(rest) is None and self.ground.begins(rest):
            # What may yet become a price or an address is within the words held back.
            shown += rest[: max(0, len(rest) - HELD_BACK)].rpartition(" ")[0]
        return shown.strip()[: LONGEST.get(self.channel, MOST)]

    def hides_words(self, text: str) -> bool:
        """Whether a text says something in disguise that no source says so."""
        return disguised(seen(text), self.ground.bare) is not None

    def drops_any(self, text: str) -> bool:
        """Whether a complete text holds a sentence that may not be said."""
        return not all(self.ground.holds(one) for one in _sentences(text))


def _sentences(text: str) -> list[str]:
    """The sentences of a text made plain, each with the space before it."""
    return [part for part in SENTENCE.split(without_markup(seen(text))) if part.strip()]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
