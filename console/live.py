"""The lines that `romashka up` prints for messages."""

from __future__ import annotations

import asyncio

from console.feed import Feed, Happening, as_user
from console.lines import Lines
from console.output import data
from local.plan import Plan


def print_lines(plan: Plan) -> None:
    """Print a line for everything that happens in the inbox until the process is asked to end."""
    email, password = plan.agent
    lines = Lines()

    def show(what: Happening) -> None:
        line = lines.of(what)
        if line is not None:
            data(line)

    async def follow() -> None:
        await Feed(plan.api_url, plan.anon_key, as_user(email or "", password or ""), show).run()

    asyncio.run(follow())
