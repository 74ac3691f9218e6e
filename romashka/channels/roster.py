"""The channels as they are now: accounts may be added and secrets changed while all is running."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from romashka.channels import build_channels
from romashka.channels.accounts import Account
from romashka.channels.base import Channel, Rotating
from romashka.settings import BadSetting, Settings

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Roster(Mapping[str, Channel]):
    """The channels by type, of the environment's accounts and of those that are stored (R81)."""

    def __init__(self, settings: Settings) -> None:
        """With the environment's accounts alone; raises BadSetting."""
        self._settings = settings
        self._stored: tuple[Account, ...] = ()
        self._channels = build_channels(settings)
        self._former: list[list[Channel]] = []

    def __getitem__(self, name: str) -> Channel:
        return self._channels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._channels)

    def __len__(self) -> int:
        return len(self._channels)

    def take(self, stored: tuple[Account, ...]) -> bool:
        """Build the channels anew where the stored accounts have changed; whether they have.

        What a channel has renewed itself and stored is no change (Microsoft does so at every use).
        An account that cannot be used, by itself or beside those before it, is named in the log and
        left out: the others work on.
        """
        if stored == self._stored:
            return False
        former, self._stored = self._stored, stored
        if self._is_own_rotation(former):
            return False
        usable: list[Account] = []
        for account in stored:
            if self._is_usable(account, usable):
                usable.append(account)
        channels = build_channels(self._settings, usable)
        # What is being sent over the former ones goes on: they are closed later.
        self._former.append(list(self._channels.values()))
        self._channels = channels
        log.info("accounts", **{name: len(one.accounts) for name, one in channels.items()})
        return True

    def _is_own_rotation(self, former: tuple[Account, ...]) -> bool:
        """Whether nothing has changed but what our own channels have renewed and hold already."""
        if list(map(_without_rotated, former)) != list(map(_without_rotated, self._stored)):
            return False
        changed = (now for old, now in zip(former, self._stored, strict=True) if old != now)
        return all(
            isinstance(channel := self._channels.get(one.type), Rotating) and channel.holds(one)
            for one in changed
        )

    def _is_usable(self, account: Account, others: Sequence[Account]) -> bool:
        alike = [one for one in others if one.type == account.type]
        reason = self.why_unusable(*alike, account)
        if reason is not None:
            log.error(
                "account_unusable", channel=account.type, account=account.account, reason=reason
            )
        return reason is None

    def why_unusable(self, *accounts: Account) -> str | None:
        """What is wrong with an account, or with several together; None where nothing is."""
        try:
            build_channels(self._settings, accounts)
        except BadSetting as error:
            return str(error)
        return None

    async def close_former(self) -> None:
        """Close what two changes ago was in use: nothing is on its way over it any more."""
        while len(self._former) > 1:
            for channel in self._former.pop(0):
                await channel.close()

    async def close(self) -> None:
        """Close every channel, former ones too."""
        for channels in (*self._former, list(self._channels.values())):
            for channel in channels:
                await channel.close()


def _without_rotated(account: Account) -> Account:
    kept = {name: one for name, one in account.secrets.items() if name != "oauth_refresh_token"}
    return replace(account, secrets=kept)


def having(channels: Mapping[str, Channel], ability: type[T]) -> dict[str, T]:
    """The channels that can do something more, such as Fetching, by type."""
    return {name: one for name, one in channels.items() if isinstance(one, ability)}


def accounts_among(channels: Mapping[str, Channel], ability: type) -> list[str]:
    """The accounts of the channels that can do something more."""
    return [
        account for one in channels.values() if isinstance(one, ability) for account in one.accounts
    ]
