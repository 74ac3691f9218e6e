"""What a message becomes on WhatsApp: parts, captions, buttons, lists, templates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from romashka.channels.base import Choice, OutboundFile, OutboundMessage
from romashka.channels.errors import Rejected
from romashka.channels.whatsapp_parts import Part, kind_of, parts_of

MESSAGE = OutboundMessage(
    delivery_id="d", message_id="m", account="1", identities={"phone": "49"}, content="Hello"
)
IMAGE = OutboundFile(kind="image", url="https://x.example/a.jpg", mime_type="image/jpeg")
VOICE = OutboundFile(kind="voice", url="https://x.example/a.ogg", mime_type="audio/ogg")
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"


def texts(parts: list[Part]) -> list[str]:
    return [part.content["text"]["body"] for part in parts if part.content.get("type") == "text"]


def shape(parts: list[Part]) -> list[str]:
    return [part.file.kind if part.file else str(part.content["type"]) for part in parts]


def choices(*titles: str) -> tuple[Choice, ...]:
    return tuple(Choice(id=f"c{place}", title=title) for place, title in enumerate(titles))


def asked(parts: list[Part]) -> dict[str, Any]:
    return dict(parts[-1].content["interactive"])


def test_a_long_text_goes_in_pieces_that_together_say_it_all() -> None:
    words = " ".join(f"word{number}" for number in range(1500))
    pieces = texts(parts_of(replace(MESSAGE, content=words)))
    assert len(pieces) == 4
    assert max(map(len, pieces)) <= 4096
    assert " ".join(pieces) == words


def test_the_first_file_carries_the_text() -> None:
    parts = parts_of(replace(MESSAGE, files=(IMAGE, IMAGE)))
    assert [(part.caption, bool(part.file)) for part in parts] == [("Hello", True), ("", True)]


@pytest.mark.parametrize(
    "change", [{"files": (VOICE,)}, {"files": (IMAGE,), "content": "x" * 1025}]
)
def test_what_takes_no_caption_gets_its_text_before(change: dict[str, Any]) -> None:
    assert shape(parts_of(replace(MESSAGE, **change)))[0] == "text"


def test_a_file_alone_needs_no_text() -> None:
    assert shape(parts_of(replace(MESSAGE, content="", files=(VOICE,)))) == ["voice"]


@pytest.mark.parametrize(
    ("kind", "mime_type", "size", "sent_as"),
    [
        ("image", "image/png", 10, "image"),
        ("image", "image/webp", 10, "document"),
        ("image", "image/jpeg", 6 * 1024 * 1024, "document"),
        ("voice", "audio/ogg; codecs=opus", 10, "audio"),
        ("audio", "audio/wav", 10, "document"),
        ("video", "video/quicktime", 10, "document"),
        ("sticker", "image/webp", 10, "sticker"),
        ("file", "application/pdf", None, "document"),
        ("image", None, None, "image"),
    ],
)
def test_a_file_goes_as_what_the_platform_takes(
    kind: str, mime_type: str | None, size: int | None, sent_as: str
) -> None:
    file = OutboundFile(kind=kind, url="https://x.example/a.jpg", mime_type=mime_type, size=size)
    assert kind_of(file) == sent_as


def test_up_to_three_choices_are_buttons() -> None:
    found = asked(
        parts_of(replace(MESSAGE, choices=choices("Yes", "No", "A very long answer, no?")))
    )
    assert (found["type"], found["body"]) == ("button", {"text": "Hello"})
    replies = [button["reply"] for button in found["action"]["buttons"]]
    assert [reply["id"] for reply in replies] == ["c0", "c1", "c2"]
    assert replies[2]["title"] == "A very long answer,…"


def test_more_choices_are_a_list_in_the_customers_language() -> None:
    titles = [f"Answer number {number}" for number in range(12)]
    message = replace(MESSAGE, choices=choices(*titles), language="de-AT")
    found = asked(parts_of(message))
    assert (found["type"], found["action"]["button"]) == ("list", "Auswählen")
    [section] = found["action"]["sections"]
    assert [row["title"] for row in section["rows"]] == titles[:10]


def test_a_title_that_was_cut_can_be_read_in_full() -> None:
    titles = ["I would like to send something back", "b", "c", "d"]
    rows = asked(parts_of(replace(MESSAGE, choices=choices(*titles))))["action"]["sections"][0][
        "rows"
    ]
    assert rows[0]["title"] == "I would like to send so…"
    assert rows[0]["description"] == titles[0]
    assert "description" not in rows[1]


def test_titles_that_would_read_the_same_differ() -> None:
    titles = ["The same long beginning, one", "The same long beginning, two"]
    found = asked(parts_of(replace(MESSAGE, choices=choices(*titles))))
    shown = [button["reply"]["title"] for button in found["action"]["buttons"]]
    assert len(set(shown)) == 2
    assert max(map(len, shown)) <= 20


@pytest.mark.parametrize(
    "title", ["x" * 17 + FAMILY, "x" * 18 + "e\u0301e\u0301", "x" * 18 + "🇩🇪🇫🇷"]
)
def test_a_title_is_cut_between_letters(title: str) -> None:
    found = asked(parts_of(replace(MESSAGE, choices=choices(title))))
    shown = found["action"]["buttons"][0]["reply"]["title"]
    assert shown in ("x" * 17 + "…", "x" * 18 + "…")


def test_a_long_text_comes_before_its_choices() -> None:
    parts = parts_of(replace(MESSAGE, content="x" * 1025, choices=choices("Yes"), language="fr"))
    assert shape(parts) == ["text", "interactive"]
    assert asked(parts)["body"] == {"text": "Veuillez choisir :"}


def test_files_come_before_choices() -> None:
    parts = parts_of(replace(MESSAGE, files=(IMAGE,), choices=choices("Yes")))
    assert shape(parts) == ["image", "interactive"]
    assert parts[0].caption == ""


def test_a_closed_window_takes_a_template_only() -> None:
    template = {"name": "hello", "language": {"code": "en"}}
    closed = replace(MESSAGE, window_open=False)
    with pytest.raises(Rejected, match="24 hours"):
        parts_of(closed)
    assert parts_of(replace(closed, template=template)) == [
        Part(content={"type": "template", "template": template})
    ]
