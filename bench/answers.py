"""Puts labelled questions to the embedded answerer: `python -m bench.answers FOLDER [--results F]`.

The folder is as bench/faq.py says, so anybody's own labelled questions will do. Every question goes
through the product: the search in Postgres, with vectors where MiniLM is installed, then what the
worker makes of a turn. Printed are one JSON object with the rates, and, into the results' file, one
line for each question: qid, outcome (answered, clarified, handed_over), sources (ids, best first),
confidence, reply_ms.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.domains import OUTSIDE
from bench.faq import Faq, Question, read_faq
from bench.faq_desk import FaqDesk, faq_desk
from bench.figures import percentile
from romashka.settings import LANGUAGES
from worker.decision import decide, settle_early
from worker.embedding.minilm import find_model, load
from worker.language import hear
from worker.model.embedded import extract
from worker.turn import Turn

OUTCOMES = {"answer": "answered", "clarify": "clarified", "hand_over": "handed_over"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a question, and the milliseconds that the answer took after the search."""

    question: Question
    outcome: str
    sources: tuple[str, ...]
    confidence: float
    reply_ms: float

    @property
    def is_right(self) -> bool:
        """Whether it was answered from the right article."""
        return self.outcome == "answered" and self.sources[:1] == (self.question.gold,)

    @property
    def is_helped(self) -> bool:
        """Whether it was answered right or the right article is among the choices."""
        offered = self.outcome == "clarified" and self.question.gold in self.sources[:3]
        return self.is_right or offered

    def as_json(self) -> dict[str, Any]:
        """The line of a results' file."""
        return {
            "qid": self.question.key,
            "outcome": self.outcome,
            "sources": self.sources,
            "confidence": self.confidence,
            "reply_ms": self.reply_ms,
        }


def turn_of(desk: FaqDesk, question: Question, threshold: float) -> Turn:
    """A first message with this question."""
    return Turn(
        job_id="bench",
        attempt=1,
        conversation_id="bench",
        channel_type="whatsapp",
        question=question.text,
        threshold=threshold,
        knowledge=desk.ask(question.text),
    )


def answer(desk: FaqDesk, question: Question, threshold: float) -> Result:
    """What a first message with this question gets."""
    asked = turn_of(desk, question, threshold)
    started = time.perf_counter()
    turn = hear(asked, LANGUAGES)
    early = settle_early(turn)
    reply = early or decide(turn, extract(turn), extract(turn))
    return Result(
        question=question,
        outcome=OUTCOMES[reply.outcome],
        sources=tuple(desk.key_of(str(source["article_id"])) for source in reply.sources),
        confidence=reply.confidence,
        reply_ms=round(1000 * (time.perf_counter() - started), 2),
    )


def answer_all(desk: FaqDesk, faq: Faq, split: str, threshold: float) -> list[Result]:
    """What became of all questions of a split, or of every one."""
    desk.stock(faq)
    asked = [one for one in faq.questions if split in ("all", one.split)]
    return [answer(desk, question, threshold) for question in asked]


def rates(results: Sequence[Result]) -> Mapping[str, float]:
    """What to judge an answerer by; shares of the questions of a kind, or of the answers."""
    inside = [one for one in results if one.question.gold is not None]
    answered = [one for one in results if one.outcome == "answered"]
    found = {
        "questions": len(results),
        "resolved": _share([one.is_right for one in inside]),
        "resolved_or_offered": _share([one.is_helped for one in inside]),
        "wrong_of_answers": _share([not one.is_right for one in answered]),
        "wrong_with_a_quarter_outside": _wrong(results),
        "reply_ms_p95": percentile([one.reply_ms for one in results], 0.95),
    }
    for kind in sorted({one.question.kind for one in results} - {"in"}):
        outside = [one for one in results if one.question.kind == kind]
        found[f"{kind}_not_answered"] = _share([one.outcome != "answered" for one in outside])
        found[f"{kind}_handed_over"] = _share([one.outcome == "handed_over" for one in outside])
    return {name: round(value, 4) for name, value in found.items()}


def main(arguments: Sequence[str]) -> int:
    """Asks and prints; 0 when all could be asked."""
    made = argparse.ArgumentParser(prog="bench.answers", description="Measures the answerer.")
    made.add_argument("folder", type=Path, help="see bench/faq.py")
    made.add_argument("--split", choices=("dev", "test", "all"), default="all")
    made.add_argument("--phrasings", type=int, help="of an article, at most; all unless given")
    made.add_argument("--threshold", type=float, default=0.7, help="of the confidence")
    made.add_argument("--words", action="store_true", help="without vectors")
    made.add_argument("--results", type=Path, help="where to write a line for each question")
    options = made.parse_args(arguments)
    model = None if options.words else find_model()
    with faq_desk(load(model) if model else None) as desk:
        faq = read_faq(options.folder, options.phrasings)
        results = answer_all(desk, faq, options.split, options.threshold)
    if options.results:
        lines = [json.dumps(one.as_json()) for one in results]
        options.results.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(json.dumps({"vectors": bool(model), "split": options.split, **rates(results)}, indent=1))
    return 0


def _wrong(results: Sequence[Result]) -> float:
    """The share of wrong answers, were a quarter of the questions out of scope."""
    inside = [one for one in results if one.question.gold is not None]
    outside = [one.outcome == "answered" for one in results if one.question.gold is None]
    right = (1 - OUTSIDE) * _share([one.is_right for one in inside])
    given = (1 - OUTSIDE) * _share([one.outcome == "answered" for one in inside])
    given += OUTSIDE * _share(outside)
    return (given - right) / given if given else 0.0


def _share(facts: Sequence[bool]) -> float:
    return sum(facts) / len(facts) if facts else 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
