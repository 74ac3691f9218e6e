"""What a process of ours writes to stderr when it talks to platforms."""

from __future__ import annotations

import asyncio
import sys

from tests.romashka.scripted_platform import scripted_platform
from tests.romashka.test_telegram_send import TOKEN
from tests.system import ROOT

# As verbose as the root logger can be made.
PROGRAM = """
import asyncio, logging, sys
{quieten}
logging.getLogger().setLevel(logging.DEBUG)
logging.getLogger("ours").debug("heard")
from romashka.channels import build_channels
from romashka.settings import Settings
channel = build_channels(Settings(
    telegram_bot_token="{token}", telegram_webhook_secret=("daisy",), telegram_api_url="{url}",
))["telegram"]
async def main():
    await channel.check("1065")
    await channel.close()
asyncio.run(main())
"""
PROCESSES = {
    "worker": "from romashka.log import configure_logging; configure_logging('json')",
    "console": "from console.logs import quieten_logs; quieten_logs(); logging.basicConfig()",
}


async def stderr_of(quieten: str) -> str:
    """What such a process writes while it asks Telegram about a bot."""
    async with scripted_platform() as platform:
        platform.will_answer(200, {"ok": True, "result": {}})
        program = PROGRAM.format(quieten=quieten, token=TOKEN, url=platform.url)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, stderr=asyncio.subprocess.PIPE, cwd=ROOT
        )
        _, told = await asyncio.wait_for(process.communicate(), 60)
        assert (process.returncode, len(platform.requests)) == (0, 2), told
    return told.decode()


async def test_a_bots_token_is_not_in_the_log_of_a_worker_or_a_command() -> None:
    for quieten in PROCESSES.values():
        told = await stderr_of(quieten)
        assert "heard" in told
        assert "canary" not in told
