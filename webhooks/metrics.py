"""What Prometheus reads from /metrics: requests, what they stored, and the queues behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from romashka.database import DatabaseError, call
from romashka.settings import shared_metrics_directory

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

REQUESTS = Counter(
    "romashka_webhook_requests_total", "Webhook requests answered.", ["channel", "status"]
)
SECONDS = Histogram(
    "romashka_webhook_seconds",
    "Time from the whole request to its answer.",
    ["channel"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)
STORED = Counter(
    "romashka_webhook_stored_total", "What ingest made of the events, by outcome.", ["outcome"]
)
OUTCOMES = ("messages", "duplicates", "receipts", "rejected")


def count_stored(summary: Mapping[str, Any]) -> None:
    """Add a stored batch's summary, as ingest_events gives it."""
    for outcome in OUTCOMES:
        STORED.labels(outcome).inc(summary.get(outcome) or 0)


def count_answer(channel: str, status: int, seconds: float) -> None:
    """Count one answered webhook request."""
    requests, duration = _series(channel, status)
    requests.inc()
    duration.observe(seconds)


@lru_cache(maxsize=256)
def _series(channel: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(channel, str(status)), SECONDS.labels(channel)


def queues(pool: ConnectionPool) -> dict[str, Any] | None:
    """The figures of private.queue_metrics(), None when the database gives none."""
    try:
        found: dict[str, Any] = call(pool, "private.queue_metrics")
    except DatabaseError:
        return None
    return found


def render(ask_queues: Callable[[], Mapping[str, Any] | None]) -> tuple[bytes, str]:
    """The exposition text of every gunicorn worker and of the queues, and its content type."""
    registry = REGISTRY
    if shared_metrics_directory():
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped there
    database = CollectorRegistry()
    database.register(_Database(ask_queues()))
    return generate_latest(registry) + generate_latest(database), CONTENT_TYPE_LATEST


class _Database:
    """Every figure of private.queue_metrics(), named by its path in the object."""

    def __init__(self, found: Mapping[str, Any] | None) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges at this moment; only `up` 0 when the database is away."""
        found = self._found
        up = "1 when the database answered."
        yield GaugeMetricFamily("romashka_database_up", up, value=float(found is not None))
        for name, value in _figures(found or {}, "romashka_queue"):
            yield GaugeMetricFamily(name, "From private.queue_metrics().", value=value)


def _figures(found: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for key, value in found.items():
        name = f"{prefix}_{key}"
        if isinstance(value, Mapping):
            yield from _figures(value, name)
        elif isinstance(value, (int, float)) and name.isidentifier() and name.isascii():
            yield name, float(value)
