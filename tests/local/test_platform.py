"""The platform allows role postgres what hosted Supabase allows, and refuses what that refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import Connection

from local.databases import (
    PLATFORM_TEMPLATE,
    clone_database,
    create_platform_template,
    drop_database,
)
from local.platform import PlatformChanged, apply_platform

USER = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


@pytest.fixture(scope="module")
def platform_url(server) -> Iterator[str]:
    """A database with the platform alone, for tests that roll back."""
    yield clone_database(server, PLATFORM_TEMPLATE, "platform_rolled_back")
    drop_database(server, "platform_rolled_back")


@pytest.fixture
def pg(platform_url) -> Iterator[Connection]:
    """A connection as role postgres, rolled back at the end."""
    with psycopg.connect(platform_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def legacy_url(server) -> Iterator[str]:
    """A database with the automatic grants of older projects."""
    create_platform_template(server, "legacy_template", "legacy")
    yield clone_database(server, "legacy_template", "legacy")
    for name in ("legacy", "legacy_template"):
        drop_database(server, name)


def one(connection: Connection, query: str, *values: object) -> object:
    row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    return row[0]


def test_postgres_is_no_superuser(pg):
    query = """
    select array[rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin]
    from pg_roles where rolname = 'postgres'
    """
    assert one(pg, query) == [False, True, True, True, True, True]


@pytest.mark.parametrize(
    "role",
    [
        "anon",
        "authenticated",
        "service_role",
        "pg_monitor",
        "pg_read_all_data",
        "pg_signal_backend",
    ],
)
def test_postgres_may_grant_its_memberships(pg, role):
    assert one(pg, "select pg_has_role('postgres', %s, 'member with admin option')", role)


@pytest.mark.parametrize("role", ["auth", "storage", "realtime"])
def test_postgres_is_no_member_of_the_service_roles(pg, role):
    assert not one(pg, "select pg_has_role('postgres', %s, 'member')", f"supabase_{role}_admin")


@pytest.mark.parametrize(
    ("role", "setting"),
    [
        ("anon", "statement_timeout=3s"),
        ("authenticated", "statement_timeout=8s"),
        ("authenticator", "statement_timeout=8s"),
        ("authenticator", "lock_timeout=8s"),
    ],
)
def test_timeouts_are_as_hosted(pg, role, setting):
    assert setting in one(pg, "select rolconfig from pg_roles where rolname = %s", role)


def test_authenticator_does_not_inherit(pg):
    assert not one(pg, "select rolinherit from pg_roles where rolname = 'authenticator'")
    assert not one(pg, "select has_schema_privilege('authenticator', 'auth', 'usage')")


ALLOWED = [
    """create policy "hear" on realtime.messages for select to authenticated
    using (realtime.topic() = 'a')""",
    """create policy "see" on storage.objects for select to authenticated
    using (bucket_id = 'media' and (storage.foldername(name))[1] = auth.uid()::text)""",
    """create policy "see" on storage.buckets for select to anon using (public)""",
    "insert into storage.buckets (id, name, public) values ('media', 'media', false)",
    "create table public.t (id int); alter publication supabase_realtime add table public.t",
    """create function public.f() returns trigger language plpgsql as 'begin return new; end';
    create trigger t after insert on auth.users for each row execute function public.f();
    drop trigger t on auth.users""",
    "create policy p on auth.users for select using (id = auth.uid())",
    "create table public.t (user_id uuid references auth.users (id) on delete cascade)",
    "create extension if not exists vector with schema extensions",
    "create table public.t (v extensions.vector(3)); select '[1,2,3]'::vector <-> '[1,2,4]'",
    "create schema private; create role helper nologin",
    "insert into auth.users (id) values (gen_random_uuid()); delete from auth.users",
    "set local role service_role; reset role; set local role anon",
    "select * from realtime.messages; select * from storage.objects; select * from auth.users",
    "alter role authenticated set statement_timeout = '9s'",
    "alter default privileges for role postgres revoke execute on functions from public",
]
REFUSED = [
    "alter table realtime.messages disable row level security",
    "alter table realtime.messages enable row level security",
    "alter table realtime.messages add column x int",
    "alter table storage.objects enable row level security",
    "alter table storage.objects add column x int",
    "alter table storage.buckets drop column public",
    "create index on storage.objects (owner_id)",
    "create index on realtime.messages (topic)",
    "drop table realtime.messages",
    "drop table storage.objects",
    "drop index storage.bucketid_objname",
    "alter table realtime.messages rename to others",
    "alter table storage.objects owner to postgres",
    "create rule r as on insert to storage.objects do instead nothing",
    "alter publication supabase_realtime add table storage.objects",
    "alter table auth.users add column x int",
    "create table auth.t ()",
    "create table storage.t ()",
    "create table realtime.t ()",
    "create function realtime.f() returns int language sql as 'select 1'",
    "drop function realtime.send(jsonb, text, text, boolean)",
    "alter publication supabase_realtime_messages_publication add table auth.users",
    "select set_config('log_statement', 'none', false)",
    "alter default privileges for role supabase_admin in schema public grant all on tables to anon",
    "set local role supabase_realtime_admin",
    "drop trigger protect_objects_delete on storage.objects; alter table storage.objects add x int",
    "copy (select 1) to program 'true'",
    "select gateway.keep_message_days()",
    "alter event trigger refuse_platform_ddl disable",
    "drop event trigger refuse_platform_drop",
    "set session_replication_role = replica",
]


@pytest.mark.parametrize("statements", ALLOWED)
def test_postgres_may(pg, statements):
    pg.execute(statements)


@pytest.mark.parametrize("statement", REFUSED)
def test_postgres_may_not(pg, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        pg.execute(statement)


def test_a_policy_can_be_changed_and_dropped(pg):
    pg.execute("create policy p on realtime.messages for select to authenticated using (true)")
    pg.execute("alter policy p on realtime.messages using (false)")
    pg.execute("comment on policy p on realtime.messages is 'None hear.'")
    pg.execute("drop policy p on realtime.messages")


def test_a_role_of_the_policy_owner_is_held_back_too(pg):
    pg.execute("set local role supabase_policy_admin")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        pg.execute("alter table realtime.messages disable row level security")


def privileges(connection: Connection, role: str, kind: str) -> set[str]:
    """Makes an object of a kind as postgres and gives what `role` may do with it."""
    connection.execute("create table public.made (id bigserial)")
    connection.execute("create function public.made() returns int language sql as 'select 1'")
    query = {
        "table": "select acl.privilege_type from pg_class, aclexplode(relacl) as acl"
        " where oid = 'public.made'::regclass and grantee = %s::regrole",
        "sequence": "select acl.privilege_type from pg_class, aclexplode(relacl) as acl"
        " where oid = 'public.made_id_seq'::regclass and grantee = %s::regrole",
        "function": "select acl.privilege_type from pg_proc, aclexplode(proacl) as acl"
        " where oid = 'public.made()'::regprocedure and grantee = %s::regrole",
    }[kind]
    return {name for (name,) in connection.execute(query.encode(), [role])} - {"MAINTAIN"}


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("table", {"TRUNCATE", "REFERENCES", "TRIGGER"}),
        ("sequence", {"UPDATE"}),
        ("function", set()),
    ],
)
def test_new_objects_are_not_open_to_the_api(pg, role, kind, expected):
    assert privileges(pg, role, kind) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            "table",
            {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"},
        ),
        ("sequence", {"USAGE", "SELECT", "UPDATE"}),
        ("function", {"EXECUTE"}),
    ],
)
def test_new_objects_of_older_projects_are_open_to_the_api(legacy_url, kind, expected):
    with psycopg.connect(legacy_url) as connection:
        assert privileges(connection, "anon", kind) == expected
        connection.rollback()


def test_functions_stay_executable_by_everybody_in_both_regimes(pg):
    pg.execute("create function public.made() returns int language sql as 'select 1'")
    assert one(pg, "select has_function_privilege('anon', 'public.made()', 'execute')")


def test_claims_reach_the_auth_functions(pg, as_role):
    as_role(pg, "authenticated", sub=USER, email="a@b.c", is_anonymous=True)
    assert one(pg, "select auth.uid()::text") == USER
    assert one(pg, "select auth.role()") == "authenticated"
    assert one(pg, "select auth.email()") == "a@b.c"
    assert one(pg, "select auth.jwt() ->> 'is_anonymous'") == "true"


def test_a_direct_connection_has_no_claims(pg):
    query = "select coalesce(auth.uid()::text, auth.role(), auth.email(), auth.jwt()::text)"
    assert one(pg, query) is None


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_api_roles_cannot_read_users(pg, as_role, role):
    as_role(pg, role)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        pg.execute("select * from auth.users")


def test_rows_of_storage_are_hidden_without_a_policy(pg, as_role):
    pg.execute("insert into storage.buckets (id, name) values ('b', 'b')")
    pg.execute("insert into storage.objects (bucket_id, name) values ('b', 'x/y.png')")
    as_role(pg, "authenticated", sub=USER)
    assert one(pg, "select count(*) from storage.objects") == 0
    as_role(pg, "service_role")
    assert one(pg, "select count(*) from storage.objects") == 1


@pytest.mark.parametrize("table", ["buckets", "objects"])
def test_rows_of_storage_are_not_deleted_by_hand(pg, table):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="Use the Storage API"):
        pg.execute(f"delete from storage.{table}")


def test_the_storage_api_may_delete(pg):
    pg.execute("select set_config('storage.allow_delete_query', 'true', true)")
    pg.execute("delete from storage.objects")


@pytest.mark.parametrize(
    ("name", "folder", "file", "extension"),
    [
        ("a/b/c.tar.gz", ["a", "b"], "c.tar.gz", "gz"),
        ("c.png", [], "c.png", "png"),
        ("a/", ["a"], "", ""),
    ],
)
def test_names_of_objects_are_taken_apart(pg, name, folder, file, extension):
    assert one(pg, "select storage.foldername(%s)", name) == folder
    assert one(pg, "select storage.filename(%s)", name) == file
    assert one(pg, "select storage.extension(%s)", name) == extension


def test_send_stores_a_private_broadcast_with_an_id_in_its_payload(pg):
    pg.execute("""select realtime.send('{"a": 1}', 'e', 't')""")
    row = pg.execute(
        "select topic, event, extension, private, payload, id::text from realtime.messages"
    ).fetchone()
    assert row is not None
    assert row[:4] == ("t", "e", "broadcast", True)
    assert row[4] == {"a": 1, "id": row[5]}
    assert one(pg, "select realtime.topic()") == "t"


def test_send_keeps_an_id_the_payload_has(pg):
    pg.execute("""select realtime.send('{"id": 7}', 'e', 't', false)""")
    assert one(pg, "select payload from realtime.messages") == {"id": 7}


@pytest.mark.parametrize(
    "call",
    [
        """realtime.send('[1]', 'e', 't')""",
        """realtime.send('"text"', 'e', 't')""",
        """realtime.send('{}', 'e', null)""",
    ],
)
def test_send_swallows_every_error_as_a_warning(pg, call):
    notices: list[str] = []
    pg.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
    pg.execute(f"select {call}")
    assert len(notices) == 1
    assert notices[0].startswith("WarnSendingBroadcastMessage: ")
    assert one(pg, "select count(*) from realtime.messages") == 0


def test_send_as_a_visitor_without_a_policy_stores_nothing(pg, as_role):
    as_role(pg, "anon")
    pg.execute("""select realtime.send('{}', 'e', 't')""")
    as_role(pg, None)
    assert one(pg, "select count(*) from realtime.messages") == 0


def test_send_binary_stores_the_bytes(pg):
    pg.execute("select realtime.send_binary('\\x00ff', 'e', 't')")
    row = pg.execute("select binary_payload, payload from realtime.messages").fetchone()
    assert row == (b"\x00\xff", None)


def test_broadcast_changes_carries_both_records(pg):
    pg.execute("""
    create table public.t (n int);
    create function public.tell() returns trigger language plpgsql as $$
    begin
      perform realtime.broadcast_changes(
        't', tg_op, tg_op, tg_table_name, tg_table_schema, new, old
      );
      return null;
    end $$;
    create trigger tell after update on public.t for each row execute function public.tell();
    insert into public.t values (1);
    update public.t set n = 2;
    """)
    payload = one(pg, "select payload - 'id' from realtime.messages")
    assert payload == {
        "schema": "public",
        "table": "t",
        "operation": "UPDATE",
        "record": {"n": 2},
        "old_record": {"n": 1},
    }


@pytest.mark.parametrize(
    ("operation", "level", "message"),
    [
        ("TRUNCATE", "ROW", "Unexpected operation type: TRUNCATE"),
        ("INSERT", "STATEMENT", "function can only be triggered for each row"),
    ],
)
def test_broadcast_changes_refuses_what_it_cannot_tell(pg, operation, level, message):
    with pytest.raises(
        psycopg.errors.RaiseException, match=f"Failed to process the row: {message}"
    ):
        pg.execute(
            "select realtime.broadcast_changes('t', 'e', %s, 't', 's', row(1), null, %s)",
            [operation, level],
        )


def days(connection: Connection) -> list[str]:
    query = "select inhrelid::regclass::text from pg_inherits order by 1"
    return [
        name
        for (name,) in connection.execute(query)
        if name.startswith("realtime.messages_2") and "pkey" not in name and "idx" not in name
    ]


def test_days_are_made_ahead_and_dropped_behind(server, platform_database):
    name = platform_database().rpartition("/")[2]
    with psycopg.connect(server.url("supabase_admin", name)) as connection:
        before = one(connection, "select gateway.keep_message_days('2031-03-01 10:00')")
        assert before == 10  # five days made, the five around the real today dropped
        assert one(connection, "select gateway.keep_message_days('2031-03-01 23:00')") == 0
        assert days(connection) == [
            f"realtime.messages_2031_{day}" for day in ("02_28", "03_01", "03_02", "03_03", "03_04")
        ]
        connection.execute("select gateway.keep_message_days('2031-03-03 23:59')")
        assert days(connection)[0] == "realtime.messages_2031_02_28"
        connection.execute("select gateway.keep_message_days('2031-03-04 00:00')")
        assert days(connection)[0] == "realtime.messages_2031_03_01"


def test_the_messages_publication_names_the_root_table_whatever_the_day(server, platform_database):
    url = platform_database()
    name = url.rpartition("/")[2]
    options = "'proto_version', '2', 'publication_names', 'supabase_realtime_messages_publication'"
    with psycopg.connect(server.url("supabase_admin", name), autocommit=True) as connection:
        connection.execute("select pg_create_logical_replication_slot('s', 'pgoutput', true)")
        with psycopg.connect(url) as writer:
            writer.execute("""select realtime.send('{"n": 1}', 'first', 't')""")
        connection.execute("""
        create table realtime.messages_2031_03_01 partition of realtime.messages
        for values from ('2031-03-01') to ('2031-03-02')
        """)
        connection.execute(
            "insert into realtime.messages (topic, extension, event, inserted_at)"
            " values ('t', 'broadcast', 'later', '2031-03-01 12:00')"
        )
        connection.execute("delete from realtime.messages")
        query = f"select data from pg_logical_slot_get_binary_changes('s', null, null, {options})"
        frames = [bytes(data) for (data,) in connection.execute(query.encode())]
        connection.execute("select pg_drop_replication_slot('s')")
    relations = {frame[1:5]: frame[5:] for frame in frames if frame[:1] == b"R"}
    inserts = [frame for frame in frames if frame[:1] == b"I"]
    assert len(inserts) == 2
    for frame in inserts:
        assert relations[frame[1:5]].startswith(b"realtime\0messages\0")
    assert not [frame for frame in frames if frame[:1] == b"D"]


def test_digests_match_published_values(pg):
    digest = "select encode(extensions.digest('abc', 'sha256'), 'hex')"
    assert one(pg, digest) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    hmac = "select encode(extensions.hmac('what do ya want for nothing?', 'Jefe', 'sha256'), 'hex')"
    assert one(pg, hmac) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@pytest.mark.parametrize("kind", ["sha224", "sha256", "sha384", "sha512"])
def test_hmac_agrees_with_the_standard_library(pg, kind):
    import hmac

    for key in (b"k", b"k" * 64, b"k" * 200):
        theirs = one(pg, "select extensions.hmac(%s::bytea, %s::bytea, %s)", b"data", key, kind)
        assert theirs == hmac.digest(key, b"data", kind)


def test_the_platform_is_applied_once(server, platform_database):
    name = platform_database().rpartition("/")[2]
    assert not apply_platform(server.url("supabase_admin", name))


def test_another_version_of_the_platform_is_explained(server, platform_database):
    name = platform_database().rpartition("/")[2]
    with pytest.raises(PlatformChanged, match="romashka db reset"):
        apply_platform(server.url("supabase_admin", name), "legacy")


def test_passwords_are_needed(server):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url().replace(server.config.passwords["postgres"], "guess"))


def test_the_authenticator_can_take_the_api_roles_alone(server):
    url = server.url("authenticator", PLATFORM_TEMPLATE)
    for role, ok in (("anon", True), ("service_role", True), ("postgres", False)):
        with psycopg.connect(url) as connection:
            query = f"set role {role}"
            if ok:
                connection.execute(query.encode())
            else:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(query.encode())


def test_payloads_come_back_as_json(pg):
    pg.execute("select realtime.send(%s, 'e', 't')", [json.dumps({"text": "Привет"})])
    assert one(pg, "select payload ->> 'text' from realtime.messages") == "Привет"
