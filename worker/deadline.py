"""How the time of one reply is spent: every limit of it stands here.

The database gives a job six seconds from the customer's first unanswered message. It says how much
is left by its own clock; from then on the worker counts on the monotonic clock of its event loop,
so the clocks of the two machines never meet.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

# The model is cut this long before the deadline: the prepared answer, the checks and the commit
# have to fit into what is left before the database hands over, 0.55 s before it
# (sql/ai/hand_over_lead.sql), also on a busy machine.
MODEL_STOP_S = 0.9
# A second try at the model is worth its price only with this much of its time left.
RETRY_NEEDS_S = 2.5
# A model may look something up only with this much of its time left: it has to word an answer then.
ROUND_NEEDS_S = 2.0
# Less than this for the model, and the prepared answer is used at once.
MODEL_NEEDS_S = 0.3
# A reply that could not be recorded is offered to the database for this long after the deadline;
# the database refuses what is late, so all this costs is a refused call.
RECORD_GRACE_S = 5.0


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the event loop's clock (seconds) by which the reply must be recorded."""

    at: float

    @classmethod
    def after_claim(cls, claimed_at: float, remaining_ms: float) -> Deadline:
        """`claimed_at` is read before the claim is sent, so the query's time counts as used."""
        return cls(claimed_at + remaining_ms / 1000)

    @property
    def model_stop(self) -> float:
        """When the model is cut."""
        return self.at - MODEL_STOP_S

    def model_left(self) -> float:
        """Seconds the model still has; negative when its time is over."""
        return self.model_stop - asyncio.get_running_loop().time()

    def overdue(self) -> float:
        """Seconds since the deadline passed; negative before it."""
        return asyncio.get_running_loop().time() - self.at
