"""What every stand-in of a platform can do, whatever it plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from starlette.routing import BaseRoute


class Platform(Protocol):
    """One platform: it answers at its routes, notes what it received, and sends webhooks.

    `behaviour` is a dataclass that says how it behaves now.
    """

    behaviour: Any  # each platform's own kind

    def routes(self) -> Sequence[BaseRoute]:
        """The platform's own addresses, relative to its prefix."""
        ...

    def behave(self, wish: Mapping[str, Any]) -> None:
        """Behave as wished from now on, well where nothing is; raises BadControl."""
        ...

    async def start(self) -> None:
        """Begin what runs beside the routes."""
        ...

    async def forget(self) -> None:
        """Owe nothing any more."""
        ...

    async def close(self) -> None:
        """Forget everything and end what was begun."""
        ...
