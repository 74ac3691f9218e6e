"""A customer on Instagram or Messenger, as the platform shows them to us, and what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.standins import meta
from local.standins.messaging_webhooks import Talk, from_customer, new_mid, webhook
from tests.flow.journeys import ANSWER_WITHIN_S, Desk
from tests.waiting import wait_until

ACCOUNTS = {"instagram": "INSTAGRAM_ACCOUNT_ID", "messenger": "MESSENGER_PAGE_ID"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One customer with a scoped id of their own, so that tests do not meet."""

    desk: Desk
    platform: str
    id: str = field(default_factory=lambda: str(6 * 10**15 + secrets.randbelow(10**15)))

    @property
    def talk(self) -> Talk:
        """Between whom it is."""
        account = self.desk.stack.plan.channel_setting(ACCOUNTS[self.platform])
        return Talk(platform=self.platform, account=str(account), customer=self.id)

    def says(self, text: str = "", **message: Any) -> str:
        """Sends a message through the signed webhook; gives the platform's id of it."""
        mid = new_mid(self.platform)
        words = {"text": text} if text else {}
        assert self.posts({"message": {"mid": mid, **words, **message}}) == 200
        return mid

    def posts(self, *whats: Mapping[str, Any], key: str = "messaging") -> int:
        """Posts items that this customer caused, all in one request; gives the status."""
        items = [from_customer(self.talk, **what) for what in whats]
        return self.deliver(webhook(self.talk, items, key))

    def is_answered_on_the_platform(self, text: str) -> str:
        """Lets a person of ours write in the platform's own inbox; gives the message's id."""
        mid = new_mid(self.platform)
        people = {"sender": {"id": self.talk.account}, "recipient": {"id": self.id}}
        item = {**people, "message": {"mid": mid, "text": text, "is_echo": True}}
        assert self.deliver(webhook(self.talk, [item])) == 200
        return mid

    def deliver(self, payload: Mapping[str, Any], signature: str | None = None) -> int:
        """Posts a webhook, rightly signed unless told otherwise."""
        body = meta.encode(payload)
        secret = self.desk.stack.plan.channel_setting(f"{self.platform.upper()}_APP_SECRET")
        headers = meta.headers(str(secret), body)
        if signature is not None:
            headers["X-Hub-Signature-256"] = signature
        url = f"{self.desk.stack.plan.webhooks_url}/webhooks/{self.platform}"
        return self.desk.http.post(url, content=body, headers=headers).status_code

    def platform_behaves(self, **behaviour: object) -> None:
        """Changes how the stand-in behaves towards this customer from now on."""
        url = f"{self.desk.stack.plan.providers_url}/control/{self.platform}"
        self.desk.http.post(url, json={"to": self.id, **behaviour}).raise_for_status()

    def received(self) -> list[dict[str, Any]]:
        """The messages that the platform was asked to send to this customer."""
        found = self.desk.platform_received(self.id)
        return [entry for entry in found if "message" in entry["payload"]]

    def conversation(self) -> dict[str, Any]:
        """Their conversation."""
        (row,) = self.desk.rows(
            "select conversations.* from conversations join customer_identities"
            " on customer_identities.customer_id = conversations.customer_id where value = %s",
            self.id,
        )
        return row

    def messages(self) -> list[dict[str, Any]]:
        """All that was said, in order."""
        return self.desk.rows(
            "select messages.* from messages join conversations"
            " on conversations.id = messages.conversation_id join customer_identities"
            " on customer_identities.customer_id = conversations.customer_id"
            " where value = %s order by messages.seq",
            self.id,
        )

    def said_by(self, *senders: str) -> list[dict[str, Any]]:
        """What these kinds of senders said."""
        return [one for one in self.messages() if one["sender_type"] in senders]

    def reply(self, status: str | None = None, number: int = 1) -> dict[str, Any]:
        """Waits for the nth thing they were told, until it has this delivery status."""

        def found() -> dict[str, Any] | None:
            told = [one for one in self.said_by("ai", "system") if not one["is_private"]]
            if len(told) < number or status not in (None, told[number - 1]["delivery_status"]):
                return None
            return told[number - 1]

        return wait_until(found, ANSWER_WITHIN_S)

    def is_written_to(self, text: str) -> None:
        """Lets an agent of ours answer from the inbox."""
        self.desk.rows(
            "insert into messages (conversation_id, sender_type, content)"
            " values (%s, 'agent', %s) returning id",
            self.conversation()["id"],
            text,
        )
