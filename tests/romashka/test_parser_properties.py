"""Whatever arrives, a parser gives events that can be stored, or ParseError; and twice the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from romashka.channels import build_channels, website, whatsapp_items
from romashka.channels.base import Channel
from romashka.channels.errors import ParseError
from romashka.channels.events import InboundEvent, Unhandled
from romashka.channels.reading import read_reply
from romashka.settings import Settings
from tests.fixtures_path import INSTAGRAM, MESSENGER
from tests.fixtures_path import WHATSAPP as FIXTURES
from tests.romashka.storable import assert_storable
from tests.webhooks.senders import whatsapp_batch, whatsapp_change

PAYLOADS, INSTAGRAM_PAYLOADS, MESSENGER_PAYLOADS, UPDATES = (
    [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    for folder in (FIXTURES, INSTAGRAM, MESSENGER, FIXTURES.parent / "telegram")
)
CHANNELS = build_channels(
    Settings(
        whatsapp_phone_number_id="1",
        website_webhook_secret=("whsec_c2VjcmV0",),
        telegram_bot_token="1:A",
        telegram_webhook_secret=("daisy",),
        instagram_account_id="1",
        messenger_page_id="1",
    )
)
WHATSAPP, WEBSITE = CHANNELS["whatsapp"], CHANNELS["website"]
TELEGRAM = CHANNELS["telegram"]
# Meta's two smaller channels read by one parser.
PEOPLE = [
    (CHANNELS["instagram"], INSTAGRAM_PAYLOADS),
    (CHANNELS["messenger"], MESSENGER_PAYLOADS),
]
SITE = {"messages": [{"id": "1", "visitor_id": "v", "text": "t", "sent_at": "2026-01-01"}]}

texts = st.text(st.characters(codec=None), max_size=20)
# Beside the usual: what is valid JSON and too large for a float, a clock or a column.
huge = st.sampled_from([10**400, -(10**400), 2**63, 10**12, 1e308, -1e308, 4_102_444_800_000])
leaves = st.none() | st.booleans() | st.integers() | huge | st.floats() | texts
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


def parsed(channel: Channel, body: bytes) -> list[InboundEvent]:
    """What the channel's own inlet reads."""
    return list(channel.inlets[""].parse(body, {}))


def check(channel: Channel, body: bytes) -> None:
    try:
        events = parsed(channel, body)
    except ParseError:
        return
    assert_storable(events)
    assert parsed(channel, body) == events or "NaN" in body.decode(errors="replace")


@given(st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
@many
def test_any_bytes_are_events_or_a_parse_error(body: bytes) -> None:
    for channel in CHANNELS.values():
        check(channel, body)


@given(damaged(PAYLOADS))
@settings(many, max_examples=600)
def test_a_damaged_whatsapp_webhook_is_events_or_a_parse_error(body: bytes) -> None:
    check(WHATSAPP, body)


@given(st.sampled_from(PEOPLE).flatmap(lambda one: st.tuples(st.just(one[0]), damaged(one[1]))))
@settings(many, max_examples=600)
def test_a_damaged_webhook_of_instagram_or_messenger_is_events_or_a_parse_error(
    case: tuple[Channel, bytes],
) -> None:
    check(*case)


@given(damaged([SITE]))
@many
def test_a_damaged_website_webhook_is_events_or_a_parse_error(body: bytes) -> None:
    check(WEBSITE, body)


@given(damaged(UPDATES))
@settings(many, max_examples=600)
def test_a_damaged_telegram_update_is_events_or_a_parse_error(body: bytes) -> None:
    check(TELEGRAM, body)
    answer = read_reply("telegram", TELEGRAM.inlets[""], body)
    assert answer is None or json.loads(answer)["method"] == "answerCallbackQuery"


def deep(depth: int) -> Any:
    return [deep(depth - 1)] if depth else "bottom"


WRONG = [None, True, -1, 0.5, 10**400, 1e308, "", "1" * 20, "x" * 600, [], {}, [[{}]], deep(100)]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_a_wrong_type_at_any_place_is_no_fault(wrong: Any) -> None:
    sides = ((WHATSAPP, PAYLOADS), (WEBSITE, [SITE]), (TELEGRAM, UPDATES), *PEOPLE)
    for channel, payloads in sides:
        for payload in payloads:
            for path in places(payload):
                check(channel, json.dumps(replaced(payload, path, wrong)).encode())


@pytest.mark.parametrize("digits", [20, 400, 4000])
def test_a_huge_timestamp_harms_neither_its_message_nor_the_next(digits: int) -> None:
    change = whatsapp_change("wamid.odd")
    change["value"]["messages"][0]["timestamp"] = 10**digits
    found = parsed(WHATSAPP, whatsapp_batch(whatsapp_change("wamid.sound"), change))
    assert [(event.external_id, event.occurred_at is None) for event in found] == [
        ("wamid.sound", False),
        ("wamid.odd", True),
    ]


@pytest.mark.parametrize("channel", [WHATSAPP, WEBSITE], ids=["whatsapp", "website"])
def test_a_fault_in_one_item_leaves_its_neighbours(
    channel: Channel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumble(item: Any, name: str) -> str:
        if item[name] == "canary":
            raise KeyError("canary")
        return item[name]

    for module in (whatsapp_items, website):
        monkeypatch.setattr(module, "id_in", stumble)
    items = [{"id": name, "visitor_id": "v", "text": "t"} for name in ("canary", "sound")]
    bodies = {
        "whatsapp": whatsapp_batch(whatsapp_change("canary"), whatsapp_change("sound")),
        "website": json.dumps({"messages": items}).encode(),
    }
    odd, sound = parsed(channel, bodies[channel.type])
    assert (type(odd), odd.reason) == (Unhandled, "parser fault: KeyError")
    assert sound.external_id == "sound"
    assert "canary" not in capsys.readouterr().out


@pytest.mark.parametrize("depth", [30, 60, 300, 900])
def test_depth_inside_an_item_is_cut_not_fatal(depth: int) -> None:
    payload = json.loads((FIXTURES / "unknown_type.json").read_text())
    payload["entry"][0]["changes"][0]["value"]["messages"][0]["hologram"] = deep(depth)
    check(WHATSAPP, json.dumps(payload).encode())


@pytest.mark.parametrize("depth", [30, 300, 900])
@pytest.mark.parametrize("place", [0, 1], ids=["instagram", "messenger"])
def test_depth_inside_a_message_is_cut_not_fatal(place: int, depth: int) -> None:
    channel, payloads = PEOPLE[place]
    item = {
        "sender": {"id": "7"},
        "recipient": {"id": "1"},
        "postback": {"title": "t", "hologram": deep(depth)},
    }
    entry = {"id": "1", "messaging": [item]}
    check(channel, json.dumps({**payloads[0], "entry": [entry]}).encode())
