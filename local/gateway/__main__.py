"""Serves the gateway until SIGTERM or SIGINT: `python -m local.gateway`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvicorn
import uvloop

from local.gateway.app import create_app
from local.gateway.modes import MODES, PLAIN
from local.gateway.project import publishable_key, secret_key
from local.gateway.realtime_routes import UVICORN_OPTIONS
from local.gateway.settings import GatewaySettings
from local.namespace import die_with
from romashka.log import configure_logging

ROOT = Path(__file__).resolve().parents[2]
SHUTDOWN_GRACE = 3
# Longer than clients keep an idle connection (httpx: 5 s), so that it is never us who hang up
# just when a client sends its next request.
KEEP_ALIVE = 75


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the gateway in the foreground; secrets come from the environment only."""
    die_with(os.getppid())
    settings = read_settings(arguments, environ)
    configure_logging(environ.get("LOG_FORMAT", "console"))
    return serve(settings)


def read_settings(arguments: Sequence[str], environ: Mapping[str, str]) -> GatewaySettings:
    """Arguments and GATEWAY_… variables as settings; exits with 2 when something is missing."""
    parser = _parser(environ)
    options = parser.parse_args(arguments)
    database_url = environ.get("GATEWAY_DATABASE_URL")
    jwt_secret = environ.get("GATEWAY_JWT_SECRET")
    if not database_url or not jwt_secret or options.storage is None:
        parser.error(
            "GATEWAY_DATABASE_URL, GATEWAY_JWT_SECRET and --storage (or GATEWAY_STORAGE) are needed"
        )
    return GatewaySettings(
        database_url=database_url,
        jwt_secret=jwt_secret,
        publishable_key=environ.get("GATEWAY_PUBLISHABLE_KEY") or publishable_key(jwt_secret),
        secret_key=environ.get("GATEWAY_SECRET_KEY") or secret_key(jwt_secret),
        storage_dir=options.storage,
        requests_url=environ.get("GATEWAY_REQUESTS_URL"),
        functions_dir=options.functions,
        host=options.host,
        port=options.port,
        realtime_mode=options.mode,
    )


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.gateway",
        epilog="GATEWAY_DATABASE_URL (superuser of the embedded database) and GATEWAY_JWT_SECRET "
        "are read from the environment.",
    )
    functions = environ.get("GATEWAY_FUNCTIONS") or ROOT / "supabase" / "functions"
    mode = environ.get("GATEWAY_MODE") or PLAIN.name
    parser.add_argument("--host", default=environ.get("GATEWAY_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=environ.get("GATEWAY_PORT", "54321"))
    parser.add_argument("--storage", type=Path, default=environ.get("GATEWAY_STORAGE"))
    parser.add_argument("--functions", type=Path, default=functions)
    parser.add_argument("--mode", choices=list(MODES), default=mode)
    return parser


def serve(settings: GatewaySettings) -> int:
    """Serve until a signal, then end what is under way; 1 when it could not start at all."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=SHUTDOWN_GRACE,
            **UVICORN_OPTIONS,
        )
    )
    # uvicorn raises the signal again when it is done; this handler is what it then meets.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve())
    except SystemExit:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
