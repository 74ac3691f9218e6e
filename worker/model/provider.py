"""One server with one of its models: asked once or twice for a turn, within the turn's time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum

import structlog

from worker.deadline import RETRY_NEEDS_S
from worker.model import Blocked, Reply, Watcher
from worker.model.admission import NoTime, Pace, Seats
from worker.model.breaker import FAILURES, Breaker
from worker.model.calls import Call, CallOutcome, estimated_usage
from worker.model.client import build_client
from worker.model.reading import BadReply, read_reply
from worker.model.rounds import Asking, Said, in_rounds
from worker.model.wire import EXTRAS_REFUSED, Draft, ModelFailed, Wire
from worker.prompt import Prompt

# A call that was given less than this says nothing about its provider when it is cut.
FAIR_S = 1.0
MEND = "check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL (AI_FALLBACK_...) and restart"


log = structlog.get_logger(__name__)


class Takes(IntEnum):
    """What a server can be sent: tools and our schema, the schema alone, or neither."""

    PLAIN = 0
    SCHEMA = 1
    TOOLS = 2


Tell = Callable[[str, str | None], None]


def tell_nobody(model: str, fault: str | None) -> None:
    """Takes a fault of a model and tells nobody."""


class Provider:
    """A language model behind one wire; `tell` hears what only a person can mend, that it fails
    again and again, and the end of both."""

    def __init__(
        self,
        wire: Wire,
        *,
        model: str,
        api_key: str,
        base_url: str,
        seats: Seats,
        tell: Tell = tell_nobody,
    ) -> None:
        self.name = model
        self.breaker = Breaker()
        self.pace = Pace()
        self._wire = wire
        self._seats = seats
        self._tell = tell
        # Since something was last told of it, and how often it failed since it last answered.
        self._has_answered, self._failures = False, 0
        self._client = build_client(api_key, base_url)
        # The library loads an endpoint when it is first named; a turn has no time for that.
        self._create = wire.endpoint(self._client)
        self._takes = Takes.TOOLS

    async def ask(self, asking: Asking) -> Reply:
        """The model's reply, or a hand-over with the error; nothing that a provider does raises."""
        started = time.monotonic()
        reply = await self._judged(asking)
        last = self._last_call(asking.watcher)
        return replace(
            reply,
            usage=last.usage if last else reply.usage,
            model=self.name,
            wire=self._wire.name,
            latency_ms=round((time.monotonic() - started) * 1000),
        )

    async def _judged(self, asking: Asking) -> Reply:
        """Asks if the provider may be asked, and notes what its answer says about it."""
        if not self.breaker.admits():
            return failed("model_error", "the provider is left alone after failures")
        given = asking.deadline.model_left()
        try:
            async with self._seats.taken(asking.deadline, self.pace):
                return await self._timed(asking)
        except NoTime:
            self.breaker.left()
            return failed("deadline", "the model would not be done in time")
        except TimeoutError:
            self._note_failure("no answer in time", judge=given >= FAIR_S)
            return failed("model_timeout", "no complete answer in time")
        except ModelFailed as failure:
            judge = failure.status not in EXTRAS_REFUSED
            self._note_failure(str(failure), judge=judge, for_good=failure.is_misconfigured)
            return failed("model_error", str(failure))
        except BadReply as failure:
            # The provider works; its model writes what cannot be read.
            self.breaker.left()
            return failed("model_error", str(failure))
        except Blocked as block:
            self.breaker.left()
            return failed("blocked", block.reason)
        except BaseException:
            self.breaker.left()
            raise

    async def _timed(self, asking: Asking) -> Reply:
        """The reply; all its rounds together are what a turn has to have time for."""
        started = time.monotonic()
        async with asyncio.timeout_at(asking.deadline.model_stop):
            reply = await in_rounds(asking, self._try)
        self._note_answer(time.monotonic() - started)
        return reply

    def _last_call(self, watcher: Watcher) -> Call | None:
        ours = (call for call in reversed(watcher.calls) if call.model == self.name)
        return next(ours, None)

    def _note_answer(self, seconds: float) -> None:
        self.pace.note(seconds)
        self._failures = 0
        if self.breaker.worked():
            log.info("a model answers again", model=self.name)
        # The first answer closes what was alerted before a start: settings are mended by one.
        if not self._has_answered:
            self._has_answered = True
            self._tell(self.name, None)

    def _note_failure(self, detail: str, *, judge: bool, for_good: bool = False) -> None:
        if not judge:
            self.breaker.left()
            return
        self._failures += 1
        is_left = self.breaker.failed(for_good=for_good)
        if is_left:
            log.error("a model is left alone for a while", model=self.name, reason=detail)
        if is_left and for_good:
            log.error("a model cannot be used", model=self.name, reason=detail, mend=MEND)
            self._tell_fault(f"{detail}; {MEND}")
        elif self._failures == FAILURES:
            self._tell_fault(f"{FAILURES} calls in a row failed, the last by {detail}")

    def _tell_fault(self, fault: str) -> None:
        self._has_answered = False
        self._tell(self.name, f"model {self.name}: {fault}")

    async def close(self) -> None:
        """Closes the connections to the provider."""
        await self._client.close()

    async def _try(self, asking: Asking) -> Said:
        """One call, and a second one where that can help and fits; raises ModelFailed, BadReply.

        A server that refuses a call gets it again without tools, and then as plain as can be.
        """
        may_retry, takes = asking.retries, self._takes
        if not asking.prompt.tools:
            takes = min(takes, Takes.SCHEMA)
        while True:
            try:
                said = await self._call(asking, takes)
                break
            except ModelFailed as failure:
                refused = failure.status in EXTRAS_REFUSED and takes > Takes.PLAIN
                if not ((refused and not asking.prompt.rounds) or (failure.may_pass and may_retry)):
                    raise
                if asking.deadline.model_left() < failure.retry_after + RETRY_NEEDS_S:
                    raise
                takes, may_retry = Takes(takes - refused), may_retry and refused
                await asyncio.sleep(failure.retry_after)
        self._note_takes(asking, takes)
        return said

    def _note_takes(self, asking: Asking, takes: Takes) -> None:
        """Remembers what a server refused: it is not offered that again."""
        offered = Takes.TOOLS if asking.prompt.tools else Takes.SCHEMA
        if takes < min(offered, self._takes):
            self._takes = takes
            log.warning("a model takes less than it was sent", model=self.name, takes=takes.name)

    async def _call(self, asking: Asking, takes: Takes) -> Said:
        """One call, and the reply that its text stands for or the tools that it calls.

        It is counted however it ends.
        """
        prompt, watcher = asking.prompt, asking.watcher
        if takes < Takes.TOOLS and prompt.tools:
            prompt = replace(prompt, tools=())
        draft, started = Draft(), time.monotonic()
        outcome: CallOutcome = "failed"
        status: int | None = None
        try:
            body = self._wire.body(self.name, prompt, takes > Takes.PLAIN)
            await self._wire.stream(self._create, body, draft, watcher)
            outcome = "unreadable"
            calls = tuple(draft.calls) if prompt.tools and prompt.may_call else ()
            said = calls or read_reply(asking.turn, draft.text)
            outcome = "answered"
            return said
        except ModelFailed as failure:
            status = failure.status
            raise
        except Blocked:
            outcome = "blocked"
            raise
        except asyncio.CancelledError:
            outcome = "timeout" if asking.deadline.model_left() <= 0 else "cancelled"
            raise
        finally:
            watcher.calls.append(self._counted(prompt, draft, started, outcome, status))

    def _counted(
        self,
        prompt: Prompt,
        draft: Draft,
        started: float,
        outcome: CallOutcome,
        status: int | None,
    ) -> Call:
        first = draft.first_at
        # Who refuses a call, or cannot be reached, has read nothing of it.
        read = 0 if outcome == "failed" and first is None else prompt.characters()
        return Call(
            model=self.name,
            wire=self._wire.name,
            usage=draft.usage or estimated_usage(read, draft.size),
            latency_ms=round((time.monotonic() - started) * 1000),
            ttft_ms=None if first is None else round((first - started) * 1000),
            outcome=outcome,
            status=status,
        )


def failed(reason: str, detail: str) -> Reply:
    """A hand-over with its error; `reason` is also what agents read."""
    return Reply(outcome="hand_over", reason=reason, error=f"{reason}: {detail}")
