"""The time a broadcast needs to come back over Realtime."""

from __future__ import annotations

import asyncio
import secrets
import time

from supabase import acreate_client

from local.plan import Plan
from worker.doorbell import close, params

WITHIN_S = 8.0


async def round_trip_ms(plan: Plan) -> float:
    """Send a broadcast to ourselves on a private topic, as the worker does; milliseconds.

    Raises TimeoutError when nothing comes back.
    """
    client = await acreate_client(plan.api_url, plan.service_role_key)
    back, joined = asyncio.Event(), asyncio.Event()
    channel = client.channel(f"worker:doctor-{secrets.token_hex(6)}", params(hear_itself=True))
    channel.on_broadcast("ping", lambda _: back.set())

    def on_state(state: object, _: Exception | None = None) -> None:
        if str(getattr(state, "value", state)) == "SUBSCRIBED":
            joined.set()

    try:
        async with asyncio.timeout(WITHIN_S):
            await channel.subscribe(on_state)
            await joined.wait()
            began = time.monotonic()
            await channel.send_broadcast("ping", {})
            await back.wait()
            return (time.monotonic() - began) * 1000
    finally:
        await close(client.realtime)
        await client.auth.close()
