"""The house rules of the database, with and without the automatic grants of older projects."""

from __future__ import annotations

import re

import psycopg
import pytest

from local.databases import clone_database, create_platform_template
from local.schema import SQL, apply_schema
from local.sources import domains, function_files
from tests.sql.access import COLUMNS_OF, FUNCTIONS_OF, READER_COLUMNS, SERVICE_OF, TABLES_OF
from tests.sql.rows import rows

OURS = "('public', 'private')"
FUNCTION_NAME = re.compile(r"^create or replace function (\w+\.\w+)\(", re.MULTILINE)


@pytest.fixture(scope="module", params=["new", "legacy"])
def catalogue(request, server, database_url):
    """The migrated database, with and without the automatic grants of older projects."""
    url = database_url
    if request.param == "legacy":
        template = create_platform_template(server, "legacy_platform", "legacy")
        url = clone_database(server, template, "legacy_migrated")
        apply_schema(url)
    with psycopg.connect(url) as connection:
        connection.execute("set default_transaction_read_only = on")
        yield connection


def test_every_function_has_a_fixed_search_path_and_a_comment(catalogue):
    query = f"""
    select oid::regprocedure::text from pg_proc
    where pronamespace::regnamespace::text in {OURS}
    and (not coalesce(proconfig @> array['search_path=""'], false)
    or obj_description(oid, 'pg_proc') is null)
    """
    assert rows(catalogue, query) == []


def test_every_function_is_in_a_file(catalogue):
    query = f"""
    select pronamespace::regnamespace::text || '.' || proname from pg_proc
    where pronamespace::regnamespace::text in {OURS}
    """
    files = [path for domain in domains(SQL) for path in function_files(SQL / domain)]
    written = [name for path in files for name in FUNCTION_NAME.findall(path.read_text())]
    assert sorted(rows(catalogue, query)) == sorted(written)


def test_functions_are_granted_as_listed(catalogue):
    query = f"""
    select pronamespace::regnamespace::text || '.' || proname,
      array(
        select coalesce(pg_roles.rolname::text, 'public')
        from aclexplode(coalesce(proacl, acldefault('f', proowner))) as held
        left join pg_roles on pg_roles.oid = held.grantee
        where held.grantee <> proowner
        order by 1
      )
    from pg_proc where pronamespace::regnamespace::text in {OURS}
    """
    granted = dict(rows(catalogue, query))
    expected = {
        name: sorted(roles) for roles, names in FUNCTIONS_OF.items() for name in names.split()
    }
    unlisted = {name: roles for name, roles in granted.items() if name not in expected}
    assert {n: r for n, r in unlisted.items() if r not in (["service_role"], [])} == {}
    assert {name: granted[name] for name in expected} == expected


def test_no_definer_function_is_within_reach_of_the_api(catalogue):
    query = """
    select oid::regprocedure::text from pg_proc
    where pronamespace = 'public'::regnamespace and prosecdef
    and (has_function_privilege('anon', oid, 'execute')
    or has_function_privilege('authenticated', oid, 'execute'))
    """
    assert rows(catalogue, query) == []


def grants(catalogue: psycopg.Connection, levels: str) -> list[tuple[str, str, str, str]]:
    """Gives (table, role, privilege, column or "") of every grant on what is ours."""
    query = f"""
    select pg_class.oid::regclass::text, coalesce(pg_roles.rolname::text, 'public'),
      held.privilege_type, levels.name::text
    from pg_class
    cross join lateral ({levels}) as levels (acl, name)
    cross join lateral aclexplode(levels.acl) as held
    left join pg_roles on pg_roles.oid = held.grantee
    where relnamespace::regnamespace::text in {OURS} and relkind in ('r', 'v', 'S')
    and held.grantee <> relowner
    """
    return rows(catalogue, query)


def test_tables_are_granted_as_listed(catalogue):
    verbs: dict[tuple[str, str], set[str]] = {}
    levels = "select relacl, '' union all select attacl, '' from pg_attribute where attrelid = oid"
    for table, role, privilege, _ in grants(catalogue, levels.replace("= oid", "= pg_class.oid")):
        verbs.setdefault((table, role), set()).add(privilege[0])
    expected = {(table, "authenticated"): set(held) for table, held in TABLES_OF.items() if held}
    for table in TABLES_OF:
        expected[table, "service_role"] = set(SERVICE_OF.get(table, "SIUD"))
    expected |= {(table, "ai_reader"): {"S"} for table in READER_COLUMNS}
    assert verbs == expected


