"""Lines that tear in the middle of a mail, and workers that are killed with one in hand."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.mail.dovecot import PASSWORD, Dovecot, dovecot
from tests.mail.mailroom import Mailroom, account_of, letter, reading
from tests.mail.workers import running_worker
from tests.waiting import wait_until_async
from tests.webhooks.proxy import Proxy


@pytest.fixture
def imap() -> Iterator[Dovecot]:
    """A Dovecot of this test's own."""
    with dovecot() as running:
        yield running


@pytest.fixture
def room(fresh_database: Callable[[], str]) -> Iterator[Mailroom]:
    """A database of this test's own, with the channel of the mailbox `shop`."""
    opened = Mailroom(fresh_database(), "shop")
    yield opened
    opened.close()


class Tearing(Proxy):
    """Breaks its lines once, as soon as so many bytes have passed."""

    def __init__(self, target: tuple[str, int], after: int) -> None:
        self.left = after
        super().__init__(target)

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                was_whole, self.left = self.left > 0, self.left - len(data)
                if was_whole and self.left <= 0:
                    break
                sink.sendall(data)
        except OSError:
            pass
        self._end(source)
        self._end(sink)


async def test_a_line_that_tears_in_the_middle_of_a_mail_costs_nothing(imap, room):
    proxy = Tearing(("127.0.0.1", imap.port), 3_000_000)
    big = letter("Big", X_Padding="x") + b"filling line\r\n" * 400_000
    try:
        async with reading(room, account_of("shop", f"imap://127.0.0.1:{proxy.port}")):
            await room.is_connected()
            imap.deliver("shop", letter("Before"))
            imap.deliver("shop", big)
            imap.deliver("shop", letter("After"))
            query = "select count(*) from messages where sender_type = 'customer'"
            await wait_until_async(lambda: room.value(query) == 3, 40)
            assert proxy.left <= 0
            assert room.value("select count(*) from private.inbound_events") == 3
    finally:
        proxy.cut()


@pytest.mark.parametrize("failpoint", ["before_store_mail", "before_record_mail"])
async def test_a_worker_killed_with_a_mail_in_hand_loses_and_doubles_none(imap, room, failpoint):
    settings = {
        "EMAIL_ADDRESS": "shop@shop.example",
        "EMAIL_USER": "shop",
        "EMAIL_PASSWORD": PASSWORD,
        "EMAIL_IMAP_URL": imap.url,
    }
    with running_worker(room.url, failpoint=failpoint, **settings) as dying:
        await room.is_connected()
        for text in ("One", "Two", "Three"):
            imap.deliver("shop", letter(text))
        await wait_until_async(lambda: dying.poll() is not None, 20)
        assert dying.returncode == -signal.SIGKILL
        assert room.texts() == []
    async with reading(room, account_of("shop", imap.url)):
        await room.has("One", "Two", "Three", timeout=40)
        assert room.value("select count(*) from private.inbound_events") == 3
