"""How the figures of trials look on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
    """The curve: a line for each threshold."""
    yield ""
    yield "above  answered  coverage               right wrong unknown  precision"
    for point in points:
        coverage = point["coverage"] or 0.0
        bar = "#" * round(BAR * coverage)
        precise = "-" if point["precision"] is None else f"{point['precision']:.3f}"
        yield (
            f"{point['threshold']:.2f}   {point['answered']:>8}  {coverage:>5.1%} {bar:<{BAR - 5}} "
            f"{point['right']:>5} {point['wrong']:>5} {point['unknown']:>7}  {precise:>9}"
        )


def wrong_of(report: Report) -> str:
    """What can be said of the share of wrong answers, and of how many nothing can."""
    judged = report["right"] + report["wrong"]
    unknown = f"{report['unknown']} answers nobody can judge"
    if not judged:
        return f"of 0 that could be judged; {unknown}"
    share_seen, bound = report["wrong_share"], report["wrong_bound"]
    return f"{share_seen:.1%} of {judged} that could be judged (at most {bound:.1%}); {unknown}"


def dollars(report: Report) -> str:
    """The cost, and how much of it nobody knows."""
    known = f"{report['cost_microusd'] / 1e6:.4f} USD"
    return f"{known}, {report['unpriced']} turns without a price" if report["unpriced"] else known


def share(count: int, total: int) -> str:
    """A share of a total in per cent."""
    return f"{count / total:.1%}" if total else "-"


def ms(value: float | None) -> str:
    """Milliseconds, where there are any."""
    return "-" if value is None else f"{value:.0f} ms"
