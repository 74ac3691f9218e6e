"""The sentences of an article that answer a question best, in the article's own words."""

from __future__ import annotations

import re

from worker.knowledge import Passage
from worker.matching import LONGEST_QUESTION, likeness, tokens

# The number of a step ends no sentence.
SENTENCE_END = re.compile(r"(?<=[.!?…])(?<!\n\d\.)(?<!\A\d\.)\s+|(?<=[\u3002\uff01\uff1f])|\n+")
MAX_SENTENCES = 3
# A paragraph that goes on for longer is answered from its beginning: a turn has its six seconds.
MOST_SENTENCES = 300
MAX_CHARACTERS = 600
PARAGRAPH_END = re.compile(r"\n\s*\n")
# What a later sentence has to be nearer to the question than those of the first paragraph.
BEGINNING = 0.15


def best_sentences(question: str, passage: Passage) -> str:
    """One to three neighbouring sentences of the passage, around the one nearest to the question.

    A body that is short enough is given whole: half an answer is worse than two sentences more.
    """
    body = _body(passage)
    sentences = sentences_of(body)[:MOST_SENTENCES]
    if not sentences:
        return ""
    close = _closeness(question[:LONGEST_QUESTION], sentences)
    opening = sentences_of(PARAGRAPH_END.split(body.strip(), maxsplit=1)[0])
    close = [near + BEGINNING * (place < len(opening)) for place, near in enumerate(close)]
    best = close.index(max(close))
    first = max(0, min(best - 1, len(sentences) - MAX_SENTENCES))
    places = list(range(len(sentences)))[first : first + MAX_SENTENCES]
    while len(places) > 1 and sum(len(sentences[place]) for place in places) > MAX_CHARACTERS:
        places.remove(min(places, key=close.__getitem__))
    return " ".join(sentences[place] for place in places)[:MAX_CHARACTERS]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, in order."""
    return [part.strip() for part in SENTENCE_END.split(text) if part and part.strip()]


def _body(passage: Passage) -> str:
    """The paragraph found, without the title that the search puts before it; the whole article
    where it was found as a whole, by a phrasing or its title: the search gives its first one then.
    """
    paragraph = _with_list(passage.content.removeprefix(passage.title).strip(), passage.article)
    is_first = passage.article.lstrip().startswith(paragraph)
    return passage.article if passage.phrasing or is_first else paragraph


def _with_list(paragraph: str, article: str) -> str:
    """A paragraph with the one that it announces: "do this:" is no answer."""
    if not paragraph.endswith((":", "\uff1a")) or paragraph not in article:
        return paragraph
    rest = article.partition(paragraph)[2].strip()
    return f"{paragraph}\n{PARAGRAPH_END.split(rest, maxsplit=1)[0]}"


def _closeness(question: str, sentences: list[str]) -> list[float]:
    """How much of the question's wording each sentence holds."""
    asked = set(tokens(question))
    return [
        len(asked.intersection(tokens(sentence))) / max(1, len(asked))
        + likeness(question, sentence)
        for sentence in sentences
    ]
