"""Imports all that a command may need: `tests.forked` forks commands from the process that has."""

from __future__ import annotations

import importlib
import pkgutil

import console

# Programs of their own, which do something when they are imported or need what is not there yet.
PROGRAMS = ("console.__main__", "console.bootstrap", "console.locks")

for module in pkgutil.walk_packages(console.__path__, "console."):
    if module.name not in PROGRAMS:
        importlib.import_module(module.name)
