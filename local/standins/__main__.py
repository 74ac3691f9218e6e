"""Runs the stand-ins: `python -m local.standins --port 54330 --webhooks-url http://…`.

The accounts they play come from the environment under the names the channels themselves use, such
as WHATSAPP_PHONE_NUMBER_ID, WHATSAPP_API_TOKEN and WHATSAPP_WEBHOOK_SECRET.
"""

from __future__ import annotations

import argparse
import sys

import uvicorn

from local.standins.app import PLATFORMS, create_app
from romashka.channels.accounts import accounts_of
from romashka.settings import Settings


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns 2 when the environment names no account."""
    parser = argparse.ArgumentParser(prog="python -m local.standins", description=__doc__)
    parser.add_argument("--port", type=int, default=54330)
    parser.add_argument("--mail-port", type=int, default=54331)
    parser.add_argument("--webhooks-url", default="http://127.0.0.1:8000")
    options = parser.parse_args()
    accounts = [one for one in accounts_of(Settings.from_env()) if one.type in PLATFORMS]
    if not accounts:
        sys.stderr.write("the stand-ins need an account in the environment (.env.example)\n")
        return 2
    app = create_app(accounts, options.webhooks_url, mail_port=options.mail_port)
    # A request that is held on purpose must not hold the end of the process.
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=options.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
