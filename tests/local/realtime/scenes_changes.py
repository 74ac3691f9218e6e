"""Scenes about postgres_changes: what is told of a row, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.local.realtime.gateways import ADA, BOB
from tests.local.realtime.scenes import Expected, Scene, Step, everybody, join, reply, sql, system

SUBSCRIBED = "Subscribed to PostgreSQL"
NOTES: dict[str, Any] = {"event": "*", "schema": "public", "table": "notes"}
NOTE_TYPES = {"id": "int8", "author": "uuid", "body": "text", "stars": "int4", "price": "numeric"}
CLIENTS = {"boss": "service", "ada": "ada", "bob": "bob"}
NOTE = {"id": 1, "author": ADA, "body": "tea é 🎉", "stars": 5, "price": 12.34}


def listen(client: str, *entries: Mapping[str, Any]) -> Step:
    """A join that asks for changes and is told when it has them."""
    named = [{**entry, "id": 10**6} for entry in entries]
    return join(
        client,
        "changes",
        reply(response={"postgres_changes": named}),
        system(SUBSCRIBED, "changes", by="postgres_changes"),
        postgres_changes=list(entries),
    )


def change(
    operation: str,
    table: str,
    types: Mapping[str, str],
    *,
    new: Any = None,
    old: Any = None,
    errors: Any = None,
    ids: int = 1,
) -> Expected:
    """A change as one client is told of it; `types` are the columns it may read."""
    data = {
        "schema": "public",
        "table": table,
        "type": operation,
        "columns": [{"name": name, "type": kind} for name, kind in types.items()],
        "commit_timestamp": "now",
        "errors": errors,
    }
    if new is not None:
        data["record"] = new
    if old is not None:
        data["old_record"] = old
    payload = {"ids": [1] * ids, "data": data}
    return everybody("postgres_changes", payload, topic="realtime:changes")


def note(operation: str, **rows: Any) -> Expected:
    """A change of a note."""
    return change(operation, "notes", NOTE_TYPES, **rows)


def refused_change(table: str, error: str) -> Expected:
    """A change that may not be shown, for a reason."""
    data = {
        "schema": "public",
        "table": table,
        "type": "INSERT",
        "record": {},
        "columns": [],
        "errors": [error],
        "commit_timestamp": None,
    }
    return everybody("postgres_changes", {"ids": [1], "data": data}, topic="realtime:changes")


def insert_note(number: int, author: str = ADA, body: str = "tea", stars: int = 1) -> str:
    """SQL that makes a note."""
    return f"insert into public.notes values ({number}, '{author}', '{body}', {stars})"


def made(number: int, author: str = ADA, body: str = "tea", stars: int = 1) -> dict[str, Any]:
    """The row that insert_note makes."""
    return {"id": number, "author": author, "body": body, "stars": stars, "price": None}


SAMPLE_TYPES = {
    "id": "int8",
    "amount": "numeric",
    "ratio": "float8",
    "small_ratio": "float4",
    "is_on": "bool",
    "doc": "jsonb",
    "raw_doc": "json",
    "words": "text",
    "code": "varchar",
    "owner": "uuid",
    "local_time": "timestamp",
    "world_time": "timestamptz",
    "day": "date",
    "hour": "time",
    "span": "interval",
    "numbers": "_int4",
    "names": "_text",
    "blob": "bytea",
    "grid": "_int4",
    "flags": "_bool",
    "moments": "_timestamptz",
}
NOTHING = dict.fromkeys(SAMPLE_TYPES)
PAIR = {"a": "int4", "b": "text", "c": "text"}
SAMPLE = {
    "id": 9007199254740993,
    "amount": 123456789012345678901234567890.5,
    "ratio": None,
    "small_ratio": 1.5,
    "is_on": True,
    "doc": {"a": 1.1, "b": None},
    "raw_doc": {"a": 1.1},
    "words": 'a "quoted" \\ line\n',
    "code": "abc",
    "owner": ADA,
    "local_time": "2026-01-02T03:04:05.123456",
    "world_time": "2026-01-02T00:04:05.5+00:00",
    "day": "2026-01-02",
    "hour": "03:04:05",
    "span": "1 day 02:00:00",
    "numbers": [1, 2, None],
    "names": ["a", "b,c", 'd"e', "NULL", "", None, "\\"],
    "blob": "deadbeef",
    "grid": [[1, 2], [3, 4]],
    "flags": [True, False],
    "moments": ["2026-01-02T00:00:00+00:00"],
}

SCENES = [
    Scene(
        name="a change goes to whom the row's policies let see it, once for all entries",
        clients=CLIENTS,
        steps=[
            listen(
                "boss",
                NOTES,
                {**NOTES, "event": "INSERT", "filter": "stars=gt.4"},
                NOTES,
                {**NOTES, "event": "UPDATE"},
                {"event": "*", "schema": "public"},
            ),
            listen("ada", NOTES),
            listen("bob", NOTES),
            sql(
                f"insert into public.notes values (1, '{ADA}', 'tea é 🎉', 5, 12.340)",
                {
                    "boss": [note("INSERT", new=NOTE, ids=4)],
                    "ada": [note("INSERT", new=NOTE)],
                },
            ),
            sql(
                "update public.notes set body = body where id = 1",
                {
                    "boss": [note("UPDATE", new=NOTE, old={"id": 1}, ids=4)],
                    "ada": [note("UPDATE", new=NOTE, old={"id": 1})],
                },
            ),
            sql(
                f"update public.notes set author = '{BOB}' where id = 1",
                {
                    "boss": [note("UPDATE", new=NOTE | {"author": BOB}, old={"id": 1}, ids=4)],
                    "bob": [note("UPDATE", new=NOTE | {"author": BOB}, old={"id": 1})],
                },
            ),
            sql(
                "update public.notes set id = 2 where id = 1",
                {
                    "boss": [
                        note("UPDATE", new=NOTE | {"author": BOB, "id": 2}, old={"id": 1}, ids=4)
                    ],
                    "bob": [note("UPDATE", new=NOTE | {"author": BOB, "id": 2}, old={"id": 1})],
                },
            ),
            sql(
                "delete from public.notes where id = 2",
                {
                    "boss": [note("DELETE", old={"id": 2}, ids=3)],
                    "ada": [note("DELETE", old={"id": 2})],
                    "bob": [note("DELETE", old={"id": 2})],
                },
            ),
        ],
    ),
    Scene(
        name="of a row that is gone already under policies only its end is told",
        clients=CLIENTS,
        steps=[
            listen("boss", NOTES),
            listen("ada", NOTES),
            sql(
                f"begin; {insert_note(3)}; update public.notes set body = 'b' where id = 3;"
                " delete from public.notes where id = 3; commit",
                {
                    "boss": [note("DELETE", old={"id": 3})],
                    "ada": [note("DELETE", old={"id": 3})],
                },
            ),
            sql(f"begin; {insert_note(4)}; rollback"),
        ],
    ),
    Scene(
        name="changes of one transaction come in their order, across tables",
        clients={"boss": "service"},
        steps=[
            listen("boss", {"event": "*", "schema": "public"}),
            sql(
                f"begin; {insert_note(5)}; insert into public.ledger values (1, 'a', 'b');"
                f" {insert_note(6)}; commit",
                {
                    "boss": [
                        note("INSERT", new=made(5)),
                        change(
                            "INSERT",
                            "ledger",
                            {"id": "int4", "credit": "text", "debit": "text"},
                            new={"id": 1, "credit": "a", "debit": "b"},
                        ),
                        note("INSERT", new=made(6)),
                    ]
                },
            ),
        ],
    ),
    Scene(
        name="a table of full identity tells the whole row before; a truncation tells nothing",
        clients={"ada": "ada"},
        steps=[
            sql("insert into public.ledger values (1, 'a', 'b')", settles=True),
            listen("ada", {"event": "*", "schema": "public", "table": "ledger"}),
            sql(
                "update public.ledger set debit = 'c' where id = 1",
                {
                    "ada": [
                        change(
                            "UPDATE",
                            "ledger",
                            {"id": "int4", "credit": "text", "debit": "text"},
                            new={"id": 1, "credit": "a", "debit": "c"},
                            old={"id": 1, "credit": "a", "debit": "b"},
                        )
                    ]
                },
            ),
            sql(
                "delete from public.ledger",
                {
                    "ada": [
                        change(
                            "DELETE",
                            "ledger",
                            {"id": "int4", "credit": "text", "debit": "text"},
                            old={"id": 1, "credit": "a", "debit": "c"},
                        )
                    ]
                },
            ),
            sql("truncate public.ledger"),
        ],
    ),
    Scene(
        name="a key of several columns is told whole",
        clients={"ada": "ada"},
        steps=[
            listen("ada", {"event": "*", "schema": "public", "table": "pairs"}),
            sql(
                "insert into public.pairs values (1, 'x', 'c');"
                " update public.pairs set c = 'd'; delete from public.pairs",
                {
                    "ada": [
                        change("INSERT", "pairs", PAIR, new={"a": 1, "b": "x", "c": "c"}),
                        change(
                            "UPDATE",
                            "pairs",
                            PAIR,
                            new={"a": 1, "b": "x", "c": "d"},
                            old={"a": 1, "b": "x"},
                        ),
                        change("DELETE", "pairs", PAIR, old={"a": 1, "b": "x"}),
                    ]
                },
            ),
        ],
    ),
    Scene(
        name="a table without a key says so",
        clients={"ada": "ada"},
        steps=[
            listen("ada", {"event": "*", "schema": "public", "table": "wordlist"}),
            sql(
                "insert into public.wordlist values ('a')",
                {"ada": [refused_change("wordlist", "Error 400: Bad Request, no primary key")]},
            ),
        ],
    ),
    Scene(
        name="without the right to read a table only that is told",
        clients={"ada": "anon"},
        steps=[
            sql("revoke select on public.samples from anon"),
            listen("ada", {"event": "*", "schema": "public", "table": "samples"}),
            sql(
                "insert into public.samples (id) values (1)",
                {"ada": [refused_change("samples", "Error 401: Unauthorized")]},
            ),
            sql("grant select (id, words) on public.samples to anon"),
            sql(
                "insert into public.samples (id, words, code) values (2, 'shown', 'hidden')",
                {
                    "ada": [
                        change(
                            "INSERT",
                            "samples",
                            {"id": "int8", "words": "text"},
                            new={"id": 2, "words": "shown"},
                        )
                    ]
                },
            ),
            sql("grant select on public.samples to anon"),
        ],
    ),
    Scene(
        name="values come as their type means them, digit by digit",
        clients={"ada": "ada"},
        steps=[
            listen("ada", {"event": "*", "schema": "public", "table": "samples"}),
            sql(
                r"""insert into public.samples values (9007199254740993,
                123456789012345678901234567890.5, 'NaN', 1.5, true, '{"a": 1.10, "b": null}',
                '{"a": 1.10}', e'a "quoted" \\ line\n', 'abc',
                'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', '2026-01-02 03:04:05.123456',
                '2026-01-02 03:04:05.5+03', '2026-01-02', '03:04:05', '1 day 02:00:00',
                '{1,2,NULL}', array['a', 'b,c', 'd"e', 'NULL', '', null, e'\\'],
                '\xdeadbeef', '{{1,2},{3,4}}', '{t,f}', '{2026-01-02 00:00:00+00}')""",
                {"ada": [change("INSERT", "samples", SAMPLE_TYPES, new=SAMPLE)]},
            ),
            sql(
                """insert into public.samples (id, amount, ratio, world_time, day, numbers) values
                (2, 'NaN', '-Infinity', 'infinity', '-infinity', '{}')""",
                {
                    "ada": [
                        change(
                            "INSERT",
                            "samples",
                            SAMPLE_TYPES,
                            new=NOTHING
                            | {
                                "id": 2,
                                "world_time": "infinity",
                                "day": "-infinity",
                                "numbers": [],
                            },
                        )
                    ]
                },
            ),
        ],
    ),
    Scene(
        name="values of a project's own types are told as JSON knows them",
        clients={"ada": "ada"},
        steps=[
            listen("ada", {"event": "*", "schema": "public", "table": "oddities"}),
            sql(
                """insert into public.oddities values (1, 'calm', 30, row(1, 'a b'),
                array[row(2, null)]::public.point[], '[1,5)')""",
                {
                    "ada": [
                        change(
                            "INSERT",
                            "oddities",
                            {
                                "id": "int4",
                                "mood": "mood",
                                "share": "percent",
                                "place": "point",
                                "places": "_point",
                                "dimensions": "int4range",
                            },
                            new={
                                "id": 1,
                                "mood": "calm",
                                "share": 30,
                                "place": {"x": 1, "y": "a b"},
                                "places": [{"x": 2, "y": None}],
                                "dimensions": "[1,5)",
                            },
                        )
                    ]
                },
            ),
        ],
    ),
    Scene(
        name="an update leaves out a long value that it did not touch",
        clients={"ada": "ada"},
        steps=[
            sql(
                """insert into public.samples (id, words, code)
                select 3, string_agg(md5(n::text), ''), 'a' from generate_series(1, 300) as n""",
                settles=True,
            ),
            listen("ada", {"event": "*", "schema": "public", "table": "samples"}),
            sql(
                "update public.samples set code = 'b' where id = 3",
                {
                    "ada": [
                        change(
                            "UPDATE",
                            "samples",
                            SAMPLE_TYPES,
                            new={
                                name: value
                                for name, value in (NOTHING | {"id": 3, "code": "b"}).items()
                                if name != "words"
                            },
                            old={"id": 3},
                        )
                    ]
                },
            ),
        ],
    ),
    Scene(
        name="of a row over a mebibyte only the small values come",
        clients={"ada": "ada"},
        steps=[
            listen("ada", {"event": "*", "schema": "public", "table": "samples"}),
            sql(
                "insert into public.samples (id, words, code)"
                " values (4, repeat('x', 1100000), 'small')",
                {
                    "ada": [
                        change(
                            "INSERT",
                            "samples",
                            SAMPLE_TYPES,
                            new={"id": 4, "code": "small"},
                            errors=["Error 413: Payload Too Large"],
                        )
                    ]
                },
            ),
            sql(
                "insert into public.samples (id, words) values (5, repeat('y', 300000))",
                {
                    "ada": [
                        change(
                            "INSERT",
                            "samples",
                            SAMPLE_TYPES,
                            new=NOTHING | {"id": 5, "words": "y" * 300_000},
                        )
                    ]
                },
            ),
        ],
    ),
]
