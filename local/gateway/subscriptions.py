"""The postgres_changes subscriptions of all channels, found by table."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from local.gateway.channels import Channel
from local.gateway.filters import Filter, parse_filters, shown
from local.gateway.policies import Policies

EVENTS = frozenset(("INSERT", "UPDATE", "DELETE"))
ANY = "*"
LARGEST_ID = 2**27 - 1


class SubscriptionError(Exception):
    """A subscription cannot be made; the message is the one the real server gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one entry of a join's postgres_changes asks for."""

    event: str
    schema: str
    table: str
    filters: tuple[Filter, ...]
    select: tuple[str, ...] | None

    @classmethod
    def parse(cls, params: Mapping[str, Any]) -> Wanted:
        """The entry as understood. Raises FilterError or SubscriptionError."""
        schema, table = _text(params, "schema"), _text(params, "table")
        if schema is None and table is None:
            raise SubscriptionError(
                "No subscription params provided. Please provide at least a `schema` or `table`"
                f" to subscribe to: {_inspect(params)}"
            )
        event, select = params.get("event"), params.get("select")
        return cls(
            event=event if event in EVENTS else ANY,
            schema=schema or "public",
            table=table or ANY,
            filters=parse_filters(_text(params, "filter") or ""),
            select=tuple(map(str, select)) if isinstance(select, list) and select else None,
        )

    def __str__(self) -> str:
        filters = ", ".join(condition.shown() for condition in self.filters)
        select = "nil" if self.select is None else shown(self.select)
        return (
            f"[event: {self.event}, schema: {self.schema}, table: {self.table},"
            f" filters: [{filters}], select: {select}]"
        )


def _text(params: Mapping[str, Any], key: str) -> str | None:
    value = params.get(key)
    return value if isinstance(value, str) and value else None


def _inspect(params: Mapping[str, Any]) -> str:
    pairs = ", ".join(f'"{key}" => {json.dumps(value)}' for key, value in sorted(params.items()))
    return "%{" + pairs + "}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subscription:
    """One entry of a channel's join, known to the client by `id`."""

    id: int
    channel: Channel
    wanted: Wanted


def identify(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The entries of a join with their ids: equal entries get equal ids, on every join."""
    return [{**entry, "id": _number(entry)} for entry in entries]


def _number(entry: Mapping[str, Any]) -> int:
    digest = zlib.crc32(json.dumps(entry, sort_keys=True).encode())
    return digest % LARGEST_ID + 1


async def check(wanted: Wanted, role: str, policies: Policies) -> None:
    """Raise SubscriptionError unless the database knows such tables, columns and values.

    Raises psycopg.OperationalError when it could not be asked.
    """
    try:
        tables = await policies.check_subscription(
            role,
            wanted.schema,
            wanted.table,
            [condition.as_json() for condition in wanted.filters],
            wanted.select,
        )
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise SubscriptionError(
            "Unable to subscribe to changes with given parameters. An exception happened so"
            f" please check your connect parameters: {wanted}. Exception: {_told(error)}"
        ) from error
    if tables == 0:
        raise SubscriptionError(
            "Unable to subscribe to changes with given parameters. Please check Realtime is"
            f" enabled for the given connect parameters: {wanted}"
        )


def _told(error: psycopg.Error) -> str:
    state = error.sqlstate or "XX000"
    try:
        name = psycopg.errors.lookup(state).__name__
    except KeyError:
        name = "Unknown"
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return f"ERROR {state} ({words}) {error.diag.message_primary}"


class SubscriptionIndex:
    """All live subscriptions; those of one table are found without looking at the others."""

    def __init__(self) -> None:
        self._by_table: dict[tuple[str, str], dict[Subscription, None]] = {}

    def add(self, channel: Channel, entries: Sequence[tuple[int, Wanted]]) -> None:
        """Make these the subscriptions of a channel, in place of what it had."""
        self.remove(channel)
        for number, wanted in entries:
            subscription = Subscription(id=number, channel=channel, wanted=wanted)
            channel.subscriptions.append(subscription)
            self._by_table.setdefault((wanted.schema, wanted.table), {})[subscription] = None

    def remove(self, channel: Channel) -> None:
        """Forget the subscriptions of a channel."""
        for subscription in channel.subscriptions:
            key = (subscription.wanted.schema, subscription.wanted.table)
            found = self._by_table.get(key, {})
            found.pop(subscription, None)
            if not found:
                self._by_table.pop(key, None)
        channel.subscriptions.clear()

    def of_table(self, schema: str, table: str, operation: str) -> Iterator[Subscription]:
        """The subscriptions that a change of this kind may concern."""
        if not self._by_table:
            return
        for key in ((schema, table), (schema, ANY), (ANY, table), (ANY, ANY)):
            for subscription in self._by_table.get(key, ()):
                if subscription.wanted.event in (ANY, operation):
                    yield subscription
