"""What becomes of a turn: the same rules for every model.

The database has the last word (it knows whether a human took over, and holds the threshold's gate);
here a model's failure is turned into the prepared answer or a hand-over with an honest reason.
"""

from __future__ import annotations

from dataclasses import replace

from worker.model import Reply
from worker.phrases import LANGUAGES, asks_for_human, greeting_language, thanks_language
from worker.turn import Turn

# The name under which a reply is kept that needed no model.
RULES = "rules"


def settle_early(turn: Turn) -> Reply | None:
    """The reply of a turn that needs no model: a rule, a wish for a human, a greeting, thanks."""
    if asks_for_human(turn.question):
        return _to_people("asked_for_human")
    rule = turn.hand_over
    small_talk = _settle_small_talk(turn) if rule is None or rule.spares_small_talk else None
    if rule is not None and small_talk is None:
        return _to_people(rule.reason)
    return small_talk


def _settle_small_talk(turn: Turn) -> Reply | None:
    if language := greeting_language(turn.question, turn.language):
        return _small_talk(turn, language, LANGUAGES[language].hello, "greeting")
    if language := thanks_language(turn.question, turn.language):
        return _small_talk(turn, language, LANGUAGES[language].welcome, "thanks")
    return None


def decide(turn: Turn, reply: Reply, prepared: Reply) -> Reply:
    """The final reply: the model's where it holds, else the prepared one, else a hand-over."""
    if reply.error is not None:
        return _instead_of(reply, prepared, turn.threshold)
    if reply.outcome != "answer" or sound(reply, turn.threshold):
        return reply
    reason = "low_confidence" if reply.sources and reply.content else "no_answer"
    return replace(reply, outcome="hand_over", reason=reason)


def sound(reply: Reply, threshold: float) -> bool:
    """Whether a reply may go to the customer: an answer with a source, and confident enough."""
    answers = reply.outcome == "answer" and bool(reply.content) and bool(reply.sources)
    return answers and reply.confidence > threshold


def _instead_of(failed: Reply, prepared: Reply, threshold: float) -> Reply:
    if not sound(prepared, threshold):
        return failed
    return replace(prepared, error=failed.error, usage=failed.usage, latency_ms=failed.latency_ms)


def _to_people(reason: str) -> Reply:
    return Reply(outcome="hand_over", reason=reason, model=RULES, wire=RULES)


def _small_talk(turn: Turn, language: str, text: str, intent: str) -> Reply:
    """Small talk back, with the topics that customers of this language ask about most."""
    titles = [topic.title for topic in turn.topics if topic.language == language]
    return Reply(
        outcome="clarify",
        content="\n".join([text, *(f"- {title}" for title in titles)]),
        confidence=1.0,
        sources=tuple(
            {"article_id": topic.article_id, "title": topic.title} for topic in turn.topics
        ),
        choices=tuple({"title": title} for title in titles),
        language=language,
        intent=intent,
        model=RULES,
        wire=RULES,
    )
