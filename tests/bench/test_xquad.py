"""The benchmark of the search, on a few passages of our own in the public set's form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.xquad import main

PASSAGES = {
    "The bakery opens at seven and sells rye bread.": ["When does the bakery open?"],
    "The lighthouse was built by two brothers.": ["Who built the lighthouse?"],
    "Tickets for the ferry cost four coins.": ["What do ferry tickets cost?"],
}


def write(folder: Path, passages: dict[str, list[str]]) -> None:
    """The passages as a file of the set."""
    paragraphs = [
        {"context": text, "qas": [{"question": question} for question in questions * 2]}
        for text, questions in passages.items()
    ]
    (folder / "xquad.en.json").write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))


def test_shares_and_times_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write(tmp_path, PASSAGES)
    assert main([str(tmp_path), "--language", "en", "--json"]) == 0
    printed = capsys.readouterr().out
    [result] = json.loads(printed[printed.index("[\n") :])
    assert (result["questions"], result["top1"], result["top3"]) == (6, 1.0, 1.0)
    assert result["p50_ms"] > 0


def test_a_language_that_misses_the_goal_is_told_by_the_exit_code(tmp_path: Path):
    write(tmp_path, {"Nothing here answers.": ["When does the zeppelin land?"]})
    assert main([str(tmp_path), "--language", "en"]) == 1
