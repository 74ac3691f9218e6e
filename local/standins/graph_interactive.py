"""What the Graph API takes as buttons and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.standins.graph_errors import graph_error
from local.standins.graph_fields import need_object, need_objects, need_text

MAX_BODY = 1024


def check_interactive(content: Mapping[str, Any]) -> None:
    """Raises GraphError unless it is a message with buttons or a list."""
    need_text(need_object(content, "body"), "text", limit=MAX_BODY)
    action = need_object(content, "action")
    kind = content.get("type")
    if kind == "button":
        _check_buttons(need_objects(action, "buttons", 3))
    elif kind == "list":
        need_text(action, "button", limit=20)
        _check_rows(need_objects(action, "sections", 10))
    else:
        raise graph_error(131009, f"Interactive type {kind!r} is not valid")


def _check_buttons(buttons: Sequence[Mapping[str, Any]]) -> None:
    for button in buttons:
        if button.get("type") != "reply":
            raise graph_error(131009, "Button type must be reply")
        need_text(need_object(button, "reply"), "title", limit=20)
        need_text(button["reply"], "id", limit=256)
    _differ([button["reply"] for button in buttons])


def _check_rows(sections: Sequence[Mapping[str, Any]]) -> None:
    rows = [row for section in sections for row in need_objects(section, "rows", 10)]
    if len(rows) > 10:
        raise graph_error(131009, "Total row count exceeds the maximum of 10")
    for row in rows:
        need_text(row, "title", limit=24)
        need_text(row, "id", limit=200)
        if "description" in row:
            need_text(row, "description", limit=72)
    _differ(rows)


def _differ(items: Sequence[Mapping[str, Any]]) -> None:
    for name in ("id", "title"):
        if len({item[name] for item in items}) < len(items):
            raise graph_error(131009, f"Duplicated {name}")
