"""How much each benchmark does; the defaults keep a whole run below six minutes on two cores."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Counts, and `seconds` for the length of one slice.

    Of the two durable ones one slice is as long; a round is one slice of ours and one of the
    plain counterpart.
    """

    seconds: int = 2
    rounds: int = 5
    customers: int = 100_000
    batch: int = 20
    connections: int = 64
    subscribers: int = 100
    rings: int = 200
    turns: int = 40
    conversations: int = 100
    messages: int = 1_000_000
    streams: int = 1_000
    stream_rounds: int = 3


TINY = Sizes(
    seconds=1,
    rounds=1,
    customers=200,
    connections=8,
    subscribers=5,
    rings=10,
    turns=3,
    conversations=5,
    messages=4_000,
    streams=5,
    stream_rounds=1,
)
