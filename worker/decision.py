"""What becomes of a turn: the same rules for every model.

The database has the last word (it knows whether a human took over, and holds the threshold's gate);
here a model's failure is turned into the prepared answer or a hand-over with an honest reason.
"""

from __future__ import annotations

from dataclasses import replace

from worker.choices import PERSON
from worker.model import Reply
from worker.model.embedded import extract
from worker.phrases import LANGUAGES, asks_for_human, greeting_language, thanks_language
from worker.turn import Turn

# The name under which a reply is kept that needed no model.
RULES = "rules"


def settle_early(turn: Turn) -> Reply | None:
    """The reply of a turn that needs no model: a wish for a human, an article that the customer
    picked from a choice, a greeting, a thank-you."""
    if asks_for_human(turn.question) or turn.pick.id == PERSON:
        return Reply(outcome="hand_over", reason="asked_for_human", model=RULES, wire=RULES)
    if turn.pick.passage:
        return extract(turn)
    if language := greeting_language(turn.question, turn.language):
        return _small_talk(turn, language, LANGUAGES[language].hello, "greeting")
    if language := thanks_language(turn.question, turn.language):
        return _small_talk(turn, language, LANGUAGES[language].welcome, "thanks")
    return None


def decide(turn: Turn, reply: Reply, prepared: Reply) -> Reply:
    """The final reply: the model's where it holds, else the prepared one, else a hand-over."""
    if reply.error is not None:
        reply = _instead_of(reply, prepared, turn.threshold)
    if reply.outcome == "clarify" and turn.pick.is_clarified:
        return replace(reply, outcome="hand_over", reason="clarified_before")
    if reply.outcome != "answer" or sound(reply, turn.threshold):
        return reply
    reason = "low_confidence" if reply.sources and reply.content else "no_answer"
    return replace(reply, outcome="hand_over", reason=reason)


def sound(reply: Reply, threshold: float) -> bool:
    """Whether a reply may go to the customer: an answer with a source, and confident enough."""
    answers = reply.outcome == "answer" and bool(reply.content) and bool(reply.sources)
    return answers and reply.confidence > threshold


def _instead_of(failed: Reply, prepared: Reply, threshold: float) -> Reply:
    if prepared.outcome != "clarify" and not sound(prepared, threshold):
        return failed
    return replace(prepared, error=failed.error, usage=failed.usage, latency_ms=failed.latency_ms)


def _small_talk(turn: Turn, language: str, text: str, intent: str) -> Reply:
    """Small talk back, with the topics that customers of this language ask about most."""
    offered = [topic for topic in turn.topics if topic.language == language]
    return Reply(
        outcome="clarify",
        content="\n".join([text, *(f"- {topic.title}" for topic in offered)]),
        confidence=1.0,
        sources=tuple(
            {"article_id": topic.article_id, "title": topic.title} for topic in turn.topics
        ),
        choices=tuple({"id": topic.article_id, "title": topic.title} for topic in offered),
        language=language,
        intent=intent,
        model=RULES,
        wire=RULES,
    )
