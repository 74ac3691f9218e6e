"""How the hub ends what it started."""

from __future__ import annotations

import asyncio

from psycopg_pool import AsyncConnectionPool

from local.gateway.hub import Hub

ENDS_WITHIN_S = 5


async def test_a_task_that_misses_the_first_call_to_end_holds_nothing_up(server) -> None:
    url = server.url("supabase_admin")
    missed = asyncio.Event()

    async def deaf() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            missed.set()
        await asyncio.Event().wait()

    async with AsyncConnectionPool(url, min_size=1, open=False) as pool:
        hub = Hub(pool, url, "secret")
        hub.spawn(deaf())
        await asyncio.sleep(0)
        async with asyncio.timeout(ENDS_WITHIN_S):
            await hub.stop()
    assert missed.is_set()
