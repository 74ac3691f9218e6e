"""Rights are those of the moment of each event: nothing about them is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local.gateway.limits import Limits
from tests.local.realtime.client import Client
from tests.local.realtime.gateways import ADA, BOB, Gateway, StartGateway

NOTES = {"event": "*", "schema": "public", "table": "notes"}


async def listener(gateway: Gateway, token: str, **entry: Any) -> Client:
    """A client that hears of notes."""
    client = await Client.open(gateway.url, token)
    await client.join("changes", postgres_changes=[NOTES | entry])
    await client.system("Subscribed")
    return client


async def records(client: Client, count: int) -> list[dict[str, Any]]:
    """The first rows a client was told of."""

    def look() -> list[dict[str, Any]] | None:
        told = [f.payload["data"] for f in client.frames if f.event == "postgres_changes"]
        rows = [data["record"] for data in told if data["type"] == "INSERT"]
        return rows if len(rows) >= count else None

    return await client.until(look)


@pytest.fixture
def notes_as_before(gateway: Gateway) -> Iterator[None]:
    """Puts the rights on notes back."""
    yield
    gateway.execute(
        "grant select on public.notes to authenticated; drop policy if exists extra on public.notes"
    )


@pytest.mark.usefixtures("notes_as_before")
async def test_a_revoked_column_is_gone_from_the_next_event(gateway: Gateway) -> None:
    client = await listener(gateway, gateway.user(ADA))
    gateway.execute("insert into public.notes values (1, %s, 'seen')", ADA)
    await records(client, 1)
    gateway.execute("revoke select on public.notes from authenticated")
    gateway.execute("grant select (id, author) on public.notes to authenticated")
    gateway.execute("insert into public.notes values (2, %s, 'hidden')", ADA)
    assert (await records(client, 2))[1] == {"id": 2, "author": ADA}
    await client.close()


@pytest.mark.usefixtures("notes_as_before")
async def test_a_filter_on_a_revoked_column_lets_nothing_through(gateway: Gateway) -> None:
    guesser = await listener(gateway, gateway.user(ADA), filter="body=eq.hidden")
    pattern = await listener(gateway, gateway.user(ADA), filter="body=like.h%")
    plain = await listener(gateway, gateway.user(ADA))
    gateway.execute("revoke select on public.notes from authenticated")
    gateway.execute("grant select (id, author) on public.notes to authenticated")
    gateway.execute("insert into public.notes values (1, %s, 'hidden')", ADA)
    await records(plain, 1)
    for client in (guesser, pattern):
        await client.settle()
        assert not [frame for frame in client.frames if frame.event == "postgres_changes"]
    for client in (guesser, pattern, plain):
        await client.close()


@pytest.mark.usefixtures("notes_as_before")
async def test_a_new_policy_counts_from_the_next_event(gateway: Gateway) -> None:
    client = await listener(gateway, gateway.user(ADA))
    boss = await listener(gateway, gateway.keys.service_role)
    gateway.execute("insert into public.notes values (1, %s)", BOB)
    await records(boss, 1)
    gateway.execute("create policy extra on public.notes for select using (true)")
    gateway.execute("insert into public.notes values (2, %s)", BOB)
    assert [row["id"] for row in await records(client, 1)] == [2]
    await boss.close()
    gateway.execute("drop policy extra on public.notes")
    gateway.execute("insert into public.notes values (3, %s), (4, %s)", BOB, ADA)
    assert [row["id"] for row in await records(client, 2)] == [2, 4]
    await client.close()


@pytest.mark.usefixtures("notes_as_before")
async def test_a_policy_that_fails_hides_the_row_from_those_it_fails_for(
    gateway: Gateway,
) -> None:
    fragile = await listener(gateway, gateway.user(ADA, divisor=0))
    sound = await listener(gateway, gateway.user(BOB, divisor=1))
    gateway.execute(
        "create policy extra on public.notes for select"
        " using (1 / (auth.jwt() ->> 'divisor')::integer = 1)"
    )
    gateway.execute("insert into public.notes values (1, null)")
    assert [row["id"] for row in await records(sound, 1)] == [1]
    await fragile.settle()
    assert not [frame for frame in fragile.frames if frame.event == "postgres_changes"]
    await fragile.close()
    await sound.close()


@pytest.mark.usefixtures("notes_as_before")
async def test_a_subscription_too_slow_to_judge_is_let_go_and_the_others_hear(
    start_gateway: StartGateway,
) -> None:
    gateway = start_gateway(limits=Limits(judge_timeout=0.5))
    slow = await listener(gateway, gateway.user(ADA, pause=30))
    quick = await listener(gateway, gateway.user(BOB, pause=0))
    gateway.execute(
        "create policy extra on public.notes for select using"
        " (pg_sleep((auth.jwt() ->> 'pause')::float) is not null)"
    )
    gateway.execute("insert into public.notes values (1, null)")
    assert [row["id"] for row in await records(quick, 1)] == [1]
    assert (await slow.system("took too long")).payload["status"] == "error"
    await slow.close()
    await quick.close()


async def test_nobody_may_filter_or_select_by_a_column_they_cannot_read(
    gateway: Gateway,
) -> None:
    gateway.execute("revoke select on public.samples from anon")
    gateway.execute("grant select (id) on public.samples to anon")
    client = await Client.open(gateway.url, gateway.keys.anon)
    entry = {"event": "*", "schema": "public", "table": "samples"}
    await client.join("one", postgres_changes=[entry | {"filter": "words=eq.x"}])
    await client.system("invalid column for filter words")
    await client.join("two", postgres_changes=[entry | {"select": ["words"]}])
    await client.system("invalid column for select words")
    gateway.execute("grant select on public.samples to anon")
    await client.close()


@pytest.mark.parametrize("pattern", ["match.(", "imatch.["])
async def test_a_pattern_that_is_none_is_refused_at_the_join(
    gateway: Gateway, pattern: str
) -> None:
    client = await Client.open(gateway.url, gateway.keys.service_role)
    await client.join("changes", postgres_changes=[NOTES | {"filter": f"body={pattern}"}])
    await client.system("invalid_regular_expression")
    await client.close()


async def test_quotes_and_statements_in_a_filter_are_only_a_value(gateway: Gateway) -> None:
    text = "'); drop table public.notes; --"
    client = await listener(gateway, gateway.keys.service_role, filter=f"body=like.{text}")
    exact = await listener(gateway, gateway.keys.service_role, filter=f'body=in.("{text}")')
    gateway.execute("insert into public.notes values (1, null, %s)", text)
    for one in (client, exact):
        assert [row["body"] for row in await records(one, 1)] == [text]
        await one.close()


async def test_only_the_superuser_may_call_the_gateways_functions(gateway: Gateway) -> None:
    callers = gateway.execute(
        "select roles.rolname, functions.oid::regprocedure::text"
        " from pg_proc as functions cross join pg_roles as roles"
        " where functions.pronamespace = 'gateway'::regnamespace and not roles.rolsuper"
        " and has_schema_privilege(roles.oid, functions.pronamespace, 'usage')"
        " and has_function_privilege(roles.oid, functions.oid, 'execute')"
    )
    assert callers == []


async def test_rights_to_a_private_topic_are_asked_again_now_and_then(
    start_gateway: StartGateway,
) -> None:
    gateway = start_gateway(limits=Limits(recheck_after=0.2))
    gateway.execute(
        "create policy club_read on realtime.messages for select to authenticated"
        " using (realtime.topic() = 'club')"
    )
    client = await Client.open(gateway.url, gateway.user(ADA))
    assert (await client.join("club", private=True))["status"] == "ok"
    gateway.execute("drop policy club_read on realtime.messages")
    await client.event("phx_close", 5)
    await client.close()


async def test_policies_find_what_they_name_as_everywhere_else(gateway: Gateway) -> None:
    gateway.execute(
        "create table public.members (id uuid);"
        " create function public.is_member() returns boolean language plpgsql stable"
        " security definer as 'begin return exists (select from members where id = auth.uid());"
        " end';"
        " create policy extra on public.notes for select using (is_member());"
        " create policy extra on realtime.messages using (is_member())"
    )
    gateway.execute("insert into public.members values (%s)", BOB)
    client = await Client.open(gateway.url, gateway.user(BOB))
    assert (await client.join("club", private=True))["status"] == "ok"
    await client.join("changes", postgres_changes=[NOTES])
    await client.system("Subscribed")
    gateway.execute("insert into public.notes values (1, %s)", ADA)
    assert [row["id"] for row in await records(client, 1)] == [1]
    gateway.execute("drop function public.is_member cascade; drop table public.members")
    await client.close()
