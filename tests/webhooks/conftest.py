"""The application over a database of its own, without a server in between."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from flask.testing import FlaskClient
from psycopg import Connection
from psycopg.rows import TupleRow

from local.databases import clone_database, drop_database
from local.postgres import Postgres
from romashka.settings import Settings
from tests.waiting import wait_until
from tests.webhooks.senders import (
    ACCOUNT,
    APP_SECRET,
    SITE_SECRET,
    VERIFY_TOKEN,
    meta_signed,
    whatsapp_body,
)
from webhooks import create_app


@dataclass
class Site:
    """A running application, a client and a look into its database."""

    client: FlaskClient
    database: Connection[TupleRow]

    def post(self, body: bytes, path: str = "/webhooks/whatsapp", **options: object):
        return self.client.post(path, data=body, headers=meta_signed(body), **options)

    def message(self, external_id: str = "wamid.1", **more: object):
        return self.post(whatsapp_body(external_id, **more))

    def one(self, query: str, *values: object) -> object:
        row = self.database.execute(query, values).fetchone()
        return row[0] if row else None


def site_settings(url: str, **more: object) -> Settings:
    values = {
        "database_url": url,
        "whatsapp_phone_number_id": ACCOUNT,
        "whatsapp_webhook_secret": (APP_SECRET, "an-older-secret"),
        "whatsapp_verify_token": VERIFY_TOKEN,
        "website_webhook_secret": (SITE_SECRET,),
        **more,
    }
    return Settings(**values)


@contextmanager
def running_site(url: str, look_at: str | None = None, **more: object) -> Iterator[Site]:
    """The application over a database; `look_at` is another way to the same one."""
    app = create_app(site_settings(url, **more))
    with psycopg.connect(look_at or url, autocommit=True) as database:
        try:
            yield Site(app.test_client(), database)
        finally:
            app.extensions["web"].close()


@contextmanager
def registered_site(url: str, **more: object) -> Iterator[Site]:
    """The same, once its channels are registered."""
    with running_site(url, **more) as site:
        wait_until(lambda: site.one("select count(*) from public.channels") == 2)
        yield site


@pytest.fixture
def start_site(fresh_database: Callable[[], str]) -> Iterator[Callable[..., Site]]:
    """Starts the application with other settings: start_site(webhook_rate_per_minute=3)."""
    with ExitStack() as opened:
        yield lambda **more: opened.enter_context(registered_site(fresh_database(), **more))


@pytest.fixture(scope="module")
def shared_site(server: Postgres, migrated_template: str) -> Iterator[Site]:
    """One application for many cases that do not disturb each other."""
    name = f"test_{secrets.token_hex(6)}"
    with registered_site(clone_database(server, migrated_template, name)) as site:
        yield site
    drop_database(server, name)


@pytest.fixture
def site(start_site: Callable[..., Site]) -> Site:
    """The application with the usual settings."""
    return start_site()