def test_columns_are_granted_as_listed(catalogue):
    columns: dict[tuple[str, str], set[str]] = {}
    levels = "select attacl, attname from pg_attribute where attrelid = pg_class.oid"
    read: dict[str, set[str]] = {}
    for table, role, privilege, column in grants(catalogue, levels):
        if role == "ai_reader":
            assert privilege == "SELECT"
            read.setdefault(table, set()).add(column)
            continue
        assert role == "authenticated"
        columns.setdefault((table, privilege), set()).add(column)
    assert columns == {place: set(names.split()) for place, names in COLUMNS_OF.items()}
    assert read == {table: set(names.split()) for table, names in READER_COLUMNS.items()}


def test_every_table_has_row_level_security_and_a_key(catalogue):
    query = f"""
    select oid::regclass::text from pg_class
    where relnamespace::regnamespace::text in {OURS} and relkind = 'r'
    and (not relrowsecurity or not exists (
      select from pg_index where indrelid = pg_class.oid and indisprimary
    ))
    """
    assert rows(catalogue, query) == []


def test_every_view_minds_the_reader(catalogue):
    query = f"""
    select oid::regclass::text from pg_class
    where relnamespace::regnamespace::text in {OURS} and relkind in ('v', 'm')
    and not coalesce(reloptions @> array['security_invoker=true'], false)
    """
    assert rows(catalogue, query) == []


def test_tables_views_and_hidden_meanings_are_commented(catalogue):
    query = f"""
    select pg_class.oid::regclass::text || coalesce('.' || attname, '')
    from pg_class
    left join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    and relkind = 'r'
    and atttypid::regtype::text ~ '(json|vector|interval|\\[\\])'
    where relnamespace::regnamespace::text in {OURS} and relkind in ('r', 'v')
    and (
      obj_description(pg_class.oid, 'pg_class') is null
      or attname is not null and col_description(pg_class.oid, attnum) is null
    )
    """
    assert rows(catalogue, query) == []


def test_every_foreign_key_has_an_index(catalogue):
    query = f"""
    select conrelid::regclass::text || '.' || conname from pg_constraint
    where contype = 'f' and connamespace::regnamespace::text in {OURS}
    and not exists (
      select from pg_index
      where indrelid = conrelid and indpred is null
      and (indkey::smallint[])[0:cardinality(conkey) - 1] operator(pg_catalog.@>) conkey
    )
    """
    assert rows(catalogue, query) == []


def test_no_index_says_the_same_as_another(catalogue):
    query = f"""
    select indrelid::regclass::text, indkey::text, pg_get_expr(indpred, indrelid), indclass::text
    from pg_index join pg_class on pg_class.oid = indexrelid
    where relnamespace::regnamespace::text in {OURS}
    group by 1, 2, 3, 4 having count(*) > 1
    """
    assert rows(catalogue, query) == []


def test_every_policy_names_its_roles(catalogue):
    query = "select tablename || ': ' || policyname from pg_policies where 'public' = any (roles)"
    assert rows(catalogue, query) == []


def test_policies_ask_who_is_there_once_a_query(catalogue):
    query = """
    select tablename || ': ' || policyname from pg_policies
    cross join lateral concat_ws(' ', qual, with_check) as text
    where regexp_replace(text, 'SELECT (auth|private|realtime)\\.', 'asked ', 'g')
    ~ '(auth|private|realtime)\\.\\w+\\('
    """
    assert rows(catalogue, query) == []


def test_no_two_policies_answer_one_question(catalogue):
    query = f"""
    select schemaname || '.' || tablename, cmd from pg_policies
    where permissive = 'PERMISSIVE' and schemaname in {OURS}
    group by 1, 2, roles having count(*) > 1
    """
    assert rows(catalogue, query) == []


def test_no_policy_lets_everybody_write(catalogue):
    query = """
    select tablename || ': ' || policyname from pg_policies
    where cmd <> 'SELECT' and (qual = 'true' or with_check = 'true')
    """
    assert rows(catalogue, query) == []


def test_no_extension_lives_in_public(catalogue):
    query = "select extname from pg_extension where extnamespace = 'public'::regnamespace"
    assert rows(catalogue, query) == []
