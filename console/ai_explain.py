"""`romashka ai explain`: why the AI said what it said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from console.identities import identity_of
from console.output import data, data_json, shorten
from console.place import reachable
from romashka.database import call
from romashka.pools import open_pool

Found = Mapping[str, Any]

# Who taught the gate of the built-in answerer's fit.
TAUGHT = {"learned": ", as your customers' picks taught", "shipped": ", as other businesses taught"}
FOUND_BY = "romashka simulate and romashka watch --json tell whole ids"


def run(message: str, *, as_json: bool) -> None:
    """Print what is known of the turn that a message belongs to."""
    wanted = identity_of(message, "message", FOUND_BY)
    with open_pool(reachable().db_url, name="romashka-explain", size=1, timeout_s=10.0) as pool:
        found = call(pool, "public.explain_answer", wanted)
    if as_json:
        data_json(found)
        return
    for line in lines_of(found):
        data(line)


def label(message: str, verdict: str, *, as_json: bool) -> None:
    """Keep a verdict on an answer."""
    wanted = identity_of(message, "message", FOUND_BY)
    with open_pool(reachable().db_url, name="romashka-label", size=1, timeout_s=10.0) as pool:
        found = call(pool, "public.label_answer", wanted, verdict)
    if as_json:
        data_json({"id": found, "verdict": verdict})
    else:
        data(f"{wanted}: {verdict}")


def lines_of(found: Found) -> Iterator[str]:
    """The turn, then every run of it."""
    yield f"question   {shorten(found['question'], 200)}"
    yield f"outcome    {because(found['outcome'] or found['state'], found['reason'])}"
    if not found["runs"]:
        yield "no worker reached this turn"
    for run in found["runs"]:
        yield ""
        yield from _run(run)


def _run(run: Found) -> Iterator[str]:
    yield f"run        {run['attempt']}, {because(run['outcome'], run['rule'] or run['reason'])}"
    fit = f" ({run['gate']['fit']})" if run["gate"]["fit"] else ""
    yield f"model      {run['model'] or '-'}{fit}, {run['latency_ms'] or 0} ms"
    yield f"confidence {number(run['gate']['confidence'])}, {needed_by(run['gate'])}"
    if run["error"]:
        yield f"error      {shorten(run['error'], 200)}"
    yield f"reply      {shorten(run['reply'] or '-', 200)}"
    for line in run["asked"]["history"]:
        changed = " (changed since)" if line["is_changed"] else ""
        yield f"before     {line['role']}: {shorten(line['content'], 120)}{changed}"
    for passage in run["asked"]["knowledge"]:
        yield f"article    {_article(passage)}"
    for call_made in run["calls"]:
        yield f"call       {_call(call_made)}"
    for used in run["tools"]:
        yield f"tool       {_tool(used)}"
    for given in run["asked"]["looked_up"]:
        yield f"found      {given['tool']}: {shorten(given['content'], 200)}"
    for label in run["labels"]:
        yield f"label      {label['verdict']}, said by {label['source']}"


def needed_by(gate: Found) -> str:
    """How much confidence an answer needed, and why: of several gates the highest holds."""
    held, calibrated = gate["threshold"], gate.get("needed") or 0.0
    if held is None:
        return "which nobody weighed any more"
    asked = gate.get("confidence_threshold")
    rate = f"{gate.get('max_wrong_rate') or 0.0:.1%} of the answers are wrong at most"
    if calibrated > held:
        return (
            f"needed more than {calibrated:.2f}, with which {rate}"
            f"{TAUGHT.get(gate.get('gate') or '', '')} (set is {number(asked)})"
        )
    found = gate.get("tuned_threshold")
    if found is None:
        return f"needed more than {held:.2f}, as it is set"
    if asked is not None and found < asked:
        return f"needed more than {held:.2f}, which is set; your labels found {found:.2f}"
    return f"needed more than {held:.2f}, with which {rate} by your labels (set is {number(asked)})"


def _article(passage: Found) -> str:
    version = f"version {passage['version']}" if passage["version"] else "changed meanwhile"
    now = passage["version_now"]
    state = "gone" if now is None else f"now version {now}" if passage["is_changed"] else "the same"
    return f"{shorten(str(passage['title']), 80)}, {version} ({state}), {passage['coverage']:.2f}"


def _call(made: Found) -> str:
    cost = made["cost_microusd"]
    price = "no price" if cost is None else f"{cost / 1e6:.6f} USD"
    tokens = f"{made['input_tokens']} + {made['output_tokens']} tokens"
    return f"{made['model']}, {made['outcome']}, {tokens}, {price}, {made['latency_ms']} ms"


def _tool(used: Found) -> str:
    asked = shorten(json.dumps(used["arguments"], ensure_ascii=False), 80)
    outcome = because(used["outcome"], used["reason"])
    return f"{used['tool']} {asked}, {outcome}, {used['latency_ms']} ms"


def because(outcome: str, why: str | None) -> str:
    """An outcome with its reason, where it has one."""
    return f"{outcome}: {why}" if why else outcome


def number(value: float | None) -> str:
    """Two digits of a number, where there is one."""
    return "-" if value is None else f"{value:.2f}"
