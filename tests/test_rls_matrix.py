"""Who reaches what, asked of the real tables: every table x identity x verb, and Realtime's topics.

A cell is - (refused), 0 (allowed, but no row is within reach), o (own rows only) or a (all rows);
the four places of a word are select, insert, update, delete.
"""

from __future__ import annotations

import itertools
import json
import uuid

import psycopg
import pytest
from psycopg import sql

from tests.sql.rows import one, rows
from tests.sql.world import World, populate

VERBS = ("select", "insert", "update", "delete")
IDENTITIES = ("anon", "visitor", "agent", "admin", "removed", "service")

# table: visitor agent admin service. Anon reaches nothing; a removed agent is a visitor.
MATRIX = {
    "public.agents": "0-00 a-00 aaaa aaaa",
    "public.ai_backtest_items": "0--- a--- a--- aaaa",
    "public.ai_backtests": "0--- a--- a--- aaaa",
    "public.ai_budget": "0-00 a-00 aaaa aaaa",
    "public.ai_calls": "0--- a--- a--- aaaa",
    "public.ai_drafts": "0--- a--- a--- aaaa",
    "public.ai_labels": "0--- a--- a--- aaaa",
    "public.ai_runs": "0--- a--- a--- aaaa",
    "public.ai_settings": "0-00 a-00 aaaa aaaa",
    "public.ai_thresholds": "0--- a--- a--- aaaa",
    "public.ai_tool_calls": "0--- a--- a--- aaaa",
    "public.ai_tools": "0-00 a-00 aaaa aaaa",
    "public.alert_rules": "0-00 a-00 aaaa aaaa",
    "public.alerts": "0-0- a-a- a-a- aaaa",
    "public.audit_log": "0--- 0--- a--- aa--",
    "public.channel_status": "0--- a--- a--- a---",
    "public.channels": "0-0- a-0- a-a- aaaa",
    "public.conversations": "0-0- a-a- a-a- aaaa",
    "public.csat_responses": "0--- a--- a--- aaaa",
    "public.customer_identities": "0--- a--- a--- aaaa",
    "public.customer_profiles": "0-0- a-a- a-a- aaaa",
    "public.dead_letters": "0--- a--- a--- a---",
    "public.deliveries": "0--- a--- a--- a---",
    "public.hand_over_rules": "0-00 a-00 aaaa aaaa",
    "public.knowledge_articles": "o-00 a-00 aaaa aaaa",
    "public.knowledge_chunks": "0--- a--- a--- aaaa",
    "public.knowledge_suggestions": "0--- a--- a--- aaaa",
    "public.knowledge_versions": "0--- a--- a--- a---",
    "public.learned_gates": "0--- a--- a--- aaaa",
    "public.message_templates": "0--- a--- a--- aaaa",
    "public.model_prices": "0-00 a-00 aaaa aaaa",
    "public.messages": "o--- aa-- aa-- aaaa",
    "public.office_closures": "0-00 a-00 aaaa aaaa",
    "public.office_hours": "0-00 a-00 aaaa aaaa",
    "public.office_settings": "0-00 a-00 aaaa aaaa",
    "public.page_visits": "o--- a--- a--- aaaa",
    "public.proactive_results": "0--- a--- a--- a---",
    "public.proactive_rules": "0-00 a-00 aaaa aaaa",
    "public.proactive_shows": "0--- a--- a--- aaaa",
    "public.realtime_metrics": "0--- a--- a--- aaaa",
    "public.reply_jobs": "0--- a--- a--- a---",
    "public.visitor_sessions": "o--- a--- a--- aaaa",
    "public.visitors_online": "o--- a--- a--- a---",
    "public.website_settings": "0-0- a-0- a-a- aaaa",
    "public.routing_rules": "0-00 a-00 aaaa aaaa",
    "private.ai_spending": "0--- a--- a--- aaaa",
    "private.ai_watch": "---- ---- ---- aaaa",
    "private.channel_events": "0--- a--- a--- aaaa",
    "private.channel_secrets": "---- ---- ---- aaaa",
    "private.csat_links": "---- ---- ---- aaaa",
    "private.deliveries": "0--- a--- a--- aaaa",
    "private.delivery_changes": "0--- a--- a--- aaaa",
    "private.delivery_days": "0--- a--- a--- aaaa",
    "private.delivery_figures": "0--- a--- a--- aaaa",
    "private.consent_words": "---- ---- ---- aaaa",
    "private.email_consents": "---- ---- ---- aaaa",
    "private.identity_moves": "---- ---- ---- aaaa",
    "private.inbound_events": "0--- o--- o--- aaaa",
    "private.knowledge_terms": "0--- a--- a--- aaaa",
    "private.knowledge_term_changes": "0--- a--- a--- aaaa",
    "private.media_files": "0--- a--- a--- aaaa",
    "private.metric_hours": "0--- a--- a--- aaaa",
    "private.open_questions": "0--- a--- a--- aaaa",
    "private.paces": "---- ---- ---- aaaa",
    "private.processes": "---- ---- ---- aaaa",
    "private.receipts": "---- ---- ---- aaaa",
    "private.removed_files": "---- ---- ---- aaaa",
    "private.run_texts": "0--- a--- a--- aaaa",
    "private.rejected_items": "0--- a--- a--- aaaa",
    "private.mailboxes": "---- ---- ---- aaaa",
    "private.unread_mail": "---- ---- ---- aaaa",
    "private.solved_conversations": "---- ---- ---- aaaa",
    "private.signals": "---- ---- ---- aaaa",
    "private.watermarks": "---- ---- ---- aaaa",
    "private.replay_requests": "---- ---- ---- aaaa",
    "private.reply_jobs": "0--- a--- a--- aaaa",
    "private.unread_chats": "---- ---- ---- aaaa",
    "private.website_secrets": "---- ---- ---- aaaa",
}
# What "own" means where only a part of the rows is within reach.
OWN = {
    "public.messages": "not is_private and conversation_id = '{own}'",
    "public.knowledge_articles": "is_published and visibility = 'public'",
    "public.page_visits": "url = 'https://example.com/own'",
    "public.visitor_sessions": "visitor_id = '{visitor}'",
    "public.visitors_online": "visitor_id = '{visitor}'",
    "private.inbound_events": "state = 'failed'",
}
# As many rows as any table has: a constraint or a trigger stopped what the privileges allowed.
REACHED = 1_000_000
RELATIONS = """
select oid::regclass::text, relnamespace::regnamespace::text || '.' || relname
from pg_class
where relnamespace::regnamespace::text in ('public', 'private') and relkind in ('r', 'v', 'm', 'p')
order by 2
"""


