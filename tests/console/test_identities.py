"""What is no id, or nobody's, is told with what one looks like and where it is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.problems import AN_ID, NOT_READY, USAGE, Problem, in_words
from tests.system import System

NOBODY = "00000000-0000-4000-8000-000000000000"
COMMANDS = [
    (("send", "Hello", "--conversation"), "conversation", "romashka send"),
    (("watch", "--seconds", "0", "--conversation"), "conversation", "romashka send"),
    (("ai", "explain"), "message", "romashka simulate and"),
    (("ai", "label", "{}", "right"), "message", "romashka simulate and"),
    (("ai", "backtest", "--follow"), "backtest", "romashka ai backtest"),
    (("ai", "backtest", "--cancel"), "backtest", "romashka ai backtest"),
    (("ai", "knowledge", "show"), "article", "romashka ai knowledge list"),
    (("ai", "knowledge", "publish"), "article", "romashka ai knowledge list"),
    (("ai", "knowledge", "unpublish"), "article", "romashka ai knowledge list"),
    (("ai", "knowledge", "suggestion"), "suggestion", "romashka ai knowledge suggestions"),
    (("ai", "knowledge", "approve"), "suggestion", "romashka ai knowledge suggestions"),
    (("ai", "knowledge", "refuse"), "suggestion", "romashka ai knowledge suggestions"),
    (("dead", "retry", "delivery"), "delivery", "romashka dead list"),
    (("dead", "retry", "reply_job"), "reply_job", "romashka dead list"),
]
NUMBERED = ("inbound", "item", "media")


def with_id(command: tuple[str, ...], identity: str) -> tuple[str, ...]:
    if "{}" not in command:
        return (*command, identity)
    return tuple(identity if word == "{}" else word for word in command)


@pytest.mark.parametrize(("command", "thing", "found_by"), COMMANDS)
def test_what_is_no_id_is_told_with_what_one_looks_like(
    running: System, command: tuple[str, ...], thing: str, found_by: str
) -> None:
    done = running.run(*with_id(command, "nope"))
    assert done.returncode == USAGE
    message, hint = done.stderr.splitlines()
    assert message == f"'nope' is no {thing}'s id, which looks like {AN_ID}"
    assert hint.strip().startswith(found_by)


@pytest.mark.parametrize(("command", "thing", "found_by"), COMMANDS)
def test_an_id_of_nobody_is_told_with_where_to_look(
    running: System, command: tuple[str, ...], thing: str, found_by: str
) -> None:
    done = running.run(*with_id(command, NOBODY))
    assert done.returncode == USAGE, done.stderr
    message, hint = done.stderr.splitlines()
    assert NOBODY in message
    assert hint.strip()


@pytest.mark.parametrize("kind", NUMBERED)
@pytest.mark.parametrize("identity", ["nope", NOBODY, "99999999999999999999", "0"])
def test_dead_letters_with_numbers_for_ids(running: System, kind: str, identity: str) -> None:
    done = running.run("dead", "retry", kind, identity)
    assert (done.returncode, "romashka dead list" in done.stderr) == (USAGE, True)
    assert identity == "0" or f"is no id of kind {kind}, which is a number" in done.stderr


def test_a_version_that_an_article_never_had(running: System) -> None:
    article = running.sql("select id from knowledge_articles limit 1")
    done = running.run("ai", "knowledge", "show", article, "--version", "999")
    assert (done.returncode, "has no version 999" in done.stderr) == (USAGE, True)


def test_nothing_is_not_said(running: System) -> None:
    done = running.run("send", " ")
    assert (done.returncode, "the text is empty" in done.stderr) == (USAGE, True)


@pytest.mark.parametrize("time", ["the day before", "2026-13-01"])
def test_what_is_no_time_is_told_with_what_one_looks_like(running: System, time: str) -> None:
    done = running.run("replay", "--since", time)
    assert done.returncode == USAGE
    message, hint = done.stderr.splitlines()
    assert message == f'"{time}" is no time'
    assert hint.strip() == "one looks like 2026-01-31 or 2026-01-31T09:30+01:00"


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (("channel", "rotate-key"), 'schema "private"'),
        (("ai", "knowledge", "import", "README.md"), 'schema "private"'),
        (("ai", "knowledge", "gaps"), "function public.knowledge_gaps"),
        (("ai", "price", "list"), 'relation "public.model_prices"'),
    ],
)
def test_a_database_without_our_schema_is_told_with_the_way(
    running: System, tmp_path: Path, command: tuple[str, ...], named: str
) -> None:
    address = running.json("status")["db_url"].rpartition("/")[0] + "/template1"
    bare = System(tmp_path, {"SUPABASE_URL": "http://127.0.0.1:1", "DATABASE_URL": address})
    bare.environment |= {"SUPABASE_SECRET_KEY": "a", "SUPABASE_PUBLISHABLE_KEY": "b"}
    done = bare.run(*command)
    message, hint = done.stderr.splitlines()
    assert (done.returncode, message.startswith(named)) == (NOT_READY, True)
    assert hint == "  apply the migrations: romashka db push"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('invalid input syntax for type uuid: "x"', '"x" is no id'),
        ('date/time field value out of range: "2026-13-01"', '"2026-13-01" is no time'),
        ('timestamp out of range: "9999999-01-01"', '"9999999-01-01" is no time'),
        ('value "99" is out of range for type integer', '"99" is no whole number'),
        ('invalid input syntax for type interval: "x"', '"x" is no interval'),
        ("there is no article", "there is no article"),
    ],
)
def test_what_postgres_cannot_read_is_said_in_words(said: str, meant: str) -> None:
    assert in_words(Problem(USAGE, "bad_input", said)).message == meant
