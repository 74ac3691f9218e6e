"""The script of the OpenAI stand-in: how a request is served, and what the "model" then says."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

from local.standins.openai_obedient import Wordings, obey, text_of

Mode = Literal[
    "normal", "slow", "trickle", "hang", "rate_limited", "error", "refused", "cut", "stream_error",
    "fenced", "malformed", "empty", "wrong_types", "incomplete", "no_usage", "not_streamed",
    "obedient", "tools",
]  # fmt: skip
MODES: tuple[str, ...] = get_args(Mode)
DOC = re.compile(r'<doc id="([^"]+)"[^>]*>(.*?)</doc>', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one request is served; times in seconds, `reply` replaces the answer from documents.

    In mode `tools` it calls these tools, offered or not; `wordings` is for mode `obedient`."""

    mode: str = "normal"
    reply: Mapping[str, Any] | str | None = None
    first_token_s: float = 0.02
    token_s: float = 0.0
    retry_after: str | None = None
    status: int = 500
    cut_after: int = 3
    calls: Sequence[Mapping[str, Any]] = ()
    wordings: Wordings = field(default_factory=dict)


def read_plan(item: Mapping[str, Any]) -> Plan:
    """One plan from its JSON form."""
    unknown = set(item) - {known.name for known in fields(Plan)}
    if unknown or item.get("mode", "normal") not in MODES:
        raise ValueError(f"no such mode or key: {sorted(unknown) or item.get('mode')}")
    return replace(Plan(), **dict(item))


def request_text(body: Mapping[str, Any]) -> str:
    """All text of a request, of either wire."""
    messages = body.get("messages") or body.get("input") or []
    if isinstance(messages, str):
        return messages
    return "\n".join(text_of(message) for message in messages)


def answer_from_documents(body: Mapping[str, Any]) -> dict[str, Any]:
    """The first sentence of the first document of the request, or a hand-over without one."""
    found = DOC.search(request_text(body))
    sentence = html.unescape(found.group(2)).strip().split(". ")[0] if found else ""
    return {
        "language": "en",
        "sources": [found.group(1)] if found else [],
        "answerable": bool(sentence),
        "reply": sentence,
        "handover": not sentence,
        "handover_reason": None if sentence else "no_answer",
        "intent": "question",
        "sentiment": "neutral",
    }


WRONG_TYPES = {
    "language": 7,
    "sources": "S1",
    "answerable": "certainly",
    "reply": ["not", "a", "text"],
    "handover": None,
    "handover_reason": {},
    "intent": False,
    "sentiment": 3.5,
}


def said_text(plan: Plan, body: Mapping[str, Any]) -> str:
    """The text that the model says under this plan."""
    if plan.mode in ("empty", "tools"):
        return ""
    reply = WRONG_TYPES if plan.mode == "wrong_types" else plan.reply
    if plan.mode == "obedient":
        reply = obey(body, request_text(body), plan.wordings)
    if reply is None:
        reply = answer_from_documents(body)
    text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
    if plan.mode == "fenced":
        return f"```json\n{text}\n```"
    if plan.mode == "malformed":
        return text.replace('"', "'")
    if plan.mode == "incomplete":
        return text[: len(text) // 2]
    return text


def pieces_of(text: str, size: int = 6) -> list[str]:
    """The text cut into the pieces that are streamed one by one."""
    return [text[start : start + size] for start in range(0, len(text), size)]
