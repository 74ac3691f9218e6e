"""Runs the stand-ins: `python -m local.standins --port 54330 --webhooks-url http://…`.

The account it plays comes from the environment under the names the channel itself uses:
WHATSAPP_PHONE_NUMBER_ID, WHATSAPP_API_TOKEN and WHATSAPP_WEBHOOK_SECRET.
"""

from __future__ import annotations

import argparse
import os
import sys

import uvicorn

from local.standins.app import create_app
from local.standins.whatsapp import Account


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns 2 when a variable is missing."""
    parser = argparse.ArgumentParser(prog="python -m local.standins", description=__doc__)
    parser.add_argument("--port", type=int, default=54330)
    parser.add_argument("--webhooks-url", default="http://127.0.0.1:8000")
    options = parser.parse_args()
    names = ("WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_API_TOKEN", "WHATSAPP_WEBHOOK_SECRET")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        sys.stderr.write(f"the stand-ins need {', '.join(missing)} in the environment\n")
        return 2
    number, token, app_secrets = (os.environ[name] for name in names)
    app = create_app(
        Account(phone_number_id=number, token=token),
        webhook_url=f"{options.webhooks_url}/webhooks/whatsapp",
        app_secret=app_secrets.split(",")[0].strip(),
    )
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
