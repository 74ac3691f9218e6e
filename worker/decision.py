"""What becomes of a turn: the same rules for every model.

The database has the last word (it knows whether a human took over, and holds the threshold's gate);
here a model's failure is turned into the prepared answer or a hand-over with an honest reason.
"""

from __future__ import annotations

from dataclasses import replace

from worker.choices import PERSON
from worker.language import is_foreign, primary
from worker.model import Reply
from worker.model.embedded import extract
from worker.phrases import (
    LANGUAGES,
    QUESTIONS,
    Signals,
    asks_who_language,
    assent_language,
    greeting_language,
    signals,
    thanks_language,
)
from worker.turn import NONE, OFF, OPT_IN, Turn, Wish
from worker.wordless import Wordless, wordless

# The name under which a reply is kept that needed no model.
RULES = "rules"
WRONG_LANGUAGE = "wrong_language"
AI_OFF = "ai_disabled"
INTRODUCTION = "introduction"
ANSWERING = frozenset({"ai", "agent"})


def settle_early(turn: Turn) -> Reply | None:
    """The reply of a turn that needs no model; None when there is a question to answer.

    A wish for a human and a complaint (R56), a rule of the database, a choice made, a greeting,
    thanks, an "ok", a question who we are, a message without words.
    """
    said = signals(turn.question, turn.language)
    small_talk = _without_words(turn) or _polite(turn)
    if small_talk and small_talk.intent == INTRODUCTION:
        # "Am I talking to a human?" asks for none; the answer says how to get one.
        said = replace(said, asks_for_human=False)
    settled = (
        _off(turn)
        or _for_people(turn, said)
        or _ruled(turn, small_talk)
        or _picked(turn)
        or _refused(turn)
        or small_talk
    )
    return _noted(turn, settled, said) if settled else None


def decide(turn: Turn, reply: Reply, prepared: Reply) -> Reply:
    """The final reply: the model's where it holds, else the prepared one, else a hand-over."""
    chosen = _asked_once(turn, _chosen(turn, reply, prepared))
    chosen = replace(chosen, language=turn.language or chosen.language)
    return _noted(turn, chosen, signals(turn.question, turn.language))


def sound(turn: Turn, reply: Reply) -> bool:
    """Whether a reply may go to the customer: an answer with a source, and confident enough.

    What labels taught holds for who gave the confidence alone: no two mean the same by it.
    """
    answers = reply.outcome == "answer" and bool(reply.content) and bool(reply.sources)
    return answers and reply.confidence > turn.needed_by(reply.fit or reply.model)


def _chosen(turn: Turn, reply: Reply, prepared: Reply) -> Reply:
    if reply.error is not None:
        return _instead_of(turn, reply, prepared)
    if reply.outcome != "hand_over" and is_foreign(turn, reply.content):
        refused = replace(reply, outcome="hand_over", reason=WRONG_LANGUAGE, error=WRONG_LANGUAGE)
        return _instead_of(turn, refused, prepared)
    if reply.outcome != "answer" or sound(turn, reply):
        return reply
    reason = "low_confidence" if reply.sources and reply.content else "no_answer"
    return replace(reply, outcome="hand_over", reason=reason)


def _asked_once(turn: Turn, reply: Reply) -> Reply:
    """The reply, unless it asks back a second time in a row: people take over then."""
    if reply.outcome == "clarify" and turn.pick.is_clarified:
        return replace(reply, outcome="hand_over", reason="clarified_before")
    return reply


def _instead_of(turn: Turn, failed: Reply, prepared: Reply) -> Reply:
    offers = prepared.outcome == "clarify"
    if not (offers or sound(turn, prepared)) or is_foreign(turn, prepared.content):
        return failed
    return replace(prepared, error=failed.error, usage=failed.usage, latency_ms=failed.latency_ms)


def _noted(turn: Turn, reply: Reply, said: Signals) -> Reply:
    """The reply with what the customer's message says beside its question."""
    sentiment = reply.sentiment or said.sentiment
    is_heard = primary(reply.language or "") == primary(turn.language or "")
    return replace(
        reply,
        language_probability=turn.language_probability if is_heard else 0.0,
        sentiment=sentiment,
        signals={**said.as_json(), "sentiment": sentiment},
    )


def _off(turn: Turn) -> Reply | None:
    """People answer where the AI is off in the language just heard."""
    return _by_rule(turn, Reply(outcome="hand_over", reason=AI_OFF)) if turn.mode == OFF else None


def _for_people(turn: Turn, said: Signals) -> Reply | None:
    wants_person = said.asks_for_human or turn.pick.id == PERSON
    if not (wants_person or said.complaint):
        return None
    reason = "asked_for_human" if wants_person else "complaint"
    return _by_rule(turn, Reply(outcome="hand_over", reason=reason))


