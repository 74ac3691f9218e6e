"""Files whose tests share a running system go to one test process: each would start its own.

A system costs six seconds of the processor to start and a twentieth of a core for as long as it
runs. All other files stay whole, as `--dist loadfile` has it.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

# The fixtures that start a system, or keep a folder with a database for one after the other.
SYSTEMS = {"running": "console", "used": "console", "desk": "desk", "kept_folder": "kept"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test with the group that runs in one process."""
    files: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[item.nodeid.partition("::")[0]].append(item)
    for file, tests in files.items():
        used = {name for test in tests for name in getattr(test, "fixturenames", ())}
        group = next((SYSTEMS[name] for name in SYSTEMS if name in used), file)
        for test in tests:
            test.add_marker(pytest.mark.xdist_group(group))
