"""`romashka watch`: the inbox live in the terminal, as an agent sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from console.feed import Feed, Happening, as_user
from console.identities import identity_of
from console.lines import Lines
from console.output import data, say
from console.place import running
from console.problems import NOT_READY, USAGE, Problem
from local.plan import Plan
from worker.patience import end

READY_WITHIN_S = 20.0
FOUND_BY = "romashka send tells it; so do romashka simulate --json and romashka watch --json"


def run(conversation: str | None, *, as_json: bool, seconds: float | None) -> None:
    """Print what happens until Ctrl-C or for that many seconds."""
    plan, _ = running()
    wanted = None if conversation is None else _known(plan, conversation)
    lines = Lines()

    def show(what: Happening) -> None:
        if wanted not in (None, _conversation_of(what)):
            return
        text = json.dumps(as_object(what), ensure_ascii=False) if as_json else lines.of(what)
        if text is not None:
            data(text)

    asyncio.run(_watch(plan, show, seconds))


def _known(plan: Plan, conversation: str) -> str:
    """The id of a conversation; raises the problem that there is none: nothing would ever come."""
    import psycopg

    wanted = identity_of(conversation, "conversation", FOUND_BY)
    with psycopg.connect(plan.db_url, connect_timeout=5) as connection:
        found = connection.execute("select from public.conversations where id = %s", [wanted])
        if not found.rowcount:
            raise Problem(USAGE, "missing", f"conversation {wanted} not found", FOUND_BY)
    return str(wanted)


async def _watch(plan: Plan, show: Any, seconds: float | None) -> None:
    feed = agent_feed(plan, show)
    following = asyncio.create_task(feed.run())
    try:
        await until_ready(feed)
        say("following the inbox live; Ctrl-C ends it")
        await asyncio.wait([following], timeout=seconds)
    finally:
        await end([following])


def agent_feed(plan: Plan, handle: Any) -> Feed:
    """A feed of the inbox as the console's agent; raises the problem that none is known."""
    email, password = plan.agent
    if not (email and password):
        raise Problem(
            USAGE,
            "no_agent",
            "no agent to sign in as",
            "set ROMASHKA_AGENT_EMAIL and ROMASHKA_AGENT_PASSWORD in .env",
        )
    return Feed(plan.api_url, plan.anon_key, as_user(email, password), handle)


async def until_ready(feed: Feed) -> None:
    """Wait until the feed follows; raises the problem that it does not in time."""
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await feed.ready.wait()
    except TimeoutError:
        reason = f" ({feed.last_error})" if feed.last_error else ""
        raise Problem(
            NOT_READY,
            "no_realtime",
            f"Realtime did not let us in within {READY_WITHIN_S:.0f} s{reason}",
            "romashka doctor",
        ) from None


def as_object(what: Happening) -> Mapping[str, Any]:
    """The happening as one JSON object."""
    return {
        "event": what.event,
        "live": what.live,
        "heard_at": what.heard_at.isoformat(),
        "message": what.message or None,
        "conversation": what.conversation or None,
    }


def _conversation_of(what: Happening) -> str | None:
    return what.message.get("conversation_id") or what.conversation.get("id")
