"""The lines that tell a person what happens, message by message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from console.feed import Happening
from console.lines import Lines

NOW = datetime.now(UTC)


def told(lines: Lines, **message: Any) -> str | None:
    stored = {"id": "m", "conversation_id": "c", "created_at": NOW.isoformat(), "metadata": {}}
    what = Happening(
        event="message_created",
        message=stored | message,
        conversation={"id": "c", "customer_name": "Ada"},
        heard_at=NOW,
        live=True,
    )
    return lines.of(what)


def test_a_note_for_agents_is_not_told_as_if_it_went_to_the_customer() -> None:
    lines = Lines()
    note = told(lines, sender_type="system", is_private=True, content="Handed over: complaint")
    sent = told(lines, sender_type="system", is_private=False, content="A person takes over.")
    assert note and "→" not in note and note.endswith("for agents alone")
    assert sent and "Romashka → " in sent
