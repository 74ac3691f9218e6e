"""What one reply cost: every call made for it, also those that were cut or lost the race."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CHARACTERS_PER_TOKEN = 4
# What a server counts beside input and output, by the names that the two wires give it.
CACHED = ("input_tokens_details", "prompt_tokens_details")
REASONED = ("output_tokens_details", "completion_tokens_details")

CallOutcome = Literal["answered", "unreadable", "failed", "timeout", "cancelled", "blocked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one call; `estimated` where the server did not count them.

    `cached_tokens` are part of the input, `reasoning_tokens` part of the output.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to a provider; `ttft_ms` is None where no text came.

    `outcome`: answered (also by calling tools), unreadable (no reply could be read from its text),
    failed, timeout, cancelled (a person took over, a newer message came, another provider was
    first) or blocked (a check of what it wrote). `status` is the HTTP status of a refusal.
    """

    model: str
    wire: str
    usage: Usage
    latency_ms: int
    ttft_ms: int | None
    outcome: CallOutcome
    status: int | None = None


def read_usage(found: object, used_key: str, made_key: str) -> Usage | None:
    """The usage of an event; None where the server sent none that makes sense."""
    if not isinstance(found, Mapping):
        return None
    used, made = found.get(used_key), found.get(made_key)
    if not (isinstance(used, int) and isinstance(made, int)):
        return None
    return Usage(
        input_tokens=used,
        output_tokens=made,
        total_tokens=used + made,
        cached_tokens=_detail(found, CACHED, "cached_tokens"),
        reasoning_tokens=_detail(found, REASONED, "reasoning_tokens"),
    )


def estimated_usage(read: int, written: int) -> Usage:
    """The usage of a call whose server did not count it, from characters read and written."""
    used, made = read // CHARACTERS_PER_TOKEN, written // CHARACTERS_PER_TOKEN
    return Usage(input_tokens=used, output_tokens=made, total_tokens=used + made, estimated=True)


def _detail(found: Mapping[str, object], names: tuple[str, ...], key: str) -> int:
    """A number that foreign servers leave out, and others put under either name."""
    for name in names:
        details = found.get(name)
        value = details.get(key) if isinstance(details, Mapping) else None
        if isinstance(value, int):
            return value
    return 0
