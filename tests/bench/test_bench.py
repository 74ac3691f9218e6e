"""Every benchmark runs at a tiny size and yields its figures; how high they are is no test."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from bench.__main__ import BENCHES, main
from bench.figures import Figure, Round, compare, percentile
from bench.report import as_json, as_table
from bench.sizes import TINY
from bench.streams import Run, figures_of

NAMES = {
    "ingest": ["ratio", "messages of 1 a call", "plain inserts"],
    "batch": ["ratio", "messages of 20 a call", "plain inserts"],
    "webhooks": [
        "ratio",
        "durable webhooks",
        "plain Flask, no database",
        "answer p50",
        "answer p99",
        "CPU each, postgres",
        "CPU each, webhooks",
        "CPU each, plain",
    ],
    "realtime": [
        *(
            f"{what} to {count} {figure}"
            for what in ("broadcast", "postgres_changes")
            for count in (1, TINY.subscribers)
            for figure in ("p50", "p99", "gateway CPU")
        ),
        "polled slot p50",
        "polled slot p99",
    ],
    "website": [
        "stored and broadcast p50",
        "stored and broadcast p99",
        "stored p50",
        "stored p99",
    ],
    "engine": [
        "added time p50",
        "added time p95",
        f"{TINY.conversations} at once, added p50",
        f"{TINY.conversations} at once, added p95",
        f"{TINY.conversations} at once, turns",
        f"{TINY.conversations} at once, processor a turn",
    ],
    "hundred": [
        f"of {TINY.conversations}, answered or handed over in 6 s",
        "waited p50",
        "waited p95",
        "waited at most",
    ],
    "streams": [
        "ratio",
        *(
            f"{client} {figure}"
            for client in ("ours", "default client")
            for figure in ("added p50", "added p99", "CPU each")
        ),
    ],
    "first_delta": ["p50", "p95"],
    "queries": [
        "/readyz",
        "/metrics",
        "sweep",
        "upkeep",
        "claim turns",
        "claim deliveries",
        "inbox, 50 open conversations",
        "open a conversation",
        "conversation context",
        "search customers by name",
        "search customers by phone",
        "performance, 24 hours",
        "performance, 30 days",
        "deliveries, 30 days",
        "dead letters",
    ],
}


# The others are made of the same parts; `make chaos` runs them as well.
FEW = ("ingest", "webhooks", "website", "engine", "streams", "queries")
RUN = tuple(BENCHES) if os.environ.get("ROMASHKA_CHAOS") == "full" else FEW


@pytest.mark.parametrize("name", RUN)
def test_a_benchmark_yields_its_figures(name: str) -> None:
    figures = BENCHES[name](TINY)
    assert [figure.name for figure in figures] == NAMES[name]
    assert all(figure.bench == name and figure.value >= 0 for figure in figures)


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    rounds = [Round(ours=ours, plain=100.0) for ours in (10, 30, 20)]
    ratio, ours, plain = compare("x", rounds, 0.25, "ours | plain")
    assert (ratio.value, ratio.reached, ratio.note) == (0.2, False, "0.100 to 0.300 in 3 rounds")
    assert (ours.name, ours.value, plain.name, plain.value) == ("ours", 20, "plain", 100.0)


def test_a_ratio_of_streams_shows_what_its_goals_are_told_apart_by() -> None:
    ours, plain = (Run(added=[added], failed=0, cpu_ms=1.0) for added in (430.0, 10_000.0))
    table = as_table({}, figures_of([(ours, plain)], 1))
    assert table.splitlines()[3].split()[:3] == ["streams", "ratio", "0.043"]


def test_an_unsteady_baseline_is_told() -> None:
    rounds = [Round(ours=10, plain=plain) for plain in (100.0, 201.0)]
    assert "UNSTEADY" in compare("x", rounds, 1.0, "ours | plain")[0].note


@pytest.mark.parametrize(("share", "value"), [(0.5, 3), (0.99, 5), (0.0, 1)])
def test_percentiles_are_values_that_were_measured(share: float, value: float) -> None:
    assert percentile([5, 1, 4, 2, 3], share) == value


@pytest.fixture
def figure() -> Figure:
    """One line of the table."""
    return Figure(bench="x", name="y", value=1234.5, unit="ms", goal="< 5", reached=False)


def test_the_table_shows_figure_goal_and_machine(figure: Figure) -> None:
    about, _, head, line = as_table({"cores": "2"}, [figure]).splitlines()
    assert about == "cores 2"
    assert head.split() == ["benchmark", "figure", "measured", "goal"]
    assert line.split() == ["x", "y", "1,234", "ms", "<", "5", "not", "reached"]


def test_json_holds_every_field(figure: Figure) -> None:
    found: dict[str, Any] = json.loads(as_json({"cores": "2"}, [figure]))
    assert found["figures"][0]["value"] == 1234.5
    assert found["machine"] == {"cores": "2"}


def test_the_names_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert capsys.readouterr().out.split() == list(BENCHES)


@pytest.mark.parametrize("wrong", [["nothing"], ["--rounds", "0"]])
def test_a_wrong_command_line_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(wrong)
    assert end.value.code == 2
