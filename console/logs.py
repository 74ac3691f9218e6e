"""Logs of our own libraries, as a command shows them."""

from __future__ import annotations

import logging
import sys

import structlog

from romashka.log import HTTP_CLIENTS


def quieten_logs() -> None:
    """Keep the logs of our own libraries out of the terminal, but for warnings."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger("realtime").setLevel(logging.CRITICAL)
    for name in HTTP_CLIENTS:
        # They log addresses, and Telegram's hold the bot's token.
        logging.getLogger(name).setLevel(logging.WARNING)