def expected(table: str, identity: str) -> str:
    visitor, agent, admin, service = MATRIX[table].split()
    return {
        "anon": "----",
        "visitor": visitor,
        "agent": agent,
        "admin": admin,
        "removed": without_own(visitor, table),
        "service": service,
    }[identity]


def without_own(cells: str, table: str) -> str:
    """Somebody who owns nothing sees nothing; what is published anybody signed in may read."""
    return cells if table == "public.knowledge_articles" else cells.replace("o", "0")


def become(db: psycopg.Connection, world: World, identity: str, topic: str = "") -> None:
    role = {"anon": "anon", "service": "service_role"}.get(identity, "authenticated")
    claims = {"role": role}
    if role == "authenticated":
        claims["sub"] = str(getattr(world, identity))
    db.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])
    db.execute("select set_config('realtime.topic', %s, true)", [topic])
    db.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))


class Undo(Exception):
    """Ends a trial, so that what it changed is undone."""


def attempt(db: psycopg.Connection, world: World, identity: str, statement: str) -> int | None:
    """Gives how many rows a statement reached, None when it was refused.

    A constraint or a trigger of ours that says no shows that the privileges had said yes.
    """
    found: int | None = None
    try:
        with db.transaction():
            become(db, world, identity)
            found = db.execute(statement).rowcount
            raise Undo
    except Undo:
        return found
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState):
        return None
    except psycopg.Error as problem:
        assert (problem.sqlstate or "")[:2] in ("23", "PT"), problem
        return REACHED


def columns(db: psycopg.Connection, table: str, role: str, verb: str) -> list[str]:
    """Gives the columns a role may use in a verb; all of them where it may use none."""
    query = """
    select attname, has_column_privilege(%s, attrelid, attnum, %s) from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and not attisdropped and attidentity <> 'a'
    """
    found = rows(db, query, role, verb, table)
    return [name for name, may in found if may] or [name for name, _ in found]


def statement(db: psycopg.Connection, world: World, identity: str, table: str, verb: str) -> str:
    """Gives a statement that tries a verb on every row of a table."""
    role = {"anon": "anon", "service": "service_role"}.get(identity, "authenticated")
    if verb == "delete":
        return f"delete from {table}"
    usable = columns(db, table, role, verb)
    if verb == "select":
        return f"select {usable[0]} from {table}"
    if verb == "update":
        return f"update {table} set {usable[-1]} = {usable[-1]}"
    values = dict.fromkeys(usable)
    source = one(db, f"select to_jsonb(t) from {table} as t limit 1")
    values |= {name: source[name] for name in usable}
    if table == "public.messages":
        sender = getattr(world, identity, None)
        values |= {"sender_type": "agent", "sender_id": sender and str(sender)}
        values["id"] = str(uuid.uuid4())
    record = json.dumps(values).replace("'", "''")
    names = ", ".join(usable)
    return (
        f"insert into {table} ({names})"
        f" select {names} from jsonb_populate_record(null::{table}, '{record}')"
    )


@pytest.fixture(scope="module")
def populated(database_url):
    """One connection with the world in it, for every cell; rolled back at the end."""
    with psycopg.connect(database_url) as connection:
        yield connection, populate(connection)
        connection.rollback()


