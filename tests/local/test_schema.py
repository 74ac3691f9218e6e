"""sql/ loads in order, migrations apply once, and drafts carry what changed."""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
from pathlib import Path

import psycopg
import pytest

from local.draft import AlreadyReleased, BadName, write_baseline, write_migration
from local.history import HistoryDiffers, MigrationFailed, push, seed, status
from local.reset import reset
from local.schema import apply_schema, drift, load_sources
from local.sources import NoSuchDomain, load_order
from tests.waiting import wait_until

TABLES = """\
create schema private;
create table public.notes (id uuid primary key default gen_random_uuid(), body text not null);
comment on table public.notes is 'Notes; each with a body.';
alter table public.notes enable row level security;
grant select on public.notes to authenticated;
"""
COUNT = """\
create or replace function private.count_notes()
returns bigint
language sql
stable
set search_path = ''
as $$ select count(*) from public.notes where private.is_note(notes.id) $$;
"""
IS_NOTE = """\
create or replace function private.is_note(p_id uuid)
returns boolean
language sql
immutable
set search_path = ''
as $$ select p_id is not null $$;
"""
POLICIES = """\
create policy "everybody reads notes" on public.notes
for select to authenticated using (true);
create policy "hear notes" on realtime.messages
for select to authenticated using (realtime.topic() = 'notes');
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project: one domain with a table, two functions and policies."""
    folder = tmp_path / "sql" / "notes"
    folder.mkdir(parents=True)
    (tmp_path / "sql" / "order").write_text("notes\n")
    for name, text in {
        "tables": TABLES,
        "count_notes": COUNT,
        "is_note": IS_NOTE,
        "policies": POLICIES,
    }.items():
        (folder / f"{name}.sql").write_text(text)
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    return tmp_path


def migrations_of(tree: Path) -> Path:
    return tree / "supabase" / "migrations"


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_tables_load_before_functions_before_policies(tree):
    (tree / "sql" / "order").write_text("notes\nusers\n")
    (tree / "sql" / "users").mkdir()
    (tree / "sql" / "users" / "tables.sql").write_text("select 1;")
    names = [str(path.relative_to(tree / "sql")) for path in load_order(tree / "sql")]
    assert names == [
        "notes/tables.sql",
        "users/tables.sql",
        "notes/count_notes.sql",
        "notes/is_note.sql",
        "notes/policies.sql",
    ]


@pytest.mark.parametrize("order", ["notes\nusers\n", ""])
def test_order_and_folders_must_agree(tree, order):
    (tree / "sql" / "order").write_text(order)
    with pytest.raises(NoSuchDomain):
        load_order(tree / "sql")


def test_functions_may_call_later_ones(tree, platform_database):
    url = platform_database()
    load_sources(url, tree / "sql")
    assert one(url, "select private.count_notes()") == 0


def test_a_body_that_cannot_run_is_refused(tree, platform_database):
    (tree / "sql" / "notes" / "is_note.sql").write_text(IS_NOTE.replace("p_id is", "p_ix is"))
    with pytest.raises(MigrationFailed, match="is_note"):
        load_sources(platform_database(), tree / "sql")


def test_without_migrations_the_sources_load_once(tree, platform_database):
    url = platform_database()
    assert apply_schema(url, tree) == ["sql"]
    assert apply_schema(url, tree) == []


def test_push_applies_the_baseline_once_and_keeps_the_books(tree, platform_database):
    url = platform_database()
    baseline = write_baseline(tree)
    version = baseline.name.partition("_")[0]
    assert [migration.version for migration in push(url, migrations_of(tree))] == [version]
    assert push(url, migrations_of(tree)) == []
    books = "select (version, name, statements[3]) from supabase_migrations.schema_migrations"
    assert one(url, books) == (
        version,
        "baseline",
        "-- sql/notes/tables.sql\ncreate schema private",
    )
    assert one(url, "select current_setting('lock_timeout')") == "0"


def test_status_tells_applied_from_waiting(tree, platform_database):
    url = platform_database()
    write_baseline(tree)
    push(url, migrations_of(tree))
    (migrations_of(tree) / "30000101000000_later.sql").write_text("select 1;")
    states = [
        (state.name, state.in_folder, state.in_database)
        for state in status(url, migrations_of(tree))
    ]
    assert states == [("baseline", True, True), ("later", True, False)]


def test_a_failing_migration_leaves_nothing_and_says_where(tree, platform_database):
    url = platform_database()
    path = migrations_of(tree) / "20300101000000_broken.sql"
    path.write_text("create table public.half ();\n\nselect nonsense;\n")
    with pytest.raises(MigrationFailed, match=r"20300101000000_broken.sql, line 3: .*nonsense"):
        push(url, migrations_of(tree))
    assert one(url, "select to_regclass('public.half') is null")
    path.write_text("create table public.half ();")
    assert len(push(url, migrations_of(tree))) == 1


