"""What the webhooks and the worker share: settings, the database door and the channels."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("romashka")
except PackageNotFoundError:
    # Run from a checkout that is not installed.
    __version__ = "0"
