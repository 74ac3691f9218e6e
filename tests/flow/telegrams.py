"""A customer on Telegram, played by the stand-in, and what came of what they said."""

from __future__ import annotations

import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from tests.flow.journeys import ANSWER_WITHIN_S, Desk
from tests.waiting import wait_until

numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One person in a chat with the bot; the platform sends what they do to our webhook."""

    desk: Desk
    id: int = field(default_factory=lambda: 2**51 + secrets.randbelow(2**50))
    name: str = "Mira"

    def says(self, text: str = "", **more: Any) -> str:
        """Writes, or sends what `more` has; gives our name of the message."""
        message = self.message(**({"text": text} if text else {}), **more)
        self.does(message=message)
        return f"{self.id}:{message['message_id']}"

    def message(self, **more: Any) -> dict[str, Any]:
        """A message of this person as the platform describes it."""
        return {
            "message_id": next(numbers),
            "from": self.person | {"is_bot": False, "language_code": "en"},
            "chat": self.person | {"type": "private"},
            "date": int(time.time()),
            **more,
        }

    @property
    def person(self) -> dict[str, Any]:
        """The person, and the chat, under the same id."""
        return {"id": self.id, "first_name": self.name}

    def does(self, **update: Any) -> None:
        """Has the platform send an update of any kind."""
        url = f"{self.desk.stack.plan.providers_url}/telegram/updates"
        self.desk.http.post(url, json=update).raise_for_status()

    def blocks(self, status: str = "kicked") -> None:
        """Blocks the bot, or with the status "member" lets it in again."""
        change = {"new_chat_member": {"status": status}, "date": int(time.time())}
        self.does(my_chat_member={"chat": self.person | {"type": "private"}, **change})

    def messages(self) -> list[dict[str, Any]]:
        """All that was said in this customer's conversations, in order."""
        return self.desk.rows(
            "select messages.* from public.messages"
            " join public.conversations on conversations.id = messages.conversation_id"
            " join public.customer_identities"
            " on customer_identities.customer_id = conversations.customer_id"
            " where customer_identities.value = %s order by messages.created_at, messages.seq",
            str(self.id),
        )

    def replies(self) -> list[dict[str, Any]]:
        """What the customer was told."""
        return [
            message
            for message in self.messages()
            if message["sender_type"] != "customer" and not message["is_private"]
        ]

    def reply(self, status: str = "sent", number: int = 1) -> dict[str, Any]:
        """Waits until so many replies have a delivery status; gives the last of them."""
        return wait_until(
            lambda: [one for one in self.replies() if one["delivery_status"] == status][
                number - 1 : number
            ],
            ANSWER_WITHIN_S,
        )[0]

    def received(self, kind: str = "sendMessage") -> list[dict[str, Any]]:
        """What the platform was asked to do in this chat by one method."""
        return [one for one in self.desk.platform_received(str(self.id)) if one["kind"] == kind]
