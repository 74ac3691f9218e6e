"""What stands between a language model and everybody else: what it is told, what it may say.

`Guard` is made for one turn. Customers' words and articles are data to a model, and what it says is
data to us: nothing reaches a customer, not even while it is written, that the guard has not passed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from worker.grounding import speaks_beyond, with_own_words
from worker.guard.attacks import gives_orders
from worker.guard.canary import Secret, holds_canary, new_canary
from worker.guard.passing import Ground, Passing
from worker.guard.redaction import hide_turn
from worker.knowledge import Passage
from worker.language import primary
from worker.model import Blocked, Reply
from worker.prompt import secret_part
from worker.turn import Line, Pick, Turn

LEAK = "leak"
DISGUISED = "disguised"
DROPPED_CAP = 0.4
LONGEST_INTENT = 40
INTENT = re.compile(r"[^\W\d_]+(?:[ _/&'\u2019-]{1,3}[^\W\d_]+){0,3}")
ANSWERING = frozenset({"answer", "clarify"})


class Guard:
    """The guard of one turn: `turn` is what we go by, `outgoing` what a model may see of it."""

    def __init__(self, turn: Turn) -> None:
        harmless = tuple(one for one in turn.knowledge if not _attacks(one))
        self.turn = replace(turn, knowledge=harmless, pick=_harmless_pick(turn.pick))
        hidden, self._redaction = hide_turn(self.turn)
        self.outgoing = replace(hidden, canary=new_canary(), history=_harmless(hidden.history))
        self.is_attacked = gives_orders(turn.question)
        self.has_leaked = False
        self._looked_up: tuple[Passage, ...] = ()
        # The same as the model saw it.
        self.shown: tuple[Passage, ...] = ()
        # What of it was cut by time.
        self.cut_calls: tuple[Mapping[str, Any], ...] = ()
        self._secret: Secret | None = None
        self._passings: dict[tuple[Passage, ...], Passing] = {}

    def screen(self, text: str, *, is_final: bool, cited: tuple[Passage, ...] = ()) -> str:
        """The part of a model's text that may be shown; raises Blocked where it tells our secrets,
        or hides words.

        While it grows, all but its last words; a sentence that may not be said ends it there.
        """
        self._keep_secrets(text)
        text = self._redaction.restore(text)
        passing = self._passing(self._as_given(cited))
        if passing.hides_words(text):
            raise Blocked(DISGUISED)
        return passing.whole(text) if is_final else passing.beginning(text)

    def judged(self, reply: Reply) -> Reply:
        """A model's reply as far as it may be sent; a sentence that was dropped costs confidence.

        A question back that lost a sentence, or offers what no article speaks of, goes to people.
        """
        try:
            reply = replace(reply, intent=self._intent_of(reply))
            if reply.outcome not in ANSWERING:
                return reply
            content = self.screen(reply.content, is_final=True, cited=self._cited(reply))
        except Blocked as block:
            return _blocked(reply, block)
        if reply.outcome == "clarify" and self._offers_more(content):
            return replace(reply, outcome="hand_over", content="", reason="no_source")
        if not self._lost_any(reply, content):
            return replace(reply, content=content)
        capped = replace(reply, content=content, confidence=min(reply.confidence, DROPPED_CAP))
        if reply.outcome == "answer" and content:
            return capped
        return replace(capped, outcome="hand_over", reason="no_source")

    def _intent_of(self, reply: Reply) -> str | None:
        """What customers may see as a turn's intent: an article's title or a few words, no secret.

        It is kept beside the answer; raises Blocked where it tells what nobody may know.
        """
        if reply.intent is None or reply.intent in {one.title for one in self.turn.knowledge}:
            return reply.intent
        self._keep_secrets(reply.intent)
        is_intent = len(reply.intent) <= LONGEST_INTENT and INTENT.fullmatch(reply.intent)
        return reply.intent if is_intent else None

    def restored(self, reply: Reply) -> Reply:
        """A summary, which only agents read: personal data is put back, and nothing is dropped."""
        return replace(reply, content=self._redaction.restore(reply.content))

    def looked_up(self, result: Passage) -> Passage:
        """What a tool gave, as a model may see it; an answer may rest on it from now on."""
        self._looked_up = (*self._looked_up, result)
        hidden = self._redaction.hide(result.content)
        shown = replace(result, content=hidden, article=hidden)
        self.shown = (*self.shown, shown)
        return shown

    def note_cut(self, tool: str, arguments: Mapping[str, Any], latency_ms: int) -> None:
        """Notes a call of a tool that took too long: the database has rolled back what it knew."""
        cut = {"tool": tool, "arguments": arguments, "latency_ms": latency_ms}
        self.cut_calls = (*self.cut_calls, cut)

    def restored_in(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """What a model asks a tool, with what its placeholders stand for."""
        return {key: self._redaction.restore_in(value) for key, value in arguments.items()}

    def refusal(self, reply: Reply) -> Reply | None:
        """The hand-over of a turn in which a model told our instructions; nothing replaces it."""
        if not self.has_leaked:
            return None
        return replace(reply, outcome="hand_over", content="", sources=(), reason=LEAK)

    def _as_given(self, cited: tuple[Passage, ...]) -> tuple[Passage, ...]:
        """The passages with what tools really gave, where a model saw placeholders."""
        articles = (passage for passage in cited if not passage.tool)
        return (*articles, *self._given_by({passage.tool for passage in cited}))

    def _passing(self, cited: tuple[Passage, ...]) -> Passing:
        if cited not in self._passings:
            ground = Ground.of(self.turn, cited)
            self._passings[cited] = Passing(ground, self.turn.channel_type)
        return self._passings[cited]

    def _keep_secrets(self, text: str) -> None:
        secret = self._secret = self._secret or self._secret_of_turn()
        if holds_canary(text, self.outgoing.canary) or secret.is_told(text):
            self.has_leaked = True
            raise Blocked(LEAK)

    def _secret_of_turn(self) -> Secret:
        """Our instructions; what articles say all the same is no secret, nor what was asked."""
        public = [passage.article for passage in self.turn.knowledge]
        return Secret(secret_part(self.turn), "\n".join([*public, self.turn.question]))

    def _cited(self, reply: Reply) -> tuple[Passage, ...]:
        ids = {source.get("article_id") for source in reply.sources}
        articles = (one for one in self.turn.knowledge if one.article_id in ids)
        return (*articles, *self._given_by({source.get("tool") for source in reply.sources}))

    def _given_by(self, tools: Collection[str | None]) -> tuple[Passage, ...]:
        """All that some tools gave: a reply names tools, not which of their results."""
        return tuple(one for one in self._looked_up if one.tool in tools)

    def _offers_more(self, content: str) -> bool:
        """Whether a question back speaks of money, gifts or secrets that no article speaks of."""
        shown = with_own_words((*self.turn.knowledge, *self._looked_up), self.turn)
        return speaks_beyond(content, primary(self.turn.language or "en"), shown)

    def _lost_any(self, reply: Reply, content: str) -> bool:
        passing = self._passing(self._cited(reply))
        return passing.drops_any(self._redaction.restore(reply.content))


def _blocked(reply: Reply, block: Blocked) -> Reply:
    """A reply of which nothing may be said; people take over, if no prepared one does."""
    error = f"blocked: {block.reason}"
    return replace(
        reply, outcome="hand_over", content="", intent=None, reason="blocked", error=error
    )


def _attacks(passage: Passage) -> bool:
    """Whether an article gives the assistant orders: it is no source then, whatever it says.

    `private.orders_in` tells those who keep the articles.
    """
    texts = (passage.title, passage.article, passage.content, passage.shown)
    return any(map(gives_orders, texts))


def _harmless_pick(pick: Pick) -> Pick:
    """A customer's choice without articles that give orders: it is a question like others."""
    return replace(pick, passages=tuple(one for one in pick.passages if not _attacks(one)))


def _harmless(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """What was said before without orders of the customer: no model gets them later either."""
    return tuple(one for one in lines if one.role != "customer" or not gives_orders(one.content))
