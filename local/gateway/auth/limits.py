"""How often one address may sign up."""

from __future__ import annotations

import time
from collections import OrderedDict

from local.gateway.errors import AuthError

REMEMBERED = 10_000


class SignUpLimit:
    """A bucket per address that refills over an hour; the oldest addresses are forgotten."""

    def __init__(self, per_hour: int) -> None:
        self.per_hour = per_hour
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one sign-up; 429 when the address has had too many."""
        now = time.monotonic()
        left, since = self._buckets.pop(address, (float(self.per_hour), now))
        left = min(float(self.per_hour), left + (now - since) * self.per_hour / 3600)
        allowed = left >= 1
        self._buckets[address] = (left - 1 if allowed else left, now)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        if not allowed:
            raise AuthError(429, "over_request_rate_limit", "Request rate limit reached")
