"""One JSON object per line on stderr: ids and figures, never contents or secrets."""

from __future__ import annotations

import logging
import logging.config
import sys
from typing import Any

import structlog
from structlog.typing import Processor

# The libraries that speak HTTP for us.
HTTP_CLIENTS = ("httpx", "httpcore")

_QUIET = {
    # An outage is logged once, by whoever notices it; the pool would tell of every attempt.
    "psycopg.pool": {"level": "ERROR"},
    # They log the address of each request, and Telegram's addresses hold the bot's token: whatever
    # level the root logger is given, theirs stays above it.
    **{name: {"level": "WARNING"} for name in HTTP_CLIENTS},
}


def configure_logging(log_format: str) -> None:
    """Send structlog's and the standard library's lines to stderr; `json` or `console`."""
    structlog.configure(
        processors=[*_shared(), structlog.processors.format_exc_info, _renderer(log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(standard_logging(log_format))


def standard_logging(log_format: str, *servers: str) -> dict[str, Any]:
    """The dictConfig that makes the standard library's loggers write the same lines.

    `servers` are loggers that bring a handler of their own, which is replaced.
    """
    taken_over = {"level": "INFO", "handlers": ["stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    _renderer(log_format),
                ],
                "foreign_pre_chain": [structlog.stdlib.add_logger_name, *_shared()],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {**_QUIET, **dict.fromkeys(servers, taken_over)},
    }


def _shared() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]


def _renderer(log_format: str) -> Processor:
    if log_format == "console":
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.processors.JSONRenderer()
