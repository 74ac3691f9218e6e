"""Files of customers land in our bucket, and an agent's files reach them, on every channel."""

from __future__ import annotations

from typing import Any

import pytest

from local.standins.messaging import PICTURE
from tests.flow.direct_messages import Person
from tests.flow.files import PDF, PNG, agent_sends_files, stored_bytes
from tests.flow.journeys import Desk
from tests.flow.mails import Correspondent
from tests.flow.telegrams import Chat
from tests.waiting import wait_until

WITHIN_S = 20.0


def first_path(rows: list[dict[str, Any]]) -> str | None:
    """Where the first file of the customer's first message lies, once it does."""
    customers = [one for one in rows if one["sender_type"] == "customer"]
    media = customers[0]["metadata"].get("media") if customers else None
    return media[0].get("path") if media else None


def agents(rows: list[dict[str, Any]], *states: str) -> list[dict[str, Any]]:
    """What an agent said and what became of it."""
    return [
        one for one in rows if one["sender_type"] == "agent" and one["delivery_status"] in states
    ]


@pytest.mark.parametrize("platform", ["instagram", "messenger"])
def test_a_direct_messages_picture_is_kept(desk: Desk, platform: str) -> None:
    person = Person(desk=desk, platform=platform)
    url = f"{desk.stack.plan.providers_url}/{platform}/cdn/photo.png"
    person.says(attachments=[{"type": "image", "payload": {"url": url}}])

    path = wait_until(lambda: first_path(person.messages()), WITHIN_S)
    assert stored_bytes(desk, path) == PICTURE


@pytest.mark.parametrize("platform", ["instagram", "messenger"])
def test_an_agents_files_go_out_as_direct_messages_of_their_own(desk: Desk, platform: str) -> None:
    person = Person(desk=desk, platform=platform)
    person.says("Can I have the offer?")
    person.reply("read")
    before = len(person.received())
    agent_sends_files(desk, person.conversation()["id"])

    wait_until(lambda: agents(person.messages(), "read"), WITHIN_S)
    text, *files = [one["payload"]["message"] for one in person.received()[before:]]
    assert text["text"] == "Here you are"
    assert [one["attachment"]["type"] for one in files] == ["file", "image"]
    # The platform reads them itself, without a key of ours.
    urls = [one["attachment"]["payload"]["url"] for one in files]
    assert [desk.http.get(url).content for url in urls] == [PDF, PNG]
    assert len(agents(person.messages(), "read")) == 1


def test_a_telegram_document_is_kept(desk: Desk) -> None:
    chat = Chat(desk=desk)
    upload = f"{desk.stack.plan.providers_url}/telegram/files/bill.pdf"
    held = desk.http.post(upload, content=PDF, headers={"content-type": "application/pdf"}).json()
    document = {"file_name": "bill.pdf", "mime_type": "application/pdf", **held}
    chat.says(document=document, caption="See the bill")

    path = wait_until(lambda: first_path(chat.messages()), WITHIN_S)
    assert stored_bytes(desk, path) == PDF


def test_an_agents_files_reach_telegram_byte_by_byte(desk: Desk) -> None:
    chat = Chat(desk=desk)
    chat.says("Can I have the offer?")
    chat.reply()
    agent_sends_files(desk, chat.messages()[0]["conversation_id"])

    wait_until(lambda: agents(chat.messages(), "sent"), WITHIN_S)
    (document,) = chat.received("sendDocument")
    assert document["text"] == "Here you are"
    assert len(chat.received("sendPhoto")) == 1


def test_a_mails_attachment_is_kept_and_an_agents_files_are_attached(desk: Desk) -> None:
    mira = Correspondent(desk=desk)
    sent = mira.writes("I want to talk to a real person", attachment=PDF, Subject="My bill")
    path = wait_until(lambda: first_path([mira.stored(sent)]), WITHIN_S)
    assert stored_bytes(desk, path) == PDF

    before = len(mira.received())
    agent_sends_files(desk, mira.stored(sent)["conversation_id"])
    wait_until(lambda: agents(mira.messages(), "sent"), WITHIN_S)
    answer = mira.received(before + 1)[-1]
    assert answer["payload"]["subject"] == "Re: My bill"
    assert answer["payload"]["attachments"] == ["offer.pdf", "view.png"]
