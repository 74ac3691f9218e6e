"""A worker that is killed after the server took a mail, and before anybody wrote that down."""

from __future__ import annotations

import signal
from collections.abc import Callable

import psycopg

from tests.invariants import assert_invariants
from tests.mail.letterbox import ADDRESS, Letterbox, letterbox
from tests.mail.mailroom import Mailroom, owe
from tests.mail.workers import running_worker
from tests.waiting import wait_until_async

ANSWERS = "select * from messages where sender_type = 'system'"


def settings_for(box: Letterbox) -> dict[str, str]:
    """A worker's settings for the mailbox, whose server this is."""
    smtp = box.channel.mailboxes[ADDRESS].smtp
    assert smtp is not None
    return {
        "EMAIL_ADDRESS": ADDRESS,
        "EMAIL_PASSWORD": "secret",
        "EMAIL_SMTP_URL": f"smtp://127.0.0.1:{smtp.port}",
    }


async def test_a_mail_taken_by_the_server_and_not_recorded_goes_again_under_its_id(
    fresh_database: Callable[[], str],
) -> None:
    room = Mailroom(fresh_database())
    room.rows("select private.register_channel('email', %s, 'Shop')", ADDRESS)
    owe(room.url, ADDRESS, "Three days.")
    async with letterbox() as box:
        settings = settings_for(box)
        with running_worker(room.url, failpoint="after_send", **settings) as dying:
            await wait_until_async(lambda: dying.poll() is not None, 30)
        assert dying.returncode == -signal.SIGKILL
        assert [mail["answer_status"] for mail in box.mails()] == [250]
        assert room.value("select state from private.deliveries") == "sending"
        with running_worker(room.url, **settings):
            await wait_until_async(
                lambda: room.value(f"select delivery_status from ({ANSWERS}) a") == "sent", 60
            )
        first, second = box.mails()
    assert first["message_id"] == second["message_id"]
    assert first["text"] == second["text"] == "Three days."
    [answer] = room.rows(ANSWERS)
    assert answer["external_message_id"] == first["message_id"]
    assert room.value("select count(*) from private.deliveries") == 1
    assert room.value("select count(*) from conversations") == 1
    with psycopg.connect(room.url) as connection:
        assert_invariants(connection)
    room.close()
