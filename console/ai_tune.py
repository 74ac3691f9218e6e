"""`romashka ai tune`: the confidence above which labels promise few wrong answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from console.ai_curve import curve_of
from console.output import counted, data, data_json
from console.place import reachable
from romashka.database import call
from romashka.pools import open_pool


def run(
    channel: str | None, language: str | None, rate: float, *, apply: bool, as_json: bool
) -> None:
    """Find it, make it the gate if that is wanted, and print it with the curve of the labels."""
    with open_pool(reachable().db_url, name="romashka-tune", size=1, timeout_s=60.0) as pool:
        found = call(pool, "public.tune_threshold", channel, language, rate, apply)
        curve = call(pool, "public.label_curve", channel, language)
    if as_json:
        data_json({**found, "curve": curve})
        return
    for line in lines_of(found):
        data(line)
    for line in curve_of(curve):
        data(line)


def lines_of(found: Mapping[str, Any]) -> Iterator[str]:
    """What was found, in words."""
    rate, threshold = found["max_wrong_rate"], found["threshold"]
    where = f"{found['channel'] or 'any channel'}, {found['language'] or 'any language'}"
    yield f"{where}: {counted(found['labels'], 'labelled answer')}"
    if found["bound"] is None:
        more = "; more labels may tell" if found["is_undecided"] else ""
        yield f"no threshold is proven to keep wrong answers at {rate:.1%}{more}"
        if found["is_applied"]:
            yield "that is the gate now: the AI answers nothing there until labels say otherwise"
        return
    yield (
        f"above {threshold:.2f} at most {found['bound']:.1%} are wrong, with 95 % confidence"
        f" ({found['wrong']} wrong of {found['answers']}; accepted are {rate:.1%})"
    )
    yield "it is the gate now" if found["is_applied"] else "--apply makes it the gate"
