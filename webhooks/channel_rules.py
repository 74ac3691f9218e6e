"""What admins have set for single channels: from where, and how many a minute (R78, R79)."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from romashka.settings import Network
from webhooks.answers import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The networks from which a channel's webhooks are taken (none: all), and how many a minute."""

    networks: tuple[Network, ...] = ()
    rate: RateLimitItemPerMinute | None = None


class ChannelRules:
    """The rules by channel type, as the database said last; none before it has said any.

    The count is kept per gunicorn worker, so several together take as many times the rate.
    """

    def __init__(self) -> None:
        self._rules: Mapping[str, Rule] = {}
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def learn(self, found: Mapping[str, Any]) -> None:
        """Take what private.channel_guards gave."""
        self._rules = {
            channel_type: Rule(
                networks=tuple(ip_network(text) for text in rule["addresses"]),
                rate=RateLimitItemPerMinute(int(rule["rate"])) if rule["rate"] else None,
            )
            for channel_type, rule in found.items()
        }

    def networks(self, channel_type: str) -> tuple[Network, ...]:
        """From where webhooks of a type are taken; empty means from everywhere."""
        return self._rules.get(channel_type, Rule()).networks

    def rate(self, channel_type: str) -> RateLimitItemPerMinute | None:
        """How many webhooks of a type are taken in a minute; None means any number."""
        return self._rules.get(channel_type, Rule()).rate

    def count(self, channel_type: str) -> None:
        """Count an authentic request; raises Problem 429 for one too many in this minute."""
        rate = self.rate(channel_type)
        if rate is None or self._limiter.hit(rate, channel_type):
            return
        ends_at = self._limiter.get_window_stats(rate, channel_type).reset_time
        pause_s = max(1, math.ceil(ends_at - time.time()))
        raise Problem(429, "too many webhooks for this channel", retry_after_s=pause_s)
