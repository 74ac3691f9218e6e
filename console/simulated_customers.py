"""What a simulated customer of each channel can have, by one rule for all of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from console.problems import USAGE, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The customers of a channel: what their platform tells of them, and how they are named.

    `has` are the options that only some channels have; `sender` is what --from must be, `called`
    says so in words.
    """

    has: frozenset[str]
    sender: re.Pattern[str]
    called: str


_ID = re.compile(r"[0-9]{1,32}", re.ASCII)
KINDS: Mapping[str, Kind] = {
    "whatsapp": Kind(
        has=frozenset({"name", "file"}),
        sender=re.compile(r"\+?[0-9][0-9 ]{4,24}|[A-Z]{2}\.[A-Za-z0-9.]{1,128}", re.ASCII),
        called="a telephone number, or a user id such as US.123",
    ),
    "instagram": Kind(has=frozenset(), sender=_ID, called="an id: digits alone"),
    "messenger": Kind(has=frozenset(), sender=_ID, called="an id: digits alone"),
    "telegram": Kind(
        has=frozenset({"name"}),
        sender=re.compile(r"[0-9]{1,16}", re.ASCII),
        called="a chat id: digits alone",
    ),
    "email": Kind(
        has=frozenset({"name", "subject"}),
        sender=re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}"),
        called="an e-mail address",
    ),
    "website": Kind(
        has=frozenset({"name"}),
        sender=re.compile(r"\S(.{0,198}\S)?"),
        called="a visitor's id or an e-mail address",
    ),
}


def require_channel(channel: str) -> Kind:
    """The kind of customer that a channel has; raises Problem for an unknown channel."""
    if channel not in KINDS:
        known = ", ".join(KINDS)
        raise Problem(USAGE, "no_such_channel", f"channel {channel!r}: known are {known}")
    return KINDS[channel]


def check_customer(channel: str, sender: str | None, given: Collection[str]) -> None:
    """Raise Problem where a channel's customers do not have what was `given`, or no such name."""
    kind = require_channel(channel)
    for option in sorted(set(given) - kind.has):
        having = ", ".join(name for name, one in KINDS.items() if option in one.has)
        text = f"a customer on {channel} has no --{option}: only one on {having} does"
        raise Problem(USAGE, "no_such_option", text)
    if sender is not None and not kind.sender.fullmatch(sender):
        raise Problem(USAGE, "bad_sender", f"--from is {kind.called} on {channel}")
