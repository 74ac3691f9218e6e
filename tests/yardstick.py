"""Limits of the processor's time on machines that are not alike, nor always as quick."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable

# What the work of `slowness` takes where the limits were set.
YARDSTICK_S = 0.2
YARD = "name=value; " * 1000


def is_within(spent_s: float, most_s: float) -> bool:
    """Whether work took the processor no longer than it may; the machine is asked where it did."""
    return spent_s < most_s or spent_s < most_s * slowness()


def processor_s(work: Callable[[], object]) -> float:
    """The processor's seconds that work takes, without looks for what earlier tests left behind."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def slowness() -> float:
    """How many times as long this machine may take; shared ones vary by half."""
    began = time.process_time()
    for _ in range(500):
        re.findall(r"(\w+)=(\w*)", YARD)
    return 1.5 * max(1.0, (time.process_time() - began) / YARDSTICK_S)
