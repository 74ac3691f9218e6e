"""Mails that the database refuses though it is there: told, tried again, then given up visibly."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import structlog

from tests.mail.dovecot import Dovecot, dovecot
from tests.mail.mailroom import Mailroom, account_of, letter, reading
from tests.waiting import wait_until_async
from worker import mailbox_reader

# What a bad migration or a broken constraint does: the table, the rows it concerns, the SQLSTATE.
REFUSING = """
create function public.refuse() returns trigger language plpgsql as $$
begin
  if {condition} then
    raise exception using errcode = '22023', message = 'refused';
  end if;
  return new;
end;
$$;
create trigger refuse before {event} on private.{table}
for each row execute function public.refuse();
"""
POISON = "position('poison'::bytea in new.body) > 0 and new.state = 'done'"
UNKEPT = "position('poison'::bytea in new.body) > 0"
ERRORS = "select count(*) from private.channel_events where kind = 'in_error'"


@pytest.fixture
def imap() -> Iterator[Dovecot]:
    """A Dovecot of this test's own."""
    with dovecot() as running:
        yield running


@pytest.fixture
def room(fresh_database: Callable[[], str]) -> Iterator[Mailroom]:
    """A database of this test's own, with the channels of two mailboxes."""
    opened = Mailroom(fresh_database(), "shop", "office")
    yield opened
    opened.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the pauses between the tries."""
    monkeypatch.setattr(mailbox_reader, "HELD_PAUSES_S", (0.2,))


def refuse(room: Mailroom, table: str, condition: str, event: str = "insert") -> None:
    """Has the database refuse rows from now on."""
    room.rows(REFUSING.format(table=table, condition=condition, event=event))


async def test_a_mailbox_says_what_the_database_refuses_and_loses_nothing(imap, room):
    accounts = [account_of(user, imap.url) for user in ("shop", "office")]
    with structlog.testing.capture_logs() as logs:
        async with reading(room, *accounts):
            await room.is_connected()
            shop = room.value("select id from channels where account = 'shop@shop.example'")
            refuse(room, "unread_mail", f"new.channel_id = '{shop}'")
            imap.deliver("shop", letter("First"))
            imap.deliver("shop", letter("Second"))
            imap.deliver("office", letter("Of the neighbours"))
            await room.has("Of the neighbours")
            await wait_until_async(lambda: room.value(ERRORS) > 0, 10)
            status = "select last_error from channel_status where account = 'shop@shop.example'"
            assert room.value(status).startswith("22023 the database refuses")
            room.rows("drop trigger refuse on private.unread_mail")
            await room.has("Of the neighbours", "First", "Second", timeout=20)
            told = [one for one in logs if one["event"] == "the database refuses a mailbox"]
            assert {(one["channel_id"], one["code"]) for one in told} == {(str(shop), "22023")}
            assert room.value("select count(*) from dead_letters") == 0


async def test_what_is_refused_of_the_mailbox_itself_is_said_too(imap, room, quick):
    refuse(room, "mailboxes", "new.uid_validity is not null", "update")
    imap.deliver("shop", letter("Of yesterday"), age_days=1)
    async with reading(room, account_of("shop", imap.url, since_days="3")):
        await wait_until_async(lambda: room.value(ERRORS) > 0, 15)
        room.rows("drop trigger refuse on private.mailboxes")
        await room.has("Of yesterday", timeout=20)


async def test_a_poisoned_mail_is_given_up_visibly_and_the_next_come_in(imap, room, quick):
    refuse(room, "inbound_events", POISON)
    async with reading(room, account_of("shop", imap.url)):
        await room.is_connected()
        for text in ("Before", "poison", "After"):
            imap.deliver("shop", letter(text))
        await room.has("Before", "After", timeout=30)
        [dead] = room.rows("select kind, id, reason from dead_letters")
        assert dead["reason"].endswith(": 22023")
        raw = room.value("select body from private.inbound_events where id = %s", int(dead["id"]))
        assert raw == letter("poison")
        room.rows("drop trigger refuse on private.inbound_events")
        room.rows("select private.retry_mail(%s)", int(dead["id"]))
        await room.has("Before", "After", "poison", timeout=20)


async def test_a_mail_whose_bytes_are_refused_too_is_given_up_by_its_number(imap, room, quick):
    refuse(room, "inbound_events", UNKEPT)
    async with reading(room, account_of("shop", imap.url)):
        await room.is_connected()
        for text in ("Before", "poison", "After"):
            imap.deliver("shop", letter(text))
        await room.has("Before", "After", timeout=30)
        [dead] = room.rows("select kind, reason from dead_letters")
        assert dead["kind"] == "item"
        assert "kept in the mailbox alone" in dead["reason"]
