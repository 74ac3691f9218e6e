"""The scripted model server never passes for a real one, and its script is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web import WEB
from tests.worker.conftest import StandIn
from worker.model.schema import SCHEMA


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


@pytest.mark.parametrize("loose", [{"required": ["reply"]}, {"additionalProperties": True}])
def test_a_schema_that_only_claims_to_be_strict_is_refused(
    standin: StandIn, loose: dict[str, object]
) -> None:
    schema = {"name": "reply", "strict": True, "schema": {**SCHEMA, **loose}}
    body = {"response_format": {"type": "json_schema", "json_schema": schema}}
    assert WEB.post(f"{standin.url}/v1/chat/completions", json=body).status_code == 400
