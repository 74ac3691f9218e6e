"""Prints what was found: one table side by side, or JSON."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bench.figures import Figure

HEAD = ("benchmark", "figure", "measured", "goal", "")


def as_json(machine: Mapping[str, str], figures: Sequence[Figure]) -> str:
    """The machine and every figure as one JSON object."""
    return json.dumps(
        {"machine": dict(machine), "figures": [asdict(figure) for figure in figures]}, indent=2
    )


def as_table(machine: Mapping[str, str], figures: Sequence[Figure]) -> str:
    """The machine in one line, then one line a figure, in columns."""
    lines = [HEAD, *(_cells(figure) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    text = [
        "  ".join(
            cell.rjust(width) if column == 2 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line[:4], widths, strict=True))
        )
        + f"  {line[4]}"
        for line in lines
    ]
    about = ", ".join(f"{name} {value}" for name, value in machine.items())
    return "\n".join([about, "", *(line.rstrip() for line in text)])


def show(text: str) -> None:
    """What was asked for; where nobody reads it the process ends as other tools do."""
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    print(text, flush=True)
    signal.signal(signal.SIGPIPE, before)


def say(text: str) -> None:
    """Progress for a person; the table alone goes to stdout."""
    print(text, file=sys.stderr, flush=True)


def _cells(figure: Figure) -> tuple[str, str, str, str, str]:
    verdict = {None: "", True: "reached", False: "not reached"}[figure.reached]
    goal = f"{figure.goal} {verdict}".strip() if figure.goal else ""
    return (figure.bench, figure.name, _number(figure), goal, figure.note)


def _number(figure: Figure) -> str:
    digits = 3 if not figure.unit else 0 if abs(figure.value) >= 1000 else 1
    return f"{figure.value:,.{digits}f} {figure.unit}".rstrip()
