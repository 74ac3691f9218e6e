"""Scenes about what a postgres_changes entry may ask for, and what it is told when it may not."""

from __future__ import annotations

from typing import Any

from tests.local.realtime.scenes import OK, Scene, Step, join, reply, sql, system
from tests.local.realtime.scenes_changes import (
    NOTE_TYPES,
    NOTES,
    change,
    insert_note,
    listen,
    made,
    note,
)

UNABLE = "Unable to subscribe to changes with given parameters. "
CHECK = UNABLE + "Please check Realtime is enabled for the given connect parameters: "
BROKEN = UNABLE + "An exception happened so please check your connect parameters: "


def shown(filters: str = "", table: str = "notes", select: str = "nil") -> str:
    """The parameters as messages repeat them."""
    return f"[event: *, schema: public, table: {table}, filters: [{filters}], select: {select}]"


def refused(message: str, *entries: dict[str, Any]) -> Step:
    """A join whose entries are answered as if all were well, and then refused."""
    named = [{**entry, "id": 10**6} for entry in entries]
    return join(
        "boss",
        "changes",
        reply(response={"postgres_changes": named}),
        system(message, "changes", status="error", by="postgres_changes"),
        postgres_changes=list(entries),
    )


def refusing(name: str, message: str, *entries: dict[str, Any]) -> Scene:
    """A scene in which a subscription is refused and hears nothing."""
    return Scene(
        name=name,
        clients={"boss": "service"},
        steps=[refused(message, *entries), sql(insert_note(1))],
    )


def hearing(name: str, entry: dict[str, Any], *heard: int) -> Scene:
    """A scene in which an entry lets these of three notes through."""
    rows = [made(1, body="apple", stars=1), made(2, body="pear", stars=2), made(3, body="a_b")]
    rows[2]["stars"] = None
    statement = (
        f"{insert_note(1, body='apple', stars=1)}; {insert_note(2, body='pear', stars=2)};"
        " insert into public.notes values"
        f" (3, '{rows[2]['author']}', 'a_b', null)"
    )
    then = [note("INSERT", new=row) for row in rows if row["id"] in heard]
    return Scene(
        name=name,
        clients={"boss": "service"},
        steps=[listen("boss", entry), sql(statement, {"boss": then})],
    )


def filtered(condition: str) -> dict[str, Any]:
    """An entry with this filter."""
    return {**NOTES, "filter": condition}


SCENES = [
    refusing(
        "an operator that does not exist is refused",
        'Error parsing `filter` params: ["zz", "5"]',
        filtered("stars=zz.5"),
    ),
    refusing(
        "a filter that is none is refused",
        'Error parsing `filter` params: ["stars"]',
        filtered("stars"),
    ),
    refusing(
        "a filter on an unknown column is refused",
        BROKEN
        + shown('{"moons", "eq", "5", false}')
        + ". Exception: ERROR P0001 (raise_exception) invalid column for filter moons",
        filtered("moons=eq.5"),
    ),
    refusing(
        "a filter with a value of another type is refused",
        BROKEN
        + shown('{"stars", "eq", "many", false}')
        + ". Exception: ERROR 22P02 (invalid_text_representation)"
        ' invalid input syntax for type integer: "many"',
        filtered("stars=eq.many"),
    ),
    refusing(
        "a selected column that does not exist is refused",
        BROKEN
        + shown(select='["id", "moons"]')
        + ". Exception: ERROR P0001 (raise_exception) invalid column for select moons",
        {**NOTES, "select": ["id", "moons"]},
    ),
    refusing(
        "a table that does not exist is refused",
        CHECK + shown(table="nowhere"),
        {**NOTES, "table": "nowhere"},
    ),
    refusing(
        "a table that is not published is refused",
        CHECK + shown(table="unpublished"),
        {**NOTES, "table": "unpublished"},
    ),
    refusing(
        "one bad entry spoils the others of its join",
        CHECK + shown(table="nowhere"),
        NOTES,
        {**NOTES, "table": "nowhere"},
    ),
    refusing(
        "an entry that names nothing is refused",
        "No subscription params provided. Please provide at least a `schema` or `table` to"
        " subscribe to: %{}",
        {},
    ),
    hearing("an empty filter lets everything through", filtered(""), 1, 2, 3),
    hearing("eq compares numbers", filtered("stars=eq.2"), 2),
    hearing("eq compares texts", filtered("body=eq.apple"), 1),
    hearing("neq is not met by null", filtered("stars=neq.2"), 1),
    hearing("not. turns a condition round", filtered("stars=not.eq.2"), 1),
    hearing("lt and gte may be joined by a comma", filtered("stars=gte.1,stars=lt.2"), 1),
    hearing("in takes a list", filtered("stars=in.(1,2)"), 1, 2),
    hearing("in takes quoted texts", filtered('body=in.("apple","x,y")'), 1),
    hearing("like knows its wildcards", filtered("body=like.%p%"), 1, 2),
    hearing("ilike does not care for case", filtered("body=ilike.APP%"), 1),
    hearing("match is a regular expression", filtered("body=match.^a.p"), 1),
    hearing("is.null is met by null alone", filtered("stars=is.null"), 3),
    hearing("isdistinct counts null as a value", filtered("stars=isdistinct.1"), 2, 3),
    hearing(
        "a uuid may be written in capitals",
        filtered(f"author=eq.{made(1)['author'].upper()}"),
        1,
        2,
        3,
    ),
    hearing("a table needs no schema", {"event": "*", "table": "notes"}, 1, 2, 3),
    hearing(
        "schema and table may be anything", {"event": "*", "schema": "*", "table": "*"}, 1, 2, 3
    ),
    hearing("an event in small letters means all", {**NOTES, "event": "insert"}, 1, 2, 3),
    hearing("an unknown event means all", {**NOTES, "event": "BOGUS"}, 1, 2, 3),
    hearing("an entry for updates hears no inserts", {**NOTES, "event": "UPDATE"}),
    Scene(
        name="a filter on the key also holds for deletions, another one lets none through",
        clients={"boss": "service", "ada": "service"},
        steps=[
            sql(f"{insert_note(1)}; {insert_note(2)}", settles=True),
            listen("boss", filtered("id=eq.1")),
            listen("ada", filtered("stars=eq.1")),
            sql("delete from public.notes", {"boss": [note("DELETE", old={"id": 1})]}),
        ],
    ),
    Scene(
        name="selected columns are all that is told",
        clients={"boss": "service"},
        steps=[
            listen("boss", {**NOTES, "select": ["id", "body"]}),
            sql(
                insert_note(1),
                {
                    "boss": [
                        change(
                            "INSERT",
                            "notes",
                            {name: NOTE_TYPES[name] for name in ("id", "body")},
                            new={"id": 1, "body": "tea"},
                        )
                    ]
                },
            ),
        ],
    ),
    Scene(
        name="a join without entries subscribes to nothing",
        clients={"boss": "service"},
        steps=[
            join("boss", "changes", reply(response=OK), postgres_changes=[]),
            sql(insert_note(1)),
        ],
    ),
]
