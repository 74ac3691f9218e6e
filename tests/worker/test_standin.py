"""The scripted model server never passes for a real one, and its script is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web import WEB
from tests.worker.conftest import StandIn


def test_first_line_of_the_log_says_what_it_is(openai_process: tuple[StandIn, Path]) -> None:
    first_line = openai_process[1].read_text().splitlines()[0]
    assert first_line.startswith("stand-in: no model answers here")


def test_list_of_models_says_what_it_is(standin: StandIn) -> None:
    (model,) = WEB.get(f"{standin.url}/v1/models").json()["data"]
    assert model["owned_by"] == "a stand-in, no model answers here"


@pytest.mark.parametrize("plan", [{"mode": "no such"}, {"no such": 1}])
def test_unknown_script_is_refused(standin: StandIn, plan: dict[str, object]) -> None:
    answer = WEB.post(f"{standin.url}/_standin/script", json={"default": plan})
    assert answer.status_code == 400
