"""The two shapes of a postgres_changes message: the data a role may read, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local.gateway.pgoutput import Change, Relation
from local.gateway.protocol import dumps
from local.gateway.values import ColumnType

NO_KEY = "Error 400: Bad Request, no primary key"
NO_RIGHT = "Error 401: Unauthorized"
TOO_LARGE = "Error 413: Payload Too Large"
SMALL = 64

Texts = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What the catalogue adds to the log's description of a table."""

    relation: Relation
    primary_key: tuple[str, ...]
    types: Mapping[str, ColumnType]

    @property
    def type_oids(self) -> dict[str, int]:
        """The oid of each column's type as declared."""
        return {column.name: column.type_oid for column in self.relation.columns}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change: `new` row and `old` identity as text, and the JSON text of their values.

    Empty where there is no such row; a long value that an update did not touch is in neither.
    """

    change: Change
    table: Table
    new: Texts
    old: Texts
    new_json: Mapping[str, str]
    old_json: Mapping[str, str]
    is_too_large: bool

    @property
    def is_delete(self) -> bool:
        """Whether the row is gone by this change."""
        return self.change.operation == "DELETE"

    @property
    def filtered(self) -> Texts:
        """The values that filters look at."""
        return self.old if self.is_delete else self.new

    @property
    def key(self) -> dict[str, str]:
        """The primary key of the new row; empty when the log does not have all of it."""
        key = {name: self.new.get(name) for name in self.table.primary_key}
        whole = {name: value for name, value in key.items() if value is not None}
        return whole if len(whole) == len(key) else {}


def failure(event: Event, error: str) -> str:
    """JSON text of a message that only says why the change cannot be shown."""
    relation = event.table.relation
    return dumps(
        {
            "schema": relation.schema,
            "table": relation.table,
            "type": event.change.operation,
            "record": {},
            "columns": [],
            "errors": [error],
            "commit_timestamp": None,
        }
    )


def data(event: Event, readable: set[str], *, has_rls: bool) -> str:
    """JSON text of a change with nothing but the columns in `readable`."""
    relation, operation = event.table.relation, event.change.operation
    fields = {
        "table": dumps(relation.table),
        "type": dumps(operation),
        "columns": _columns(event, readable),
        "errors": dumps([TOO_LARGE]) if event.is_too_large else "null",
        "schema": dumps(relation.schema),
        "commit_timestamp": dumps(_timestamp(event)),
    }
    if operation != "DELETE":
        fields["record"] = _row(event, event.new_json, readable)
    if operation != "INSERT":
        # Policies cannot judge a row that is gone, so everybody hears of it, but only of its key.
        shown = readable & set(event.table.primary_key) if has_rls and event.is_delete else readable
        fields["old_record"] = _row(event, event.old_json, shown)
    return _object(fields.items())


def _columns(event: Event, readable: set[str]) -> str:
    return dumps(
        [
            {"name": column.name, "type": event.table.types[column.name].name}
            for column in event.table.relation.columns
            if column.name in readable and column.name in event.table.types
        ]
    )


def _row(event: Event, values: Mapping[str, str], readable: set[str]) -> str:
    shown = ((name, value) for name, value in values.items() if name in readable)
    if event.is_too_large:
        shown = (item for item in shown if item[1] != "null" and len(item[1].encode()) <= SMALL)
    return _object(shown)


def _object(items: Iterable[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{dumps(name)}:{value}" for name, value in items) + "}"


def _timestamp(event: Event) -> str:
    moment = event.change.begin.committed_at
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
