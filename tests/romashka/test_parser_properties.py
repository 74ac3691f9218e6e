"""Whatever arrives, a parser gives events that can be stored, or ParseError; and twice the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from romashka.channels.base import Channel
from romashka.channels.errors import ParseError
from romashka.channels.events import as_json
from romashka.channels.website import Website
from romashka.channels.whatsapp import WhatsApp
from romashka.database import to_json
from romashka.settings import Settings

FIXTURES = Path(__file__).parents[1] / "fixtures" / "whatsapp"
PAYLOADS = [json.loads(path.read_text()) for path in sorted(FIXTURES.glob("*.json"))]
WHATSAPP = WhatsApp(Settings(whatsapp_phone_number_id="1"))
WEBSITE = Website(Settings())
SITE = {"messages": [{"id": "1", "visitor_id": "v", "text": "t", "sent_at": "2026-01-01"}]}

texts = st.text(st.characters(codec=None), max_size=20)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
many = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a payload."""
    inner: list[tuple[Any, ...]] = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items if isinstance(value, (dict, list)) else ():
        inner += places(item, (*path, key)) if isinstance(item, (dict, list)) else [(*path, key)]
    return inner


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The payload with another value at a path."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@st.composite
def damaged(draw: st.DrawFn, payloads: list[Any]) -> bytes:
    """A real payload with one value replaced by anything."""
    payload = draw(st.sampled_from(payloads))
    path = draw(st.sampled_from(places(payload)))
    return json.dumps(replaced(payload, path, draw(anything))).encode()


def check(channel: Channel, body: bytes) -> None:
    try:
        events = channel.parse(body)
    except ParseError:
        return
    text = to_json([as_json(event) for event in events])
    assert "\\u0000" not in text
    text.encode()
    assert channel.parse(body) == events or "NaN" in body.decode(errors="replace")


@given(st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
@many
def test_any_bytes_are_events_or_a_parse_error(body: bytes) -> None:
    check(WHATSAPP, body)
    check(WEBSITE, body)


@given(damaged(PAYLOADS))
@settings(many, max_examples=1500)
def test_a_damaged_whatsapp_webhook_is_events_or_a_parse_error(body: bytes) -> None:
    check(WHATSAPP, body)


@given(damaged([SITE]))
@many
def test_a_damaged_website_webhook_is_events_or_a_parse_error(body: bytes) -> None:
    check(WEBSITE, body)


@pytest.mark.parametrize("depth", [30, 60, 300, 900])
def test_depth_inside_an_item_is_cut_not_fatal(depth: int) -> None:
    deep: Any = "bottom"
    for _ in range(depth):
        deep = [deep]
    payload = json.loads((FIXTURES / "unknown_type.json").read_text())
    payload["entry"][0]["changes"][0]["value"]["messages"][0]["hologram"] = deep
    check(WHATSAPP, json.dumps(payload).encode())
