"""Mailboxes read by IMAP from a real Dovecot: at once, after outages, and each mail once."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator

import pytest

from tests.mail.dovecot import Dovecot, dovecot
from tests.mail.mailroom import Mailroom, account_of, letter, reading
from tests.waiting import wait_until_async
from worker.mailbox_reader import LOOK_EVERY_S


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


async def test_a_mail_arrives_by_idle_long_before_it_is_looked_for(imap, room):
    async with reading(room, account_of("shop", imap.url)):
        await room.is_connected()
        imap.deliver("shop", letter("Hello"))
        await room.has("Hello")
        # The process that reads mails runs now, and the mailbox is looked at once a minute.
        began = time.monotonic()
        imap.deliver("shop", letter("Hello again"))
        await room.has("Hello", "Hello again")
        assert time.monotonic() - began < LOOK_EVERY_S / 5


async def test_the_first_start_begins_now(imap, room):
    imap.deliver("shop", letter("Of last year"))
    async with reading(room, account_of("shop", imap.url)):
        await room.is_connected()
        imap.deliver("shop", letter("Of today"))
        await room.has("Of today")


async def test_the_first_start_may_look_back(imap, room):
    imap.deliver("shop", letter("Of last year"), age_days=400)
    imap.deliver("shop", letter("Of yesterday"), age_days=1)
    async with reading(room, account_of("shop", imap.url, since_days="3")):
        await room.has("Of yesterday")


async def test_after_three_days_away_everything_is_read_once(imap, room):
    account = account_of("shop", imap.url)
    async with reading(room, account):
        await room.is_connected()
        imap.deliver("shop", letter("Before"))
        await room.has("Before")
    for number in range(20):
        imap.deliver("shop", letter(f"Meanwhile {number}"), age_days=2)
    async with reading(room, account):
        await room.has("Before", *(f"Meanwhile {number}" for number in range(20)))
        assert room.value("select count(*) from private.inbound_events") == 21


async def test_mails_that_are_numbered_anew_are_neither_lost_nor_doubled(imap, room):
    account = account_of("shop", imap.url)
    async with reading(room, account):
        await room.is_connected()
        for text in ("One", "Two"):
            imap.deliver("shop", letter(text))
        await room.has("One", "Two")
    before = room.mailbox("uid_validity")
    imap.stop()
    imap.forget_numbers("shop")
    imap.deliver("shop", letter("Three"))
    imap.start()
    async with reading(room, account):
        await room.has("One", "Two", "Three")
        assert room.mailbox("uid_validity") != before
        assert room.mailbox("rescanned_from is not null")
        imap.deliver("shop", letter("Four"))
        await room.has("One", "Two", "Three", "Four")


async def test_a_mail_that_is_gone_before_it_was_read_harms_no_other(imap, room):
    account = account_of("shop", imap.url)
    async with reading(room, account):
        await room.is_connected()
        imap.deliver("shop", letter("First"))
        await room.has("First")
    for text in ("Gone", "Kept"):
        imap.deliver("shop", letter(text))
    imap.expunge("shop", b"Subject: Gone")
    async with reading(room, account):
        await room.has("First", "Kept")


async def test_a_server_that_says_bye_is_found_again(imap, room):
    async with reading(room, account_of("shop", imap.url)):
        await room.is_connected()
        imap.stop()
        imap.deliver("shop", letter("While it was down"))
        # Dovecot's own processes hang up some seconds after their master.
        await wait_until_async(lambda: room.mailbox("state") == "away", 40)
        assert room.value("select status from channels where type = 'email'") == "degraded"
        imap.start()
        await room.has("While it was down")
        await room.is_connected()


async def test_two_workers_read_one_mailbox_once(imap, room):
    account = account_of("shop", imap.url)
    async with reading(room, account, name="w1:1"), reading(room, account, name="w2:2"):
        await room.is_connected()
        for number in range(10):
            imap.deliver("shop", letter(f"Mail {number}"))
        await room.has(*(f"Mail {number}" for number in range(10)))
        assert room.value("select count(*) from private.inbound_events") == 10


async def test_a_workers_mailboxes_are_taken_over_when_it_ends(imap, room):
    account = account_of("shop", imap.url)
    async with reading(room, account, name="w1:1"):
        await room.is_connected()
    async with reading(room, account, name="w2:2"):
        await wait_until_async(lambda: room.mailbox("worker") == "w2:2", 10)
        imap.deliver("shop", letter("For the second"))
        await room.has("For the second")


async def test_several_mailboxes_are_read_side_by_side(imap, fresh_database):
    room = Mailroom(fresh_database(), "shop", "office")
    accounts = [account_of(user, imap.url) for user in ("shop", "office")]
    async with reading(room, *accounts):
        await room.is_connected()
        imap.deliver("shop", letter("To the shop"))
        imap.deliver("office", letter("To the office"))
        await room.has("To the shop", "To the office")
        query = (
            "select account from messages join channels on channels.id = messages.channel_id"
            " order by content"
        )
        found = [row["account"] for row in room.rows(query)]
        assert found == ["office@shop.example", "shop@shop.example"]
    room.close()


async def test_a_wrong_password_is_told_to_admins(imap, room):
    async with reading(room, account_of("shop", imap.url, password="guess")):
        await wait_until_async(lambda: room.rows("select 1 from alerts where kind = 'channel'"), 15)
        assert room.value("select status from channels where type = 'email'") == "disconnected"


async def test_a_mail_of_the_inbox_to_itself_opens_nothing(imap, room):
    async with reading(room, account_of("shop", imap.url)):
        await room.is_connected()
        own = b"From: shop@shop.example\r\nMessage-ID: <own@shop.example>\r\n\r\nNote to self"
        imap.deliver("shop", own)
        imap.deliver("shop", letter("From a person"))
        await room.has("From a person")
        unread = "select count(*) from private.unread_mail"
        await wait_until_async(lambda: room.value(unread) == 0)


async def test_two_mails_of_one_message_id_and_one_without_are_all_kept(imap, room):
    async with reading(room, account_of("shop", imap.url)):
        await room.is_connected()
        imap.deliver("shop", letter("One", "same@example.com"))
        imap.deliver("shop", letter("Two", "same@example.com"))
        imap.deliver("shop", b"From: ada@example.com\r\n\r\nNone at all")
        await room.has("One", "Two", "None at all")


async def test_a_giant_mail_is_cut_to_its_text(imap, room):
    head = (
        b"From: ada@example.com\r\nMessage-ID: <giant@example.com>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee the film.\r\n"
        b"--b\r\nContent-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    film = b"QUJD" * 18 + b"\r\n"
    async with reading(room, account_of("shop", imap.url)):
        await room.is_connected()
        before = peak_kb()
        imap.deliver("shop", head + film * (50 * 1024 * 1024 // len(film)) + b"--b--\r\n")
        await room.has("See the film.", timeout=90)
        [found] = room.rows("select metadata from messages")
        assert found["metadata"]["too_big"] > 50 * 1024 * 1024
        assert not found["metadata"].get("media")
        # The test itself holds the 50 MB twice while it delivers them.
        assert peak_kb() - before < 250 * 1024


async def test_mails_come_in_their_order_under_a_burst(imap, room):
    async with reading(room, account_of("shop", imap.url)):
        await room.is_connected()
        await asyncio.gather(
            *(
                asyncio.to_thread(imap.deliver, "shop", letter(f"Burst {number}"))
                for number in range(30)
            )
        )
        await room.has(*(f"Burst {number}" for number in range(30)), timeout=30)


def peak_kb() -> int:
    """The most memory that this process has had."""
    with open(f"/proc/{os.getpid()}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
