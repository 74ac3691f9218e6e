"""Reads the logical replication messages of the `pgoutput` plugin, protocol version 1."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

Operation = Literal["INSERT", "UPDATE", "DELETE"]
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
OPERATIONS: Final[dict[int, Operation]] = {
    ord("I"): "INSERT",
    ord("U"): "UPDATE",
    ord("D"): "DELETE",
}


class Unchanged:
    """Stands for a long value that an update did not touch and the log does not repeat."""


UNCHANGED: Final = Unchanged()
Value = bytes | None | Unchanged


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: name, oid of its type, and whether it is in the replica identity."""

    name: str
    type_oid: int
    in_identity: bool


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A table as the log describes it; it is described anew whenever its definition changes."""

    oid: int
    schema: str
    table: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Begin:
    """A committed transaction starts: its (32-bit) id and the time of its commit."""

    xid: int
    committed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row changed; the tuples are decoded only when somebody asks for them."""

    relation: Relation
    operation: Operation
    begin: Begin
    data: bytes

    def rows(self) -> tuple[dict[str, Value] | None, dict[str, Value] | None]:
        """The new row and the old identity, as the server's text; None where there is none."""
        at, old = 5, None
        if self.data[at : at + 1] in (b"K", b"O"):
            old, at = self._row(at + 1)
        new = self._row(at + 1)[0] if self.data[at : at + 1] == b"N" else None
        return new, old

    def _row(self, at: int) -> tuple[dict[str, Value], int]:
        data, row = self.data, {}
        at += 2
        for column in self.relation.columns:
            kind = data[at]
            at += 1
            value: Value = None
            if kind == 116:
                size = int.from_bytes(data[at : at + 4], "big")
                at += 4
                value = data[at : at + size]
                at += size
            elif kind == 117:
                value = UNCHANGED
            row[column.name] = value
        return row, at


class Parser:
    """Turns the messages of one replication stream into Begin and Change, in their order."""

    def __init__(self) -> None:
        self._relations: dict[int, Relation] = {}
        self._begin: Begin | None = None

    def feed(self, data: bytes) -> Begin | Change | None:
        """One message in; what it means to us out, None for the kinds we do not need."""
        kind = data[0]
        if kind in OPERATIONS:
            return self._change(kind, data)
        if kind == 66:
            return self._start(data)
        if kind == 82:
            self._describe(data)
        return None

    def _start(self, data: bytes) -> Begin:
        _lsn, microseconds, xid = struct.unpack_from(">QqI", data, 1)
        self._begin = Begin(xid, EPOCH + timedelta(microseconds=microseconds))
        return self._begin

    def _change(self, kind: int, data: bytes) -> Change:
        (oid,) = struct.unpack_from(">I", data, 1)
        if self._begin is None:
            raise ValueError("a change outside a transaction")
        return Change(
            relation=self._relations[oid],
            operation=OPERATIONS[kind],
            begin=self._begin,
            data=data,
        )

    def _describe(self, data: bytes) -> None:
        (oid,) = struct.unpack_from(">I", data, 1)
        schema, at = _string(data, 5)
        table, at = _string(data, at)
        (count,) = struct.unpack_from(">h", data, at + 1)
        at += 3
        columns = []
        for _ in range(count):
            in_identity = bool(data[at] & 1)
            name, at = _string(data, at + 1)
            (type_oid,) = struct.unpack_from(">I", data, at)
            at += 8
            columns.append(Column(name, type_oid, in_identity))
        self._relations[oid] = Relation(oid, schema or "pg_catalog", table, tuple(columns))


def _string(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(0, at)
    return data[at:end].decode(), end + 1
