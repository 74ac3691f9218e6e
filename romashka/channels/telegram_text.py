"""The words of a Telegram text, with what its entities hide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from romashka.channels.fields import text_in


def with_links(text: str, entities: list[dict[str, Any]]) -> str:
    """The text with the address of each link that hides behind words written after them.

    Offsets count UTF-16 units; bold, code and mentions say nothing that the text does not.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in sorted(filter(_is_hidden_link, entities), key=_end, reverse=True):
        end = _end(entity) * 2
        if end <= len(units):
            address = f" ({entity['url']})".encode("utf-16-le", "surrogatepass")
            units = units[:end] + address + units[end:]
    return units.decode("utf-16-le", "surrogatepass")


def _is_hidden_link(entity: Mapping[str, Any]) -> bool:
    places = (entity.get("offset"), entity.get("length"))
    return (
        entity.get("type") == "text_link"
        and text_in(entity, "url") is not None
        and all(type(place) is int and 0 <= place <= 2**20 for place in places)
    )


def _end(entity: Mapping[str, Any]) -> int:
    return int(entity["offset"]) + int(entity["length"])
