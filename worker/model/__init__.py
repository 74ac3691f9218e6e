"""What answers a turn: one protocol, three ways (embedded, and two wires to a language model)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from worker.deadline import Deadline
from worker.model.calls import Call, Usage
from worker.model.watching import Blocked, Watcher
from worker.tools import Toolbox
from worker.turn import Turn

__all__ = ["Blocked", "Call", "Model", "Outcome", "Reply", "Usage", "Watcher"]

Outcome = Literal["answer", "clarify", "hand_over"]
NOTHING_USED = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model made of a turn; `confidence` is the probability (0..1) that it is right.

    `needed` is the confidence that the model itself held an answer to, where it has a gate, `gate`
    who taught that (worker.calibration.Verdict.taught), and `fit` names what its confidence comes
    from (worker.calibration.Calibrator.key).
    `reason` says why a human is needed, `error` what went wrong on the way, `sources` what it
    rests on (article_id, chunk_id, title of each), `choices` what a customer may pick (title of
    each), `latency_ms` how long it took, `calls` every call that was made for it. `language` is
    the one the customer gets answered in, `language_probability` how sure of it we are. `signals`
    are what the message says beside its question: asks_for_human, complaint, not_helped,
    sentiment (see worker.phrases.Signals). `left_out` are the questions of the message that an
    answer does not answer, a line each.
    """

    outcome: Outcome
    content: str = ""
    confidence: float = 0.0
    needed: float | None = None
    gate: str | None = None
    fit: str | None = None
    sources: tuple[Mapping[str, Any], ...] = ()
    choices: tuple[Mapping[str, str], ...] = ()
    language: str | None = None
    language_probability: float = 0.0
    signals: Mapping[str, Any] = field(default_factory=dict)
    left_out: str | None = None
    intent: str | None = None
    sentiment: str | None = None
    usage: Usage = NOTHING_USED
    model: str = ""
    wire: str = ""
    reason: str | None = None
    error: str | None = None
    latency_ms: int = 0
    calls: tuple[Call, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The form that record_ai_reply takes."""
        return asdict(self)


class Model(Protocol):
    """Answers turns; never raises for what a provider does, and keeps the deadline itself."""

    name: str

    async def reply(
        self,
        turn: Turn,
        deadline: Deadline,
        watcher: Watcher | None = None,
        toolbox: Toolbox | None = None,
    ) -> Reply:
        """The reply; a hand-over with an `error` when the model failed or was too slow.

        The watcher sees the calls and the text while it grows; the toolbox runs the turn's tools.
        """
        ...

    async def close(self) -> None:
        """Gives connections back."""
        ...
