"""Weighs what a model may answer: `python -m bench.worded FOLDER… [--words]`.

Folders are as bench/faq.py says. Every question goes through the product's own search, with vectors
where MiniLM is installed; the answers are the articles' own texts and what `answers` words anew.
Printed is, for each business, what share of the answers of a kind is above the usual threshold:
the first two kinds should be, the others should not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.faq import Article, Faq, Question, read_faq
from bench.faq_desk import FaqDesk, faq_desk
from worker.confidence import grounded_confidence
from worker.embedding.minilm import find_model, load
from worker.knowledge import Passage
from worker.turn import THRESHOLD, Turn

RIGHT, WORDED = "the right article, as it stands", "the right article, in other words"
OTHER, OTHER_WORDED = "another article, as it stands", "another article, in other words"
OUTSIDE = "any article, where none answers"
ALL_CITED = "another article in other words, everything cited"
MIXED_UP = "another article in other words, the right one cited"
MEANT_FOR_PEOPLE = "must_human"
Answer = tuple[str, str, tuple[Passage, ...]]


def weigh(desk: FaqDesk, faq: Faq) -> Mapping[str, float]:
    """By kind of answer, the share that is above the threshold."""
    desk.stock(faq)
    articles = {article.key: article for article in faq.articles}
    passed: dict[str, list[bool]] = {}
    for question in faq.questions:
        if question.kind == MEANT_FOR_PEOPLE:
            continue
        turn = _turn(question, desk.ask(question.text))
        found = {desk.key_of(one.article_id): one for one in turn.knowledge}
        for kind, content, cited in _answers(question, found, articles):
            confidence = grounded_confidence(turn, content, cited)
            passed.setdefault(kind, []).append(confidence > THRESHOLD)
    return {kind: sum(ones) / len(ones) for kind, ones in sorted(passed.items())}


def _answers(
    question: Question, found: Mapping[str, Passage], articles: Mapping[str, Article]
) -> Iterator[Answer]:
    """What may be said to a question: the kind, the text, and what it cites."""
    for key, passage in found.items():
        alone, worded = (passage,), articles[key].answers
        if question.gold is None:
            yield OUTSIDE, passage.article, alone
            continue
        is_right = key == question.gold
        yield RIGHT if is_right else OTHER, passage.article, alone
        for text in worded:
            yield WORDED if is_right else OTHER_WORDED, text, alone
            if not is_right:
                yield ALL_CITED, text, tuple(found.values())
            if not is_right and question.gold in found:
                yield MIXED_UP, text, (found[question.gold],)


def _turn(question: Question, knowledge: tuple[Passage, ...]) -> Turn:
    return Turn(
        job_id="bench",
        attempt=1,
        conversation_id="bench",
        channel_type="whatsapp",
        question=question.text,
        language="en",
        knowledge=knowledge,
    )


def main(arguments: Sequence[str]) -> int:
    """Weighs and prints; 0 when all could be asked."""
    made = argparse.ArgumentParser(prog="bench.worded", description="Weighs a model's answers.")
    made.add_argument("folders", nargs="+", type=Path, help="see bench/faq.py")
    made.add_argument("--words", action="store_true", help="without vectors")
    options = made.parse_args(arguments)
    model = None if options.words else find_model()
    with faq_desk(load(model) if model else None) as desk:
        for folder in options.folders:
            print(f"\n{folder.name}, {'with' if model else 'without'} vectors")
            for kind, share in weigh(desk, read_faq(folder)).items():
                print(f"{share:7.1%}  {kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
