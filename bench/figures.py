"""What a benchmark finds: figures with their spread, and how they are drawn from measurements."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

UNSTEADY = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table: `value` in `unit`, the goal as text, and what it was held against."""

    bench: str
    name: str
    value: float
    unit: str
    goal: str = ""
    reached: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One slice of each, measured one after the other: rates per second."""

    ours: float
    plain: float

    @property
    def ratio(self) -> float:
        """Ours as a share of the plain one."""
        return self.ours / self.plain


def compare(bench: str, rounds: Sequence[Round], goal: float, what: str) -> list[Figure]:
    """The ratio of the rounds, both rates, and a word where the plain one was unsteady.

    `what` names the two things that are counted, as "ours | plain".
    """
    ratios = sorted(one.ratio for one in rounds)
    ratio = statistics.median(ratios)
    ours, plain = (name.strip() for name in what.split("|"))
    rates = sorted(one.plain for one in rounds)
    unsteady = rates[-1] > UNSTEADY * rates[0]
    note = f"{ratios[0]:.3f} to {ratios[-1]:.3f} in {len(ratios)} rounds"
    if unsteady:
        note += f"; UNSTEADY: the plain rate moved from {rates[0]:,.0f} to {rates[-1]:,.0f}"
    return [
        Figure(
            bench=bench,
            name="ratio",
            value=ratio,
            unit="",
            goal=f">= {goal}",
            reached=ratio >= goal,
            note=note,
        ),
        Figure(
            bench=bench, name=ours, value=statistics.median(one.ours for one in rounds), unit="/s"
        ),
        Figure(bench=bench, name=plain, value=statistics.median(rates), unit="/s"),
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0 to 1) of the values lies; raises on none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def spread(bench: str, name: str, milliseconds: Sequence[float], note: str = "") -> list[Figure]:
    """Median and 99th percentile of times."""
    found = [("p50", 0.5), ("p99", 0.99)]
    return [
        Figure(
            bench=bench,
            name=f"{name} {label}",
            value=percentile(milliseconds, share),
            unit="ms",
            note=note if share == 0.5 else "",
        )
        for label, share in found
    ]
