"""The message templates of a WhatsApp business account, as the platform lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from romashka.channels.errors import Unavailable
from romashka.channels.fields import object_in, objects_in, text_in
from romashka.channels.meta import Graph

PAGE, MOST_PAGES = 100, 100
FIELDS = "id,name,language,status,category,parameter_format,components,quality_score"


async def read_templates(graph: Graph, business: str) -> list[dict[str, Any]]:
    """All templates, page by page; raises a SendError, never giving a part of them."""
    found: list[dict[str, Any]] = []
    query = {"fields": FIELDS, "limit": str(PAGE)}
    for _ in range(MOST_PAGES):
        answer = await graph.get(f"{business}/message_templates", query)
        found += [one for item in objects_in(answer, "data") if (one := template_of(item))]
        paging = object_in(answer, "paging")
        after = text_in(object_in(paging, "cursors"), "after")
        if not text_in(paging, "next") or after is None:
            return found
        query = query | {"after": after}
    raise Unavailable(f"more than {MOST_PAGES} pages of templates")


def template_of(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """One template as store_templates takes it; None without a name or a language."""
    name, language = text_in(item, "name"), text_in(item, "language")
    if name is None or language is None:
        return None
    components = objects_in(item, "components")
    parts = {(text_in(one, "type") or "").upper(): one for one in components}
    named = (text_in(item, "parameter_format") or "").upper() == "NAMED"
    return {
        "name": name,
        "language": language,
        "external_id": text_in(item, "id"),
        "status": (text_in(item, "status") or "unknown").lower(),
        "category": (text_in(item, "category") or "").lower() or None,
        "parameter_format": "named" if named else "positional",
        "body": text_in(parts.get("BODY", {}), "text") or "",
        "header": text_in(parts.get("HEADER", {}), "text"),
        "buttons": objects_in(parts.get("BUTTONS", {}), "buttons"),
        "components": components,
        "quality": (text_in(object_in(item, "quality_score"), "score") or "").lower() or None,
    }
