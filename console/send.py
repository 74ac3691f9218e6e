"""`romashka send`: says something through Supabase alone, as a visitor or as the agent."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from console.identities import identity_of, sought
from console.output import data, data_json, shorten
from console.place import running
from console.problems import NOT_READY, USAGE, Problem
from local.plan import Plan
from worker.doorbell import close, params

if TYPE_CHECKING:
    from supabase import AsyncClient

LOOK_EVERY_S = 2.0
FOUND_BY = "romashka send tells it; so do romashka simulate --json and romashka watch --json"


def as_agent(conversation: str, text: str, *, private: bool, as_json: bool) -> None:
    """Say it in a conversation as the console's agent; prints the stored message."""
    wanted = str(identity_of(conversation, "conversation", FOUND_BY))
    plan, _ = running()
    with sought(FOUND_BY):
        message = asyncio.run(_as_agent(plan, wanted, _said(text), private))
    if as_json:
        data_json(message)
    else:
        data(f"stored as number {message['seq']} of {wanted}: {message['delivery_status']}")


def as_visitor(text: str, *, wait: bool, timeout_s: float, as_json: bool) -> None:
    """Say it as a new visitor of the website, and wait for the reply."""
    plan, _ = running()
    result = asyncio.run(_as_visitor(plan, _said(text), timeout_s if wait else 0.0))
    reply = result["reply"]
    if as_json:
        data_json(result)
    else:
        data(f"conversation {result['conversation_id']}")
        if reply:
            data(f'{reply["sender_type"]}: "{shorten(reply["content"], 200)}"')
    if wait and reply is None:
        raise Problem(
            NOT_READY, "no_reply", f"no reply within {timeout_s:.0f} s", "romashka doctor"
        )


def _said(text: str) -> str:
    if not text.strip():
        raise Problem(USAGE, "no_text", "say something: the text is empty")
    return text


async def _as_agent(plan: Plan, conversation: str, text: str, private: bool) -> dict[str, Any]:
    from supabase import acreate_client

    email, password = plan.agent
    if not (email and password):
        raise Problem(USAGE, "no_agent", "no agent to sign in as", "set ROMASHKA_AGENT_EMAIL")
    client = await acreate_client(plan.api_url, plan.anon_key)
    try:
        await client.auth.sign_in_with_password({"email": email, "password": password})
        arguments = {"p_conversation_id": conversation, "p_content": text, "p_private": private}
        result: Any = (await client.rpc("send_message", arguments).execute()).data
        return dict(result)
    finally:
        await client.auth.close()


async def _as_visitor(plan: Plan, text: str, timeout_s: float) -> dict[str, Any]:
    from supabase import acreate_client

    client = await acreate_client(plan.api_url, plan.anon_key)
    try:
        await client.auth.sign_in_anonymously()
        arguments = {
            "p_identifier": f"visitor-{secrets.token_hex(6)}",
            "p_channel": "website",
            "p_message": text,
        }
        conversation: Any = (await client.rpc("create_conversation", arguments).execute()).data
        reply = await _reply(client, str(conversation), timeout_s) if timeout_s else None
        return {"conversation_id": conversation, "reply": reply}
    finally:
        await close(client.realtime)
        await client.auth.close()


async def _reply(client: AsyncClient, conversation: str, timeout_s: float) -> Any:
    """The first message of the other side; Realtime rings, the rows tell."""
    rung = asyncio.Event()
    channel = client.channel(f"conversation:{conversation}", params(hear_itself=False))
    channel.on_broadcast("message_created", lambda _: rung.set())
    await channel.subscribe(lambda *_: rung.set())
    arguments = {"p_conversation_id": conversation, "p_seq": 0}
    deadline = asyncio.get_running_loop().time() + timeout_s
    while asyncio.get_running_loop().time() < deadline:
        rows: Any = (await client.rpc("messages_since", arguments).execute()).data
        for row in rows:
            if row["sender_type"] != "customer":
                return row
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await rung.wait()
        except TimeoutError:
            continue
        rung.clear()
    return None
