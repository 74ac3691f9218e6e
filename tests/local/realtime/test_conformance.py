"""Every frame of every scene is the real server's, except for the listed differences."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.local.realtime import (
    scenes_broadcast,
    scenes_changes,
    scenes_filters,
    scenes_presence,
    scenes_private,
    scenes_protocol,
)
from tests.local.realtime.differences import DIFFERENCES
from tests.local.realtime.gateways import Gateway
from tests.local.realtime.scenes import Scene, Stage

SCENES = [
    scene
    for module in (
        scenes_protocol,
        scenes_broadcast,
        scenes_private,
        scenes_presence,
        scenes_changes,
        scenes_filters,
    )
    for scene in module.SCENES
]
DOCUMENT = Path(__file__).parents[3] / "docs" / "realtime-conformance.md"


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_frames_are_those_of_the_real_server(
    gateway: Gateway, scene: Scene, version: int
) -> None:
    differences = await Stage(gateway, version, DIFFERENCES).play(scene)
    assert not differences, "\n".join(differences)


def test_every_listed_difference_is_met_by_a_scene() -> None:
    met = {step.known for scene in SCENES for step in scene.steps if step.known}
    assert met == set(DIFFERENCES)


def test_no_listed_difference_has_become_none() -> None:
    steps = [step for scene in SCENES for step in scene.steps if step.known]
    assert all(DIFFERENCES[step.known or ""].ours != step.then for step in steps)


def test_the_document_lists_the_same_differences() -> None:
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
    documented = {row.split("|")[1].strip() for row in rows}
    assert set(DIFFERENCES) <= documented