def test_every_table_and_view_is_in_the_matrix(populated):
    db, _ = populated
    assert [name for _, name in rows(db, RELATIONS)] == sorted(MATRIX)


@pytest.mark.parametrize("table", MATRIX)
def test_every_table_has_a_row_to_reach(populated, table):
    db, _ = populated
    assert one(db, f"select count(*) from {table}") > 0


@pytest.mark.parametrize(("table", "identity"), list(itertools.product(MATRIX, IDENTITIES)))
def test_cell(populated, table, identity):
    db, world = populated
    everything = one(db, f"select count(*) from {table}")
    condition = OWN.get(table, "false").format(own=world.own, visitor=world.visitor)
    own = one(db, f"select count(*) from {table} where {condition}")
    found = ""
    for verb in VERBS:
        reached = attempt(db, world, identity, statement(db, world, identity, table, verb))
        found += cell(verb, reached, own, everything)
    assert found == expected(table, identity)


def cell(verb: str, reached: int | None, own: int, everything: int) -> str:
    if reached is None:
        return "-"
    if reached == 0:
        return "0"
    if verb == "insert" or reached >= everything:
        return "a"
    return "o" if reached == own else f"?{reached}"


# Realtime's own question on a private topic: rows are put there, can this person read them back?
TOPICS = {
    "inbox": "agent admin service",
    "conversation:{own}": "visitor agent admin service",
    "conversation:{foreign}": "agent admin service",
    "conversation:{own} ": "agent admin service",
    "conversation:": "agent admin service",
    "worker": "service",
    "anything": "service",
}


@pytest.mark.parametrize("extension", ["broadcast", "presence"])
@pytest.mark.parametrize(("topic", "identity"), list(itertools.product(TOPICS, IDENTITIES)))
def test_hearing(populated, topic, identity, extension):
    db, world = populated
    name = topic.format(own=world.own, foreign=world.foreign)
    with db.transaction(force_rollback=True):
        db.execute(
            "insert into realtime.messages (topic, extension, payload) values (%s, %s, '{}')",
            [name, extension],
        )
        become(db, world, identity, name)
        heard = rows(
            db,
            "select true from realtime.messages where topic = %s and extension = %s limit 1",
            name,
            extension,
        )
    assert bool(heard) == (identity in TOPICS[topic].split())


@pytest.mark.parametrize(
    ("topic", "extension", "speakers"),
    [
        ("inbox", "presence", "agent admin service"),
        ("inbox", "broadcast", "service"),
        ("conversation:{own}", "presence", "service"),
        ("conversation:{own}", "broadcast", "service"),
        ("worker", "broadcast", "service"),
    ],
)
@pytest.mark.parametrize("identity", IDENTITIES)
def test_speaking(populated, topic, extension, speakers, identity):
    db, world = populated
    name = topic.format(own=world.own)
    try:
        with db.transaction(force_rollback=True):
            become(db, world, identity, name)
            db.execute(
                "insert into realtime.messages (topic, extension, payload, private)"
                " values (%s, %s, '{}', true)",
                [name, extension],
            )
        spoke = True
    except psycopg.errors.InsufficientPrivilege:
        spoke = False
    assert spoke == (identity in speakers.split())


def test_agents_write_as_nobody_else(populated):
    db, world = populated
    for sender_type, sender in [
        ("agent", world.admin),
        ("customer", world.agent),
        ("ai", world.agent),
        ("system", world.agent),
    ]:
        text = (
            "insert into messages (conversation_id, sender_type, sender_id, content, is_private)"
            f" values ('{world.own}', '{sender_type}', '{sender}', 'x', true)"
        )
        assert attempt(db, world, "agent", text) is None


def test_storage_has_no_policy_that_is_not_tested_here(populated):
    db, _ = populated
    query = "select policyname, cmd from pg_policies where schemaname = 'storage' order by 1"
    assert rows(db, query) == [
        ("agents and visitors add media", "INSERT"),
        ("agents see media, visitors their own", "SELECT"),
    ]


@pytest.mark.parametrize(
    ("folder", "adders", "readers"),
    [
        ("{own}/visitor", "visitor service", "visitor agent admin service"),
        ("{foreign}/visitor", "service", "agent admin service"),
        ("{own}/agent", "agent admin service", "agent admin service"),
        ("{own}/other", "service", "agent admin service"),
        ("anything/else", "service", "agent admin service"),
    ],
)
@pytest.mark.parametrize("identity", IDENTITIES)
def test_files(populated, folder, adders, readers, identity):
    db, world = populated
    name = f"{folder.format(own=world.own, foreign=world.foreign)}/{uuid.uuid4()}-photo.png"
    insert = f"insert into storage.objects (bucket_id, name) values ('media', '{name}')"
    assert (attempt(db, world, identity, insert) == 1) == (identity in adders.split())
    with db.transaction(force_rollback=True):
        db.execute(insert)
        become(db, world, identity)
        found = rows(db, "select true from storage.objects where name = %s", name)
    assert bool(found) == (identity in readers.split())
