"""Folders whose tests share a running system go to one test process: each would start its own.

A system costs six seconds of the processor to start and a twentieth of a core for as long as it
runs. In all other folders a file stays whole, as `--dist loadfile` has it. Files of small tests
come last, so that no process is left alone with a long one at the end.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

WHOLE = ("tests/console/", "tests/flow/")
LAST = ("tests/romashka/", "tests/sql/")


class FoldersAndFiles(LoadFileScheduling):
    """Gives a test process whole files, and some whole folders."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((folder for folder in WHOLE if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Our scheduler where files are to stay whole."""
    return FoldersAndFiles(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of the folders, but for those that come last."""
    items.sort(key=lambda item: item.nodeid.startswith(LAST))
