"""How closely the embedded Realtime imitates the pauses and gaps of the hosted service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BadDay:
    """Silent losses: gaps in what the database sends, and a limit beyond which messages vanish.

    Seconds throughout; `first_gap` counts from the start of the reader, None for no gap by itself.
    During a gap broadcasts from the database are lost, and postgres_changes in its first
    `changes_gap` seconds. `deliveries_per_second` is for the whole project, as a plan's is.
    """

    first_gap: float | None = 60.0
    gap: float = 8.0
    changes_gap: float = 1.5
    every: float = 120.0
    deliveries_per_second: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """One way to behave. Seconds; zero for at once.

    `poll_interval` holds postgres_changes until the next tick, as a polled slot does;
    `refusal_stall` stops a whole socket after a refused join; `handshake_delay` answers refused
    connections late.
    """

    name: str
    poll_interval: float = 0.0
    refusal_stall: float = 0.0
    handshake_delay: float = 0.0
    bad_day: BadDay | None = None


PLAIN = Mode(name="plain")
HOSTED = Mode(name="hosted", poll_interval=0.5, refusal_stall=5.0, handshake_delay=2.0)
HOSTED_BAD_DAY = Mode(
    name="hosted-bad-day",
    poll_interval=0.5,
    refusal_stall=5.0,
    handshake_delay=2.0,
    bad_day=BadDay(),
)
MODES = {mode.name: mode for mode in (PLAIN, HOSTED, HOSTED_BAD_DAY)}


def mode_named(name: str) -> Mode:
    """The mode of this name; raises ValueError that lists the names."""
    try:
        return MODES[name]
    except KeyError:
        raise ValueError(f"no Realtime mode {name!r}: choose one of {', '.join(MODES)}") from None
