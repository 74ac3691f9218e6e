"""Short words for tests of the website: pages with their headers, visitors, widgets."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from tests.sql.rows import acting, add_user, call


@contextmanager
def on_page(db: Connection, user: uuid.UUID | None, **headers: str) -> Iterator[None]:
    """Lets the statements within come from a visitor's page with these headers (origin=…)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    db.execute("select set_config('request.headers', %s, true)", [json.dumps(named)])
    with acting(db, user):
        yield
    db.execute("select set_config('request.headers', '', true)")


def add_widget(db: Connection, account: str = "default", **settings: Any) -> uuid.UUID:
    """Opens a widget with these settings; gives its channel's id."""
    channel: uuid.UUID = call(db, "private.register_channel", "website", account, account)
    # Within one transaction all would be as old, and the first one any of them.
    db.execute("update channels set created_at = clock_timestamp() where id = %s", [channel])
    for name, value in settings.items():
        db.execute(
            f"update website_settings set {name} = %s where channel_id = %s".encode(),
            [value, channel],
        )
    return channel


def start_chat(db: Connection, user: uuid.UUID | None = None, text: str = "Hello") -> uuid.UUID:
    """Lets a visitor, by default a new one, open a conversation on the first widget."""
    with acting(db, user or add_user(db)):
        return call(db, "create_conversation", "visitor", "website", text)
