"""Reading a body without ever failing: what cannot be read is kept with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import Any

import structlog

from romashka.channels.base import Inlet, Replying
from romashka.channels.errors import ParseError
from romashka.channels.events import InboundEvent, Unhandled, as_json
from romashka.channels.fields import BadItem
from romashka.database import to_json

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The events of a body, each as JSON text in as_json's form, or why there are none."""

    events: tuple[str, ...] | None = None
    error: str | None = None


def read_events(channel_type: str, inlet: Inlet, body: bytes, kept: Mapping[str, str]) -> Reading:
    """What the inlet's present parser makes of a body; never raises.

    After a fault of ours the bytes are still kept and the platform gets its 200: a replay reads
    them once the parser is mended.
    """
    try:
        return Reading(events=tuple(to_json(as_json(event)) for event in inlet.parse(body, kept)))
    except ParseError as error:
        return Reading(error=str(error))
    except Exception as error:
        return Reading(error=_fault(error, channel=channel_type))


def read_reply(channel_type: str, inlet: Inlet, body: bytes) -> bytes | None:
    """What the inlet has to say to a request that is stored; never raises.

    It is stored, so that a fault of ours here must not make the platform send it again.
    """
    if not isinstance(inlet, Replying):
        return None
    try:
        return inlet.reply(body)
    except ParseError:
        return None
    except Exception as error:
        _fault(error, channel=channel_type)
        return None


def events_or_unhandled(
    read: Callable[[], list[InboundEvent]], account: str | None, item: Any
) -> list[InboundEvent]:
    """One item's events; an item that cannot be read becomes Unhandled and harms no neighbour."""
    try:
        return read()
    except BadItem as error:
        reason = str(error)
    except Exception as error:
        reason = _fault(error)
    return [Unhandled(account=account, reason=reason, item=item)]


def _fault(error: Exception, **where: str) -> str:
    """Log a fault by its class and place: its text and its variables may quote a customer."""
    frame = extract_tb(error.__traceback__)[-1]
    kind = type(error).__name__
    log.error("parser_fault", error=kind, at=f"{Path(frame.filename).name}:{frame.lineno}", **where)
    return f"parser fault: {kind}"
