"""A reply whose connection breaks is told once more, and counts once."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from structlog.testing import capture_logs

from tests.waiting import wait_until_async
from tests.webhooks.proxy import Proxy
from tests.worker.conftest import StandIn
from tests.worker.offices import Office, answering

KEPT = """
select (select count(*) from ai_runs) as runs, (select count(*) from ai_calls) as calls,
  (select count(*) from messages where sender_type = 'ai') as answers
"""


def ended(logs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The turns that the worker has been told of."""
    return [line for line in logs if line["event"] == "turn ended"]


class Deaf(Proxy):
    """Breaks the connection on which a reply was recorded before anybody hears of it, once."""

    asked = heard = False

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(65536)) and not self._is_answer(data, source, sink):
                sink.sendall(data)
        self._end(source)
        self._end(sink)

    def _is_answer(self, data: bytes, source: socket.socket, sink: socket.socket) -> bool:
        if not self.asked and b"record_ai_reply" in data:
            self.asked, self._server = True, sink
        elif self.asked and not self.heard and source is self._server:
            self.heard = True
            return True
        return False


async def test_a_reply_whose_connection_broke_after_the_commit_is_kept_once(
    office: Office, standin: StandIn, model_on
) -> None:
    address = urlsplit(office.url)
    proxy = Deaf((str(address.hostname), int(address.port or 0)))
    through = f"{address.netloc.rpartition('@')[0]}@127.0.0.1:{proxy.port}"
    office.url = urlunsplit(address._replace(netloc=through))
    with capture_logs() as logs:
        async with answering(office, model_on()):
            conversation = office.ask("How long does delivery take?")
            (told,) = await wait_until_async(lambda: ended(logs))
    proxy.cut()
    (answer,) = office.said(conversation, "ai")
    assert proxy.heard
    assert (told["state"], told["message_id"]) == ("answered", str(answer["id"]))
    assert office.rows(KEPT) == [{"runs": 1, "calls": 1, "answers": 1}]