def _ruled(turn: Turn, small_talk: Reply | None) -> Reply | None:
    """What a rule of the database says, unless it spares the small talk that this is."""
    rule = turn.hand_over
    if rule is None or (rule.spares_small_talk and small_talk):
        return None
    return _by_rule(turn, Reply(outcome="hand_over", reason=rule.reason))


def _picked(turn: Turn) -> Reply | None:
    """The answer from the article that the customer chose of those offered."""
    return extract(turn) if turn.pick.passages else None


def _refused(turn: Turn) -> Reply | None:
    """Where none of what we asked back about was meant, people take over; who wants none of the
    topics that small talk offers is asked what it is about."""
    if turn.pick.id != NONE:
        return None
    if turn.pick.is_clarified:
        return _by_rule(turn, Reply(outcome="hand_over", reason="clarified_before"))
    language = _spoken(turn)
    small_talk = _small_talk(turn, language, "", "no_words")
    return replace(small_talk, content=LANGUAGES[language].ask, choices=())


def _without_words(turn: Turn) -> Reply | None:
    """Thanks for an answer by a picture, a greeting, or a request for words: once, then people."""
    kind = wordless(turn.question)
    if kind is None:
        return None
    words = LANGUAGES[_spoken(turn)]
    last = turn.history[-1] if turn.history else None
    if last and last.role in ANSWERING and kind is Wordless.GLAD:
        return _small_talk(turn, _spoken(turn), words.welcome, "thanks")
    if last and any(last.content.startswith(one.ask) for one in LANGUAGES.values()):
        return _by_rule(turn, Reply(outcome="hand_over", reason="no_words"))
    if kind in (Wordless.GLAD, Wordless.WAVING):
        return _small_talk(turn, _spoken(turn), words.hello, "greeting")
    return _small_talk(turn, _spoken(turn), words.ask, "no_words")


def _polite(turn: Turn) -> Reply | None:
    likely = primary(turn.language or "")
    if language := greeting_language(turn.question, likely):
        return _small_talk(turn, language, LANGUAGES[language].hello, "greeting")
    if language := thanks_language(turn.question, likely):
        return _small_talk(turn, language, LANGUAGES[language].welcome, "thanks")
    if _answers(turn) and (language := assent_language(turn.question, likely)):
        return _small_talk(turn, language, LANGUAGES[language].welcome, "thanks")
    if language := asks_who_language(turn.question, likely):
        return _small_talk(turn, language, LANGUAGES[language].introduction, INTRODUCTION)
    return _confirmed(turn, turn.wish) if turn.wish else None


def _answers(turn: Turn) -> bool:
    """Whether the turn answers to something said by us that asked nothing: "ok" takes no offer.

    What small talk of ours asks is no offer.
    """
    last = turn.history[-1] if turn.history else None
    if last is None or last.role not in ANSWERING:
        return False
    polite = (text for one in LANGUAGES.values() for text in (one.hello, one.welcome))
    return not QUESTIONS.search(last.content) or last.content.startswith(tuple(polite))


def _confirmed(turn: Turn, wish: Wish) -> Reply | None:
    """What became of consent, alone: who wants to hear less is offered nothing.

    START of somebody who had not said STOP before begins a talk, or may be about anything.
    """
    if wish.name == OPT_IN and not turn.had_opted_out:
        hello = LANGUAGES[primary(wish.language)].hello
        return None if turn.history else _small_talk(turn, wish.language, hello, "greeting")
    small_talk = _small_talk(turn, wish.language, "", wish.name)
    return replace(small_talk, content=wish.text, choices=())


def _spoken(turn: Turn) -> str:
    """The turn's language where we have words in it, else English."""
    language = primary(turn.language or "")
    return language if language in LANGUAGES else "en"


def _by_rule(turn: Turn, reply: Reply) -> Reply:
    return replace(reply, language=turn.language, model=RULES, wire=RULES)


def _small_talk(turn: Turn, language: str, text: str, intent: str) -> Reply:
    """Small talk back, with the topics that customers of this language ask about most.

    It rests on none of them: it says nothing that an article would have to say.
    """
    offered = [topic for topic in turn.topics if primary(topic.language) == language]
    return Reply(
        outcome="clarify",
        content="\n".join([text, *(f"- {topic.title}" for topic in offered)]),
        confidence=1.0,
        choices=tuple({"id": topic.article_id, "title": topic.title} for topic in offered),
        language=language,
        intent=intent,
        model=RULES,
        wire=RULES,
    )
