"""Whether what a parser gives can be stored, whatever it was made of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from romashka.channels.events import InboundEvent, Unhandled, as_json
from romashka.database import to_json

FAULT = "parser fault"
# The sign itself as JSON writes it, not its name in somebody's words.
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def assert_storable(events: Sequence[InboundEvent]) -> None:
    """No parser failed, and the database takes the events as JSON."""
    assert not [one for one in events if isinstance(one, Unhandled) and FAULT in one.reason]
    text = to_json([as_json(event) for event in events])
    assert NUL.search(text) is None
    text.encode()
