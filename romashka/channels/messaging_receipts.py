"""What Messenger and Instagram tell of messages that we sent: by id, or up to a moment."""

from __future__ import annotations

from romashka.channels.events import DeliveryReceipt, InboundEvent, Watermark
from romashka.channels.fields import BadItem, list_in, moment_in, object_in, text_in
from romashka.channels.messaging_people import Item, Place, customer_of, moment_of


def read(item: Item, account: str, place: Place) -> list[InboundEvent]:
    """Instagram names the last message that was read, Messenger the moment in milliseconds.

    The one that is named has a receipt of its own, as its send may not be known by its id yet.
    Raises BadItem.
    """
    part, people = object_in(item, "read"), customer_of(item, account)
    mid, until = text_in(part, "mid"), moment_in(part, "watermark")
    if mid is None and until is None:
        raise BadItem("read without mid and watermark")
    receipt = DeliveryReceipt(
        account=account,
        external_id=mid or "",
        status="read",
        occurred_at=moment_of(item, place),
        identities=people,
    )
    mark = Watermark(
        account=account, identities=people, status="read", until=until, external_id=mid
    )
    return [receipt, mark] if mid else [mark]


def delivery(item: Item, account: str, place: Place) -> list[InboundEvent]:
    """Messages by their ids, or all up to a moment where those are left out; raises BadItem."""
    part, people = object_in(item, "delivery"), customer_of(item, account)
    until = moment_in(part, "watermark")
    mids = [mid for mid in list_in(part, "mids") if isinstance(mid, str) and mid]
    if not mids and until is None:
        raise BadItem("delivery without mids and watermark")
    if not mids:
        return [Watermark(account=account, identities=people, status="delivered", until=until)]
    return [
        DeliveryReceipt(
            account=account,
            external_id=mid,
            status="delivered",
            occurred_at=until or moment_of(item, place),
            identities=people,
        )
        for mid in mids
    ]
