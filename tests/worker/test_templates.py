"""The template loop on a real database: a list is kept whole, or what there was stays."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from romashka.channels.base import Inlet, OutboundMessage
from romashka.channels.errors import Unavailable
from tests.waiting import wait_until_async
from tests.worker.offices import ACCOUNT, Office, shared_of
from worker import templates
from worker.patience import end
from worker.templates import TemplateLoop

HELLO = {
    "name": "hello", "language": "en", "status": "approved", "body": "Hello",
    "parameter_format": "positional",
}  # fmt: skip


class Platform:
    """A channel that gives one answer after the other, the last one for ever."""

    type = "whatsapp"
    accounts: Sequence[str] = (ACCOUNT,)
    inlets: Mapping[str, Inlet] = {}

    def __init__(self, *answers: Any) -> None:
        self.asked = 0
        self._answers = list(answers)

    async def templates(self, account: str) -> Sequence[Mapping[str, Any]] | None:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        raise AssertionError("nothing is sent here")

    async def close(self) -> None:
        return None


@pytest.mark.parametrize("trouble", [Unavailable("away"), None, [{"name": "nameless"}]])
async def test_list_is_read_at_once_and_again_when_rung_and_survives_trouble(
    office: Office, monkeypatch: pytest.MonkeyPatch, trouble: Any
) -> None:
    monkeypatch.setattr(templates, "REST_S", 0.05)
    platform = Platform([HELLO], trouble)
    names = "select array_agg(name) from public.message_templates"
    async with shared_of(office) as shared:
        running = asyncio.create_task(TemplateLoop(shared, {"whatsapp": platform}).run())
        await wait_until_async(lambda: office.value(names) == ["hello"])
        shared.bells.templates.set()
        await wait_until_async(lambda: platform.asked == 2)
        assert not running.done()
        await end([running])
    assert office.value(names) == ["hello"]
