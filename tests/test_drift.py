"""sql/ and supabase/migrations/ give the same database, on projects old and new."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from local.databases import (
    PLATFORM_TEMPLATE,
    clone_database,
    create_platform_template,
    drop_database,
    scratch_database,
)
from local.draft import BASELINE, baseline_text
from local.dump import differences, dump_schema
from local.history import migrations
from local.schema import MIGRATIONS, ROOT, drift, load_sources

SOURCED = "sourced_template"
LEGACY = "legacy_sourced_template"


@pytest.fixture(scope="module")
def sourced(server) -> Iterator[str]:
    """The name of a database made from sql/, to be cloned."""
    load_sources(clone_database(server, PLATFORM_TEMPLATE, SOURCED))
    yield SOURCED
    drop_database(server, SOURCED)


@pytest.fixture(scope="module")
def sourced_dump(server, sourced) -> list[str]:
    """The lines of its dump."""
    return dump_schema(server.url(database=sourced))


def test_migrations_and_sources_give_the_same_database(server):
    assert drift(ROOT, server) == []


def test_a_lone_baseline_is_the_text_generated_from_the_sources():
    found = migrations(MIGRATIONS)
    if [migration.name for migration in found] == [BASELINE]:
        assert found[0].path.read_text() == baseline_text(ROOT / "sql")


@pytest.mark.parametrize(
    "statement",
    [
        "comment on table public.messages is 'Something else'",
        "comment on column public.messages.seq is 'Something else'",
        "revoke select on public.messages from authenticated",
        "grant delete on public.messages to anon",
        "alter table public.messages disable row level security",
        "alter table public.messages add column further text",
        "alter table public.messages alter column content drop not null",
        "drop trigger handle_new_message on public.messages",
        "create index further on public.messages (created_at, id)",
        "create policy further on public.messages for select to anon using (false)",
        "create policy further on realtime.messages for select to anon using (false)",
        "alter publication supabase_realtime drop table public.messages",
        "alter function private.sweep() set search_path = 'public'",
        "grant execute on function private.sweep() to anon",
    ],
)
def test_the_comparison_sees(server, sourced, sourced_dump, statement):
    with scratch_database(server, sourced) as url:
        with psycopg.connect(url) as connection:
            connection.execute(statement)
        assert dump_schema(url) != sourced_dump


def test_the_comparison_sees_nothing_where_nothing_is_different(server, sourced, sourced_dump):
    with scratch_database(server, sourced) as url:
        assert dump_schema(url) == sourced_dump


def test_grants_are_the_same_on_projects_with_automatic_grants(server, sourced):
    legacy = create_platform_template(server, LEGACY, "legacy")
    try:
        with scratch_database(server, legacy) as url:
            load_sources(url)
            assert changes(server.url(database=sourced), url) == []
    finally:
        drop_database(server, legacy)


def changes(before: str, after: str) -> list[str]:
    """Gives the differing lines but for those of the default privileges, which do differ."""
    lines = [line for line in differences(before, after) if line[:1] in "+-"][2:]
    expected = (
        "ALTER DEFAULT PRIVILEGES",
        "-- Name: DEFAULT PRIVILEGES",
        "COMMENT ON SCHEMA gateway",
    )
    return [
        line for line in lines if line[1:] not in ("", "--") and not line[1:].startswith(expected)
    ]
