"""The JSON object a language model answers with.

The order of the keys matters: the sources and the verdict come before the text, so a model commits
to what it rests on before it words it, and a stream can be judged before its first word.
"""

from __future__ import annotations

from typing import Any

SCHEMA_NAME = "reply"
KEYS: dict[str, dict[str, Any]] = {
    "language": {"type": "string"},
    "sources": {"type": "array", "items": {"type": "string"}},
    "answerable": {"type": "boolean"},
    "reply": {"type": "string"},
    "handover": {"type": "boolean"},
    "handover_reason": {"type": ["string", "null"]},
    "intent": {"type": "string"},
    "sentiment": {"type": "string", "enum": ["positive", "neutral", "negative"]},
}
# Strict mode wants every key required and no others.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": KEYS,
    "required": list(KEYS),
    "additionalProperties": False,
}
