"""Reads the text of a language model: JSON as asked for, or as models really write it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jiter

from romashka.channels.events import clean_text
from worker.confidence import grounded_confidence
from worker.knowledge import Passage
from worker.model import Reply
from worker.prompt import source_ids
from worker.turn import Turn

REPLY_LIMIT = 4000
WORD_LIMIT = 80
END_OF_THOUGHT = "</think>"
SENTIMENTS = ("positive", "neutral", "negative")


class BadReply(ValueError):
    """The model's text is not the object it was asked for."""


def read_reply(turn: Turn, text: str) -> Reply:
    """The reply that a model's text stands for; raises BadReply when it stands for none."""
    found = parse_object(text)
    content, answerable, handover = (found.get(key) for key in ("reply", "answerable", "handover"))
    if not isinstance(content, str) or not isinstance(answerable, bool):
        raise BadReply("a key is missing or of the wrong type")
    if not isinstance(handover, bool):
        raise BadReply("the object ends before its text is complete")
    content = clean_text(content.strip())[:REPLY_LIMIT]
    cited = _cited(found.get("sources"), source_ids(turn))
    base = _traits(found)
    if handover or (answerable and not cited) or not content:
        return base
    if not answerable:
        return replace(base, outcome="clarify", content=content, reason=None)
    return replace(
        base,
        outcome="answer",
        content=content,
        confidence=grounded_confidence(turn, content, cited),
        sources=tuple(passage.as_source() for passage in cited),
        reason=None,
    )


def shown_part(turn: Turn, text: str) -> str:
    """What of an unfinished text a customer may see: the reply, once it is said to be one.

    Empty until the model has said that it can answer and from which known documents, when it
    declines, and while it only thinks or talks around the object.
    """
    text = text.rpartition(END_OF_THOUGHT)[2].lstrip()
    fenced = text.partition("{")
    if not fenced[1] or fenced[0].strip() not in ("", "```", "```json"):
        return ""
    try:
        found = _parse_cut(fenced[1] + fenced[2])
    except BadReply:
        return ""
    if not isinstance(found, dict) or found.get("answerable") is not True or found.get("handover"):
        return ""
    content = found.get("reply")
    if not isinstance(content, str) or not _cited(found.get("sources"), source_ids(turn)):
        return ""
    return clean_text(content.lstrip())[:REPLY_LIMIT]


def _traits(found: Mapping[str, Any]) -> Reply:
    """What the model noticed about the customer's message, as a hand-over to begin with."""
    sentiment = found.get("sentiment")
    return Reply(
        outcome="hand_over",
        reason="no_answer",
        language=_word(found.get("language")),
        intent=_word(found.get("intent")),
        sentiment=sentiment if sentiment in SENTIMENTS else None,
    )


def parse_object(text: str) -> Mapping[str, Any]:
    """The first JSON object of a text, out of a code fence or talk around it, even if cut short."""
    text = text.rpartition(END_OF_THOUGHT)[2]
    start = text.find("{")
    if start < 0:
        raise BadReply("the text holds no object" if text.strip() else "the text is empty")
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        value = _parse_cut(text[start:])
    if not isinstance(value, dict):
        raise BadReply("the text is no object")
    return value


def _parse_cut(text: str) -> Any:
    data = text.encode(errors="replace")
    try:
        return jiter.from_json(data, partial_mode="trailing-strings")
    except ValueError as error:
        raise BadReply("the text is malformed") from error


def _cited(ids: object, known: Mapping[str, Passage]) -> tuple[Passage, ...]:
    """The passages cited, each once; ids that were never given are dropped."""
    if not isinstance(ids, list):
        return ()
    names = dict.fromkeys(name for name in ids if isinstance(name, str))
    return tuple(known[name] for name in names if name in known)


def _word(value: object) -> str | None:
    return clean_text(value)[:WORD_LIMIT] if isinstance(value, str) and value else None
