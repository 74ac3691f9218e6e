"""Turns a row change into what each subscriber may know of it, under the rights of this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from local.gateway.badday import GapClock
from local.gateway.filters import Filter, undecided
from local.gateway.pgoutput import Change, Relation, Unchanged, Value
from local.gateway.policies import Judge, Verdict
from local.gateway.protocol import SharedFrame, dumps
from local.gateway.records import NO_KEY, NO_RIGHT, Event, Table, Texts, data, failure
from local.gateway.subscriptions import Subscription
from local.gateway.values import ColumnType, to_json

log = structlog.get_logger(__name__)

Audience = tuple[str, str, tuple[Filter, ...]]


class Reporter:
    """Judges changes and sends them; knows a table only as long as the log describes it so."""

    def __init__(self, judge: Judge, largest: int, gaps: GapClock) -> None:
        self._judge = judge
        self._gaps = gaps
        self._largest = largest
        self._tables: dict[int, Table] = {}

    async def report(self, change: Change, subscriptions: Sequence[Subscription]) -> None:
        """Send one change to those of the subscribers that may see it. Raises psycopg.Error."""
        table = await self._table(change.relation)
        event = await self._event(change, table)
        if not table.primary_key and not event.is_delete:
            refusal = failure(event, NO_KEY)
            self._send([(subscription, refusal) for subscription in subscriptions])
            return
        audiences = _audiences(event, subscriptions)
        verdict = await self._verdict(event, list(audiences)) if audiences else None
        if verdict is not None:
            if verdict.failure:
                log.warning("a policy failed", table=table.relation.table, sqlstate=verdict.failure)
            self._send(_told(event, audiences, verdict))

    async def _table(self, relation: Relation) -> Table:
        table = self._tables.get(relation.oid)
        if table is None or table.relation is not relation:
            found = await self._judge.describe(relation.oid)
            columns = found["columns"].items()
            table = Table(
                relation=relation,
                primary_key=tuple(found["primary_key"]),
                types={name: ColumnType.from_catalogue(column) for name, column in columns},
            )
            self._tables[relation.oid] = table
        return table

    async def _event(self, change: Change, table: Table) -> Event:
        new, old = change.rows()
        merged = {**(new or {}), **_filled(new or {}, old or {})}
        identity = {column.name for column in change.relation.columns if column.in_identity}
        before = {} if change.operation == "INSERT" else old or merged
        texts = _texts(merged)
        old_texts = {name: text for name, text in _texts(before).items() if name in identity}
        return Event(
            change=change,
            table=table,
            new=texts,
            old=old_texts,
            new_json=await self._json(table, texts),
            old_json=await self._json(table, old_texts),
            is_too_large=_size(texts) + _size(old_texts) > self._largest,
        )

    async def _json(self, table: Table, texts: Texts) -> dict[str, str]:
        values = {}
        for name, text in texts.items():
            kind = table.types.get(name)
            if text is None:
                values[name] = "null"
            elif kind is not None and kind.is_row:
                values[name] = await self._judge.as_json(table.relation.oid, name, text)
            elif kind is not None:
                values[name] = to_json(kind, text)
        return values

    async def _verdict(self, event: Event, audiences: Sequence[Audience]) -> Verdict | None:
        asked = {condition.column for _, _, filters in audiences for condition in filters}
        return await self._judge.who_sees(
            event.table.relation.oid,
            is_delete=event.is_delete,
            key=event.key,
            values={name: text for name, text in event.filtered.items() if name in asked},
            audiences=[
                {
                    "role": role,
                    "claims": claims,
                    "filters": [condition.as_json() for condition in filters],
                }
                for role, claims, filters in audiences
            ],
        )

    def _send(self, told: Sequence[tuple[Subscription, str]]) -> None:
        """Send each channel one message per text, and the same frame to all it is the same for."""
        grouped: dict[tuple[int, str], tuple[Subscription, list[int]]] = {}
        for subscription, text in told:
            group = grouped.setdefault((id(subscription.channel), text), (subscription, []))
            group[1].append(subscription.id)
        frames: dict[tuple[str, tuple[int, ...], str], SharedFrame] = {}
        for (_, text), (subscription, ids) in grouped.items():
            channel = subscription.channel
            frame = frames.get((channel.topic, tuple(ids), text))
            if frame is None:
                payload = f'{{"ids":{dumps(ids)},"data":{text}}}'
                frame = SharedFrame(channel.topic, "postgres_changes", payload)
                frames[channel.topic, tuple(ids), text] = frame
            if not channel.is_closed and not self._gaps.loses_delivery():
                channel.deliver(frame)


def _filled(new: Mapping[str, Value], old: Mapping[str, Value]) -> dict[str, Value]:
    """Long values that an update did not touch, where the old row has them."""
    return {
        name: old[name]
        for name, value in new.items()
        if isinstance(value, Unchanged) and old.get(name) is not None
    }


def _texts(row: Mapping[str, Value]) -> dict[str, str | None]:
    return {
        name: None if value is None else value.decode()
        for name, value in row.items()
        if not isinstance(value, Unchanged)
    }


def _size(row: Texts) -> int:
    return sum(len(name) + len((text or "").encode()) for name, text in row.items())


def _audiences(
    event: Event, subscriptions: Sequence[Subscription]
) -> dict[Audience, list[Subscription]]:
    """Subscriptions for which the database has to be asked the same question."""
    values, types = event.filtered, event.table.type_oids
    audiences: dict[Audience, list[Subscription]] = {}
    for subscription in subscriptions:
        left = undecided(subscription.wanted.filters, values, types)
        if left is not None:
            channel = subscription.channel
            audience = (channel.role, channel.claims_text, left)
            audiences.setdefault(audience, []).append(subscription)
    return audiences


def _told(
    event: Event, audiences: Mapping[Audience, Sequence[Subscription]], verdict: Verdict
) -> list[tuple[Subscription, str]]:
    """What each subscription is told, as JSON text; those that see nothing are not in the list."""
    told: list[tuple[Subscription, str]] = []
    shapes: dict[frozenset[str], str] = {}
    key = set(event.table.primary_key)
    for place, ((role, _, _), members) in enumerate(audiences.items()):
        readable = set(verdict.columns.get(role) or ())
        if not event.is_delete and not key <= readable:
            told += [(member, failure(event, NO_RIGHT)) for member in members]
            continue
        if not verdict.sees[str(place)] or not readable:
            continue
        for member in members:
            # The database decided on the rest of the filters; none may look at a hidden column.
            if {condition.column for condition in member.wanted.filters} <= readable:
                shape = frozenset(_selected(member, readable, key))
                if shape not in shapes:
                    shapes[shape] = data(event, set(shape), has_rls=verdict.has_rls)
                told.append((member, shapes[shape]))
    return told


def _selected(subscription: Subscription, readable: set[str], key: set[str]) -> set[str]:
    select = subscription.wanted.select
    return readable if select is None else readable & (set(select) | key)
