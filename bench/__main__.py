"""`python -m bench [names] [--seconds N] [--json]`: measures, then prints one table."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from bench import machine, report
from bench.figures import Figure
from bench.first_delta import first_delta
from bench.ingest import batch, ingest
from bench.queries import queries
from bench.realtime import realtime
from bench.sizes import Sizes
from bench.streams import streams
from bench.turns import engine, hundred
from bench.webhooks import webhooks
from bench.website import website

BENCHES: Mapping[str, Callable[[Sizes], list[Figure]]] = {
    "ingest": ingest,
    "batch": batch,
    "webhooks": webhooks,
    "realtime": realtime,
    "website": website,
    "engine": engine,
    "hundred": hundred,
    "queries": queries,
    "streams": streams,
    "first_delta": first_delta,
}

USUAL = Sizes()


def main(argv: Sequence[str]) -> int:
    """Runs the named benchmarks, or all; 0 when all could be measured, whatever they found."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    made = parser()
    options = made.parse_args(argv)
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        made.error(f"no benchmark {unknown[0]!r}: there are {', '.join(BENCHES)}")
    if options.list:
        report.show("\n".join(BENCHES))
        return 0
    sizes = replace(
        USUAL, seconds=options.seconds, rounds=options.rounds, messages=options.messages
    )
    about = machine.describe()
    figures: list[Figure] = []
    began = time.monotonic()
    for name in options.names or BENCHES:
        report.say(f"— {name}")
        figures += BENCHES[name](sizes)
    report.say(f"— measured in {time.monotonic() - began:.0f} s\n")
    report.show((report.as_json if options.json else report.as_table)(about, figures))
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="bench", description="Compares with the plain thing.")
    made.add_argument("names", nargs="*", metavar="name", help="all unless given")
    made.add_argument("--seconds", type=count, default=USUAL.seconds, help="of one slice")
    made.add_argument("--rounds", type=count, default=USUAL.rounds, help="of every comparison")
    made.add_argument(
        "--messages", type=count, default=USUAL.messages, help="in the tables of `queries`"
    )
    made.add_argument("--json", action="store_true", help="figures as JSON")
    made.add_argument("--list", action="store_true", help="names of the benchmarks")
    return made


def count(text: str) -> int:
    """A whole number above 0."""
    number = int(text)
    if number < 1:
        raise ValueError("must be above 0")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
