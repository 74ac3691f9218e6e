"""How the figures of trials look on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from console.output import counted

Report = Mapping[str, Any]
BAR = 20


def lines_of(report: Report) -> Iterator[str]:
    """What a report says, a line each, the curve last."""
    turns = report["turns"]
    yield f"turns        {turns}"
    for name in ("answered", "clarified", "handed_over"):
        yield f"{name.replace('_', ' '):<12} {report[name]:<6} {share(report[name], turns)}"
    yield f"wrong        {report['wrong']:<6} {wrong_of(report)}"
    yield f"cost         {dollars(report)}"
    yield f"latency      p50 {ms(report['p50_ms'])}, p95 {ms(report['p95_ms'])}"
    yield from curve_of(report["curve"])


def curve_of(points: list[Report]) -> Iterator[str]:
    """The curve: a line for all thresholds in a row above which the same is answered."""
    yield ""
    yield "above         answered  coverage               right wrong unknown  precision"
    for _, alike in groupby(points, key=counts_of):
        found = list(alike)
        yield f"{span(found[0]['threshold'], found[-1]['threshold']):<12}  {figures_of(found[0])}"


def figures_of(point: Report) -> str:
    """What a point of the curve says, without its threshold."""
    coverage = point["coverage"] or 0.0
    bar = "#" * round(BAR * coverage)
    precise = "-" if point["precision"] is None else f"{point['precision']:.3f}"
    return (
        f"{point['answered']:>8}  {coverage:>5.1%} {bar:<{BAR - 5}} "
        f"{point['right']:>5} {point['wrong']:>5} {point['unknown']:>7}  {precise:>9}"
    )


def counts_of(point: Report) -> Report:
    """What a point of the curve counts above its threshold."""
    return {name: value for name, value in point.items() if name != "threshold"}


def span(first: float, last: float) -> str:
    """One threshold, or from the first to the last."""
    return f"{first:.2f}" if first == last else f"{first:.2f} to {last:.2f}"


def wrong_of(report: Report) -> str:
    """What can be said of the share of wrong answers, and of how many nothing can."""
    judged = report["right"] + report["wrong"]
    unknown = f"{counted(report['unknown'], 'answer')} nobody can judge"
    if not judged:
        return f"of 0 that could be judged; {unknown}"
    share_seen, bound = report["wrong_share"], report["wrong_bound"]
    return f"{share_seen:.1%} of {judged} that could be judged (at most {bound:.1%}); {unknown}"


def dollars(report: Report) -> str:
    """The cost, and how much of it nobody knows."""
    known = f"{report['cost_microusd'] / 1e6:.4f} USD"
    unpriced = report["unpriced"]
    return f"{known}, {counted(unpriced, 'turn')} without a price" if unpriced else known


def share(count: int, total: int) -> str:
    """A share of a total in per cent."""
    return f"{count / total:.1%}" if total else "-"


def ms(value: float | None) -> str:
    """Milliseconds, where there are any."""
    return "-" if value is None else f"{value:.0f} ms"
