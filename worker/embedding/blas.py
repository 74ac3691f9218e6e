"""One thread for numpy's matrix products: the work is small, and other turns want the cores."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np

# The OpenBLAS of numpy's wheels lies beside it, under a name and with symbols that vary.
FOLDERS = ("../numpy.libs", ".dylibs", "../numpy.dylibs")
SETTERS = (
    "scipy_openblas_set_num_threads64_",
    "scipy_openblas_set_num_threads",
    "openblas_set_num_threads64_",
    "openblas_set_num_threads",
)


def use_one_thread() -> bool:
    """Limit the OpenBLAS that numpy has loaded; false where numpy uses another library.

    An environment variable would have to be set before whoever imports numpy first.
    """
    home = Path(np.__file__).parent
    found = [path for folder in FOLDERS for path in (home / folder).glob("*openblas*")]
    return any([_limit(path) for path in found])


def _limit(path: Path) -> bool:
    library = ctypes.CDLL(str(path))
    for name in SETTERS:
        if hasattr(library, name):
            getattr(library, name)(ctypes.c_int(1))
            return True
    return False
