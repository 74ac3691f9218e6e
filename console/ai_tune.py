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
    """Find it for each answerer, make it the gate if that is wanted, and print it with a curve."""
    with open_pool(reachable().db_url, name="romashka-tune", size=1, timeout_s=60.0) as pool:
        found = call(pool, "public.tune_threshold", channel, language, rate, apply)
        for one in found["answerers"]:
            one["curve"] = call(pool, "public.label_curve", channel, language, one["answerer"])
    if as_json:
        data_json(found)
        return
    for line in lines_of(found):
        data(line)


def lines_of(found: Mapping[str, Any]) -> Iterator[str]:
    """What was found of each answerer, in words, each with its curve."""
    where = f"{found['channel'] or 'any channel'}, {found['language'] or 'any language'}"
    for one in found["answerers"]:
        labels = counted(one["labels"], "labelled answer")
        yield f"{where}, {name_of(one)}: {labels}"
        yield from _verdict(found, one)
        yield from curve_of(one["curve"])
        yield ""


def name_of(one: Mapping[str, Any]) -> str:
    """Who answered: a model by its name, the built-in answerer with its fit."""
    model, answerer = one["model"], one["answerer"]
    return str(answerer) if model == answerer else f"{model} ({answerer})"


def _verdict(found: Mapping[str, Any], one: Mapping[str, Any]) -> Iterator[str]:
    rate, threshold, is_applied = found["max_wrong_rate"], one["threshold"], found["is_applied"]
    if threshold is None:
        needed = found["labels_needed"]
        more = f"at least {needed} are needed" if one["labels"] < needed else "more may tell"
        yield f"the labels prove nothing yet; {more}"
        return
    if one["bound"] is None:
        yield f"no threshold keeps wrong answers at {rate:.1%}"
        if is_applied:
            yield "that is the gate now: it answers nothing there until labels say otherwise"
        return
    yield (
        f"above {threshold:.2f} at most {one['bound']:.1%} are wrong, with 95 % confidence"
        f" ({one['wrong']} wrong of {one['answers']}; accepted are {rate:.1%})"
    )
    yield "it is the gate now" if is_applied else "--apply makes it the gate"
