"""The embedded answerer: no key and no model, only the sentences that the articles already hold."""

from __future__ import annotations

import time
from dataclasses import replace

from worker.asked import also_asked, left_out
from worker.calibration import Verdict, judge
from worker.choices import MOST, ask_back
from worker.deadline import Deadline
from worker.knowledge import Passage
from worker.language import SURE, primary
from worker.matching import LONG_WORD, holds, tokens, vocabulary
from worker.model import Reply, Watcher
from worker.phrases import LANGUAGES, declines
from worker.sentences import best_sentences
from worker.tools import Toolbox
from worker.turn import Turn

NAME = "embedded"
# What a customer picked themselves is no guess: it is above every threshold but that of 1, which
# lets nothing through.
CHOSEN = 1.0
# Below it the right article is among the first three in one case of twenty, just above it in one of
# six, from 0.4 on in most (bench/calibrate.py): a choice costs a customer less than a wait.
CLARIFY_FROM = 0.1
# An article that has less of the choice than this among those found is not worth a line.
LEAST_SHARE = 0.02


class EmbeddedModel:
    """Answers with the best article's own words, asks back, or hands over; it invents nothing."""

    name = NAME

    async def reply(
        self,
        turn: Turn,
        deadline: Deadline,
        watcher: Watcher | None = None,
        toolbox: Toolbox | None = None,
    ) -> Reply:
        """The extracted answer; takes a few milliseconds, so the deadline is not looked at."""
        return extract(turn)

    async def close(self) -> None:
        """Holds nothing open."""


def extract(turn: Turn) -> Reply:
    """An answer in an article's own sentences, a choice of articles, or a hand-over."""
    started = time.monotonic()
    reply = _picked(turn) if turn.pick.passages else _found(turn)
    return replace(
        reply, model=NAME, wire=NAME, latency_ms=round((time.monotonic() - started) * 1000)
    )


def extract_for_agents(turn: Turn) -> Reply:
    """What an agent may send: an answer to every question of a message, however sure it is of the
    first; nothing where the customer says what is not wanted."""
    if turn.pick.passages:
        return replace(_chosen(turn), model=NAME, wire=NAME)
    verdict = judge(turn.question, readable(turn))
    if verdict is None:
        return extract(turn)
    best = verdict.ranked[0].passage
    passages = (best, *also_asked(turn.question, turn.language, verdict))
    said = dict.fromkeys(best_sentences(turn.question, passage) for passage in passages)
    return Reply(
        outcome="answer",
        content="" if is_declined(turn.question, best) else "\n\n".join(said),
        confidence=round(verdict.probability, 4),
        sources=tuple(passage.as_source() for passage in passages),
        language=turn.language or best.language,
        intent=best.title,
        model=NAME,
        wire=NAME,
    )


def readable(turn: Turn) -> tuple[Passage, ...]:
    """The passages in the customer's language; while nobody is sure of it, else those in the
    language of what was found first.

    Nothing here can translate: an article in another language would be an answer that the customer
    may not be able to read, and choices in several are read by few.
    """
    found = _in_language(turn.knowledge, turn.language) if turn.language else ()
    is_sure = turn.language is not None and turn.language_probability >= SURE
    if found or is_sure or not turn.knowledge:
        return found
    return _in_language(turn.knowledge, turn.knowledge[0].language)


def _in_language(passages: tuple[Passage, ...], language: str) -> tuple[Passage, ...]:
    spoken = primary(language)
    return tuple(one for one in passages if primary(one.language) == spoken)


def _picked(turn: Turn) -> Reply:
    """The answer from the articles that the customer picked, with what it leaves out."""
    asked = _asked_before(turn) or ""
    return _with_the_rest(asked, turn.language, turn.pick.passages, _chosen(turn))


def _chosen(turn: Turn) -> Reply:
    """The answer from the articles that the customer picked: nothing is left to guess."""
    passages, asked = turn.pick.passages, _asked_before(turn)
    first = passages[0]
    said = [best_sentences(asked or passage.title, passage) for passage in passages]
    content = "\n\n".join(filter(None, said))
    return Reply(
        outcome="answer" if content else "hand_over",
        content=content,
        confidence=CHOSEN,
        sources=tuple(passage.as_source() for passage in passages),
        language=turn.language or first.language,
        intent=first.title,
        reason=None if content else "no_answer",
    )


def _with_the_rest(
    asked: str, language: str | None, passages: tuple[Passage, ...], reply: Reply
) -> Reply:
    """An answer; where it leaves out a question of the message, with how to have that answered."""
    words = LANGUAGES.get(primary(language or passages[0].language))
    rest = left_out(asked, language, passages) if reply.content else None
    if rest is None or words is None:
        return reply
    content = f"{reply.content}\n\n{words.rest} {words.to_person}"
    return replace(reply, content=content, left_out=rest)


def _asked_before(turn: Turn) -> str | None:
    """What a customer had asked before they picked: "the second one" says nothing of it."""
    said = (line.content for line in reversed(turn.history) if line.role == "customer")
    return next(said, None)


def _found(turn: Turn) -> Reply:
    verdict = judge(turn.question, readable(turn))
    if verdict is None:
        return Reply(outcome="hand_over", reason="no_answer", language=turn.language)
    passage = verdict.ranked[0].passage
    needed = verdict.needed(turn.threshold, turn.max_wrong_rate, turn.gates)
    plain = Reply(
        outcome="answer",
        content=best_sentences(turn.question, passage),
        confidence=round(verdict.probability, 4),
        needed=needed,
        gate=verdict.taught(turn.gates),
        fit=verdict.calibrator.key,
        sources=(passage.as_source(),),
        language=turn.language or passage.language,
        intent=passage.title,
    )
    reply = _with_the_rest(turn.question, turn.language, (passage,), plain)
    others = also_asked(turn.question, turn.language, verdict)
    is_meant = not (others or is_declined(turn.question, passage))
    if reply.content and reply.confidence > needed and is_meant:
        return reply
    return _unsure(turn, verdict, reply, others)


def is_declined(question: str, passage: Passage) -> bool:
    """Whether a text says that the thing is not wanted, and the article is not about just that."""
    if not declines(question):
        return False
    about = (text for text in (passage.title, *passage.phrasings) if declines(text))
    return not any(_says_all_of(text, question) for text in about)


def _says_all_of(text: str, question: str) -> bool:
    """Whether a text has all long words of a question."""
    words = vocabulary(text)
    return all(holds(words, word) for word in tokens(question) if len(word) >= LONG_WORD)


def _unsure(turn: Turn, verdict: Verdict, reply: Reply, others: tuple[Passage, ...]) -> Reply:
    """Asks back where the right article is likely among the first; once, then people take over."""
    if verdict.probability < CLARIFY_FROM:
        return replace(reply, outcome="hand_over", reason="low_confidence")
    if turn.pick.is_clarified:
        return replace(reply, outcome="hand_over", reason="clarified_before")
    likely = (
        match.passage
        for match, share in zip(verdict.ranked[:MOST], verdict.shares, strict=False)
        if share >= LEAST_SHARE
    )
    best = verdict.ranked[0].passage
    offered = tuple(dict.fromkeys((best, *others, *likely)))[:MOST]
    content, choices = ask_back(offered, reply.language, turn.channel_type)
    sources = tuple(passage.as_source() for passage in offered)
    return replace(reply, outcome="clarify", content=content, choices=choices, sources=sources)
