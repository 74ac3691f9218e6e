"""A database, a worker's mail loops on it, and what became of the mails of a Dovecot inbox."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from romashka.channels.accounts import Account
from romashka.channels.mail_servers import MailAccount, mail_account
from romashka.pools import async_pool
from tests.mail.dovecot import PASSWORD
from tests.sql.mails import answer_by_mail, receive
from tests.waiting import wait_until_async
from worker.mail import MailLoop
from worker.mailboxes import Mailboxes
from worker.patience import end
from worker.shared import Shared
from worker.upkeep import Upkeep


class Mailroom:
    """What a test asks of the database."""

    def __init__(self, url: str, *users: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        for user in users:
            self.rows("select private.register_channel('email', %s, 'Mail')", address(user))

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """The rows of a query."""
        cursor = self._connection.execute(query.encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    def value(self, query: str, *parameters: object) -> Any:
        """The one value of a query."""
        (row,) = self.rows(query, *parameters)
        return next(iter(row.values()))

    def texts(self) -> list[str]:
        """What customers wrote, in the order in which it came."""
        query = "select content from messages where sender_type = 'customer' order by created_at"
        return [row["content"] for row in self.rows(query)]

    async def has(self, *texts: str, timeout: float = 15.0) -> None:
        """Waits until exactly these mails are messages, in whatever order."""
        await wait_until_async(lambda: sorted(self.texts()) == sorted(texts), timeout)

    def mailbox(self, column: str) -> Any:
        """A column of the only mailbox."""
        return self.value(f"select {column} from private.mailboxes")

    async def is_connected(self) -> None:
        """Waits until every mailbox is being read."""
        query = "select count(*) > 0 and bool_and(state = 'connected') from private.mailboxes"
        await wait_until_async(lambda: self.value(query), 15)


def address(user: str) -> str:
    """The address of a user of the server."""
    return f"{user}@shop.example"


def account_of(user: str, url: str, *, password: str = PASSWORD, **options: str) -> MailAccount:
    """A mailbox whose mail is on that server."""
    return mail_account(
        Account(
            type="email",
            account=address(user),
            secrets={"password": (password,), "token_secret": ("t" * 32,)},
            options={"imap_url": url, "user": user, **options},
        )
    )


def letter(text: str, message_id: str = "", **headers: str) -> bytes:
    """A customer's mail."""
    lines = [
        "From: Ada <ada@example.com>",
        f"Subject: {text}",
        f"Message-ID: <{message_id or text.replace(' ', '-') + '@example.com'}>",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + f"\r\n\r\n{text}\r\n").encode()


def owe(url: str, mailbox: str, text: str) -> None:
    """A new customer has written to a mailbox, and a person's answer waits to go out."""
    with psycopg.connect(url) as connection:
        sender = f"{secrets.token_hex(5)}@example.com"
        conversation = receive(connection, "How long does it take?", sender, account=mailbox)
        connection.execute("update conversations set ai_mode = 'human'")
        connection.execute("delete from private.reply_jobs")
        answer_by_mail(connection, conversation, text)


@asynccontextmanager
async def reading(
    room: Mailroom, *accounts: MailAccount, name: str = "test:1"
) -> AsyncIterator[Mailboxes]:
    """A living worker's mail loops for the length of a block."""
    async with async_pool(room.url, name="worker", size=6, timeout_s=5) as pool:
        shared = Shared(pool=pool, name=name)
        upkeep = Upkeep(shared, dict)
        await upkeep.beat()
        by_name = {one.address: one for one in accounts}
        boxes, mail = Mailboxes(shared, lambda: by_name), MailLoop(shared, lambda: by_name)
        tasks = [asyncio.create_task(one.run()) for one in (upkeep, boxes, mail)]
        try:
            yield boxes
        finally:
            boxes.stop()
            mail.stop()
            await boxes.drain()
            await asyncio.wait(tasks[1:], timeout=10)
            await end(tasks)