def test_two_pushes_at_once_apply_each_migration_once(tree, platform_database):
    url = platform_database()
    for number in range(4):
        text = f"create table public.t{number} (); select pg_sleep(0.05);"
        (migrations_of(tree) / f"2030010100000{number}_t{number}.sql").write_text(text)
    applied: list[int] = []
    threads = [
        threading.Thread(target=lambda: applied.append(len(push(url, migrations_of(tree)))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(applied) == 3
    assert sum(applied) == 4


def test_a_database_ahead_of_the_checkout_is_explained(tree, platform_database):
    url = platform_database()
    path = migrations_of(tree) / "20300101000000_first.sql"
    path.write_text("select 1;")
    push(url, migrations_of(tree))
    path.unlink()
    with pytest.raises(HistoryDiffers, match="20300101000000"):
        push(url, migrations_of(tree))


def test_a_migration_older_than_the_last_one_is_refused(tree, platform_database):
    url = platform_database()
    (migrations_of(tree) / "20300102000000_second.sql").write_text("select 1;")
    push(url, migrations_of(tree))
    (migrations_of(tree) / "20300101000000_first.sql").write_text("select 1;")
    with pytest.raises(HistoryDiffers, match="later timestamp"):
        push(url, migrations_of(tree))


def test_a_baseline_that_changed_after_it_was_applied_is_explained(tree, platform_database):
    url = platform_database()
    write_baseline(tree)
    apply_schema(url, tree)
    (tree / "sql" / "notes" / "is_note.sql").write_text(IS_NOTE.replace("immutable", "stable"))
    write_baseline(tree)
    with pytest.raises(HistoryDiffers, match=r"has changed since it was applied\. .*db reset"):
        apply_schema(url, tree)


def test_a_database_loaded_before_there_were_migrations_is_explained(tree, platform_database):
    url = platform_database()
    apply_schema(url, tree)
    write_baseline(tree)
    with pytest.raises(HistoryDiffers, match="made from sql/ without migrations"):
        apply_schema(url, tree)


def test_reset_survives_a_deadlock_with_a_user_of_the_tables(tree, platform_database):
    url = platform_database()
    load_sources(url, tree / "sql")
    with psycopg.connect(url) as other:
        other.execute("create table public.further (); create schema supabase_migrations")
        other.execute("create table supabase_migrations.late ()")
        other.commit()
        other.execute("lock table public.further in access share mode")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            outcome = pool.submit(reset, url)
            waits = "select count(*) from pg_locks where not granted"
            wait_until(lambda: one(url, waits))
            with contextlib.suppress(psycopg.errors.DeadlockDetected):
                other.execute("select * from supabase_migrations.late")
            other.rollback()
            outcome.result(20)
    assert one(url, "select to_regclass('public.further') is null")


def test_reset_leaves_the_platform_and_takes_the_rest(tree, platform_database):
    url = platform_database()
    write_baseline(tree)
    push(url, migrations_of(tree))
    reset(url)
    assert one(
        url, "select to_regclass('public.notes') is null and to_regnamespace('private') is null"
    )
    assert one(url, "select count(*) from pg_policies") == 0
    assert len(push(url, migrations_of(tree))) == 1


def test_reset_keeps_default_privileges(tree, platform_database):
    url = platform_database()
    query = "select string_agg(defaclacl::text, ' ' order by oid) from pg_default_acl"
    before = one(url, query)
    reset(url)
    assert one(url, query) == before


def test_seed_runs_once_for_the_same_file(tree, platform_database):
    url = platform_database()
    load_sources(url, tree / "sql")
    path = tree / "supabase" / "seed.sql"
    path.write_text("insert into public.notes (body) values ('a; b'), ('c');")
    assert [seed(url, path), seed(url, path)] == [True, False]
    assert one(url, "select count(*) from public.notes") == 2


def test_no_drift_right_after_the_baseline(tree, server):
    write_baseline(tree)
    assert drift(tree, server) == []


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("tables.sql", "each with a body", "each with a text"),
        ("tables.sql", "grant select on", "grant select, insert on"),
        ("tables.sql", "body text not null", "body text"),
        ("policies.sql", "using (true)", "using (false)"),
        ("policies.sql", "= 'notes'", "= 'other'"),
        ("is_note.sql", "immutable", "stable"),
        ("is_note.sql", "$$;\n", "$$;\nrevoke all on function private.is_note from public;\n"),
    ],
)
def test_drift_sees_a_change(tree, server, file, before, after):
    write_baseline(tree)
    path = tree / "sql" / "notes" / file
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))
    assert drift(tree, server)


def test_the_baseline_is_rewritten_under_its_timestamp(tree):
    first = write_baseline(tree)
    (tree / "sql" / "notes" / "is_note.sql").write_text(IS_NOTE.replace("immutable", "stable"))
    assert write_baseline(tree) == first
    assert "stable\nset search_path = ''\nas $$ select p_id" in first.read_text()


def test_a_baseline_with_followers_is_not_rewritten(tree):
    write_baseline(tree)
    (migrations_of(tree) / "30000101000000_later.sql").write_text("select 1;")
    with pytest.raises(AlreadyReleased):
        write_baseline(tree)


def test_no_migration_is_drafted_without_a_change(tree, server):
    write_baseline(tree)
    assert write_migration(tree, "nothing", server) is None


def test_a_draft_carries_changed_functions_and_policies_whole(tree, server):
    write_baseline(tree)
    for file, before, after in (
        ("is_note.sql", "immutable", "stable"),
        ("policies.sql", "everybody reads notes", "all read notes"),
    ):
        path = tree / "sql" / "notes" / file
        path.write_text(path.read_text().replace(before, after))
    draft = write_migration(tree, "calmer_notes", server)
    assert draft is not None
    assert "set lock_timeout = '4s';" in draft.read_text()
    assert drift(tree, server) == []


def test_a_draft_shows_a_changed_table_as_comments(tree, server):
    write_baseline(tree)
    path = tree / "sql" / "notes" / "tables.sql"
    path.write_text(
        path.read_text().replace("body text not null", "body text not null, title text")
    )
    draft = write_migration(tree, "titles", server)
    assert draft is not None
    assert any(line.startswith("-- +    title text") for line in draft.read_text().splitlines())
    draft.write_text(draft.read_text() + "alter table public.notes add column title text;\n")
    assert drift(tree, server) == []


@pytest.mark.parametrize("name", ["Add things", "1st", "a-b", ""])
def test_a_name_the_cli_would_not_take_is_refused(tree, server, name):
    with pytest.raises(BadName):
        write_migration(tree, name, server)
