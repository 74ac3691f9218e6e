"""One customer's turn as the worker sees it: the question, what came before, what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from romashka.settings import LANGUAGES
from worker.knowledge import Passage, read_passages
from worker.tools import Tool, read_tools

# The confidence that an answer has to exceed unless a setting says otherwise (R50).
THRESHOLD = 0.7
# The highest share of wrong answers that a business accepts unless it says otherwise.
MAX_WRONG_RATE = 0.05
# Who answers: the AI; people while the AI follows along unseen; people alone.
AUTO, SHADOW, OFF = "auto", "shadow", "off"
# The name of the wish to be written to unasked again; the other one is opt_out.
OPT_IN = "opt_in"
# What a customer chose who wants none of what was offered.
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One earlier message; `role` is customer, ai, agent or system, `seq` its place."""

    role: str
    content: str
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """An article to offer a customer who has not said yet what it is about."""

    article_id: str
    title: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What a turn answers to: `is_clarified` when we asked back just before; `id` of the choice the
    customer made, the first of several, or NONE, `passages` of the articles chosen."""

    is_clarified: bool = False
    id: str | None = None
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A message that says nothing but STOP or START, the language of its word, and our answer."""

    name: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A rule of the database that gives a turn to people whatever a model would say (R51).

    A rule that counts or compares spares small talk: nobody is sent to a person for a thank-you.
    """

    reason: str
    rule: str
    spares_small_talk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A claimed reply job without its deadline; `question` joins all unanswered messages.

    `language` is the conversation's until `worker.language.hear` has judged the question, then the
    one to answer in; `languages` are those that there are to choose from. Where the conversation's
    is not known, it is what speaks for itself, such as that of a telephone's country.

    `threshold` is the one that is set; `gates` are what this business's labels taught of each
    answerer (a fit of the built-in one, or a model's name), and its customers' picks of the fits.
    `by_language` has mode, threshold, max_wrong_rate, gates and instructions of languages with
    their own.
    `model_allowed` is false when the day's budget is spent: then the articles answer alone.
    `wish` is STOP or START, which the database has seen to; `had_opted_out`: had said STOP before.
    `tools` is what a model may look up, `looked_up` what it found that an answer may rest on
    (when the turn is recorded: all that it was shown), `cut_calls` what took too long
    ({tool, arguments, latency_ms}).
    In shadow nothing of the reply reaches the customer, so nothing may be shown of it either.
    """

    job_id: str
    attempt: int
    conversation_id: str
    channel_type: str
    question: str
    language: str | None = None
    language_is_known: bool = True
    language_probability: float = 0.0
    languages: tuple[str, ...] = LANGUAGES
    threshold: float = THRESHOLD
    max_wrong_rate: float = MAX_WRONG_RATE
    gates: Mapping[str, float] = field(default_factory=dict)
    history: tuple[Line, ...] = ()
    instructions: str = ""
    by_language: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mode: str = AUTO
    knowledge: tuple[Passage, ...] = ()
    topics: tuple[Topic, ...] = ()
    pick: Pick = Pick()
    hand_over: HandOver | None = None
    is_shadow: bool = False
    # A random word in the instructions of one call; a reply that holds it gives them away.
    canary: str = ""
    model_allowed: bool = True
    wish: Wish | None = None
    had_opted_out: bool = False
    tools: tuple[Tool, ...] = ()
    looked_up: tuple[Passage, ...] = ()
    cut_calls: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether the customer sees that the AI is at it, and what it says."""
        return not self.is_shadow and self.mode == AUTO

    def needed_by(self, answerer: str) -> float:
        """What the confidence of an answer has to exceed, by who gave it: a fit, or a model."""
        return max(self.threshold, self.gates.get(answerer, 0.0))

    def held_to(self, setting: Mapping[str, Any]) -> Turn:
        """The turn with what a setting says: mode, gates of every kind, and instructions."""
        return replace(
            self,
            mode=str(setting.get("mode") or AUTO),
            threshold=_number(setting.get("threshold"), THRESHOLD),
            max_wrong_rate=_number(setting.get("max_wrong_rate"), MAX_WRONG_RATE),
            gates=setting.get("gates") or {},
            instructions=str(setting.get("instructions") or ""),
        )

    def seen(self) -> dict[str, Any]:
        """What an answer rests on, as it is kept for those who ask later why it was given (U5)."""
        return {
            "history": [line.seq for line in self.history if line.seq is not None],
            "knowledge": [passage.as_seen() for passage in self.knowledge],
            "looked_up": [
                {"tool": passage.tool, "content": passage.content, "sources": passage.rests_on}
                for passage in self.looked_up
            ],
            "instructions": self.instructions,
            "language": self.language,
        }


def read_turn(row: Mapping[str, Any]) -> Turn:
    """The turn of a row that claim_reply_jobs gave."""
    question = str(row.get("question") or "")
    turn = Turn(
        job_id=str(row["job_id"]),
        attempt=int(row["attempt"]),
        conversation_id=str(row["conversation_id"]),
        channel_type=str(row["channel_type"]),
        question=question,
        language=row.get("language"),
        language_is_known=row.get("language_is_known") is not False,
        history=_earlier(row.get("history") or [], question),
        by_language=row.get("by_language") or {},
        knowledge=read_passages(row.get("knowledge") or []),
        topics=tuple(_topic(found) for found in row.get("topics") or []),
        pick=_pick(row.get("choice") or {}),
        hand_over=_hand_over(row.get("hand_over")),
        is_shadow=bool(row.get("is_shadow")),
        model_allowed=row.get("model_allowed") is not False,
        wish=_wish(row.get("wish")),
        had_opted_out=bool(row.get("had_opted_out")),
        tools=read_tools(row.get("tools") or []),
    )
    return turn.held_to(row)


def _number(value: Any, usual: float) -> float:  # Any: JSON as it comes
    """The number that was set, zero too; the usual one where none was."""
    return usual if value is None else float(value)


def _hand_over(row: Mapping[str, Any] | None) -> HandOver | None:
    if not row:
        return None
    return HandOver(
        reason=str(row["reason"]),
        rule=str(row["rule"]),
        spares_small_talk=bool(row.get("spares_small_talk")),
    )


def _wish(row: Mapping[str, Any] | None) -> Wish | None:
    if not row:
        return None
    return Wish(name=str(row["wish"]), language=str(row["language"]), text=str(row["text"]))


def _pick(row: Mapping[str, Any]) -> Pick:
    return Pick(
        is_clarified=bool(row.get("is_clarified")),
        id=row.get("id"),
        passages=read_passages(row.get("passages") or []),
    )


def _topic(row: Mapping[str, Any]) -> Topic:
    return Topic(
        article_id=str(row["article_id"]), title=str(row["title"]), language=str(row["language"])
    )


def _earlier(rows: list[Mapping[str, Any]], question: str) -> tuple[Line, ...]:
    """The lines before the question; the customer's last ones are the question itself."""
    lines = [
        Line(role=str(row["role"]), content=str(row.get("content") or ""), seq=row.get("seq"))
        for row in rows
    ]
    while lines and lines[-1].role == "customer" and lines[-1].content in question:
        lines.pop()
    return tuple(lines)
