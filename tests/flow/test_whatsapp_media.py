"""Files, choices and templates on WhatsApp, the whole way and back."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

from local.stack import Stack
from tests.flow.conftest import bare_environment
from tests.flow.files import PDF, PNG, put_into_storage
from tests.flow.journeys import Customer, Desk, envelope, new_wamid
from tests.invariants import assert_invariants
from tests.waiting import wait_until
from tests.web import ANEW


def platform(desk: Desk) -> httpx.Client:
    """A client that the WhatsApp stand-in knows."""
    token = desk.stack.plan.channel_setting("WHATSAPP_API_TOKEN")
    base = f"{desk.stack.plan.providers_url}/whatsapp/v25.0"
    return httpx.Client(base_url=base, headers={"authorization": f"Bearer {token}"}, timeout=10)


def sends_file(customer: Customer, content: bytes, mime_type: str, kind: str) -> str:
    """The customer sends a file that the platform holds; gives the message's id there."""
    desk = customer.desk
    with platform(desk) as client:
        answer = client.post(
            f"/{desk.account}/media",
            data={"messaging_product": "whatsapp", "type": mime_type},
            files={"file": ("a", content, mime_type)},
        )
    file = {"id": answer.json()["id"], "mime_type": mime_type, "caption": "Look at this"}
    return says(customer, {"type": kind, kind: file})


def says(customer: Customer, content: dict[str, Any]) -> str:
    """Sends one message of any kind through the signed webhook."""
    wamid = new_wamid()
    item = {"from": customer.phone, "id": wamid, "timestamp": str(int(time.time())), **content}
    contacts = [customer.contact()]
    body = envelope(customer.desk.account, messages=[item], contacts=contacts)
    assert customer.desk.deliver(body) == 200
    return wamid


def first_file(customer: Customer) -> dict[str, Any]:
    """What the customer's first message says of its file."""
    [file] = customer.messages()[0]["metadata"]["media"]
    return dict(file)


def as_agent(desk: Desk, function: str, **parameters: Any) -> None:
    """The demo agent calls a function by rpc."""
    plan = desk.stack.plan
    email, password = plan.agent
    key = {"apikey": plan.anon_key}
    signed_in = desk.http.post(
        f"{plan.api_url}/auth/v1/token?grant_type=password",
        headers=key,
        json={"email": email, "password": password},
    ).json()
    answer = desk.http.post(
        f"{plan.api_url}/rest/v1/rpc/{function}",
        headers=key | {"authorization": f"Bearer {signed_in['access_token']}"},
        json=parameters,
    )
    answer.raise_for_status()


def answers(customer: Customer, metadata: dict[str, Any], content: str = "Here you are") -> str:
    """An agent's message with metadata; gives its id."""
    conversation = customer.messages()[0]["conversation_id"]
    message = str(uuid.uuid4())
    with psycopg.connect(customer.desk.db_url) as connection:
        connection.execute(
            "insert into public.messages (id, conversation_id, sender_type, content, metadata)"
            " values (%s, %s, 'agent', %s, %s)",
            [message, conversation, content, Jsonb(metadata)],
        )
    return message


def reaches(customer: Customer, message: str, *states: str) -> dict[str, Any]:
    """Waits until a message of ours has one of these states."""

    def found() -> dict[str, Any] | None:
        mine = (one for one in customer.messages() if str(one["id"]) == message)
        return next((one for one in mine if one["delivery_status"] in states), None)

    return wait_until(found, 20)


def test_an_image_lands_in_storage_and_people_see_it(desk: Desk, customer: Customer) -> None:
    sends_file(customer, PNG, "image/png", "image")
    wait_until(lambda: first_file(customer).get("path"), 20)

    message = customer.messages()[0]
    assert message["content"] == "Look at this"
    assert message["media_url"] == first_file(customer)["path"]
    path = message["media_url"]
    plan = desk.stack.plan
    key = {"authorization": f"Bearer {plan.service_role_key}"}
    signed = desk.http.post(
        f"{plan.api_url}/storage/v1/object/sign/media/{path}", headers=key, json={"expiresIn": 60}
    ).json()["signedURL"]
    assert desk.http.get(f"{plan.api_url}/storage/v1{signed}").content == PNG
    anybody = desk.http.get(f"{plan.api_url}/storage/v1/object/public/media/{path}")
    assert anybody.status_code != 200


def test_a_program_in_a_picture_is_not_kept_and_the_message_is(
    desk: Desk, customer: Customer
) -> None:
    sends_file(customer, b"MZ\x90\x00" + bytes(100), "image/png", "image")
    wait_until(lambda: first_file(customer).get("error"), 20)
    assert customer.messages()[0]["content"] == "Look at this"
    assert customer.messages()[0]["media_url"] is None


def test_our_files_reach_the_platform_byte_by_byte(desk: Desk, customer: Customer) -> None:
    customer.says("Can I have the offer?")
    customer.reply()
    folder = f"{customer.messages()[0]['conversation_id']}/agent"
    put_into_storage(desk, f"{folder}/offer.pdf", PDF, "application/pdf")
    put_into_storage(desk, f"{folder}/view.png", PNG, "image/png")
    media = [
        {"kind": "document", "path": f"{folder}/offer.pdf", "mime_type": "application/pdf",
         "filename": "offer.pdf"},
        {"kind": "image", "path": f"{folder}/view.png", "mime_type": "image/png"},
    ]  # fmt: skip
    reaches(customer, answers(customer, {"media": media}), "sent", "delivered", "read")
    files = ("document", "image")
    sent = [one for one in desk.platform_received(customer.phone) if one["kind"] in files]
    assert [entry["kind"] for entry in sent] == ["document", "image"]
    assert sent[0]["text"] == "Here you are"
    assert sent[0]["payload"]["document"]["filename"] == "offer.pdf"
    with platform(desk) as client:
        for entry, content in zip(sent, (PDF, PNG), strict=True):
            media_id = entry["payload"][entry["kind"]]["id"]
            assert client.get(client.get(f"/{media_id}").json()["url"]).content == content


def test_what_a_customer_taps_comes_back_as_their_words(desk: Desk, customer: Customer) -> None:
    customer.says("I have a question")
    customer.reply()
    choices = [{"id": "yes", "title": "Yes, please"}, {"id": "no", "title": "No"}]
    message = answers(customer, {"choices": choices}, "Shall I send it?")
    shown = reaches(customer, message, "read")
    # The greeting before it came with topics to choose from.
    asked = [one for one in desk.platform_received(customer.phone) if one["kind"] == "interactive"][
        -1
    ]
    button = asked["payload"]["interactive"]["action"]["buttons"][0]["reply"]
    tapped = says(
        customer,
        {
            "type": "interactive",
            "interactive": {"type": "button_reply", "button_reply": button},
            "context": {"id": shown["external_message_id"], "from": "15550100"},
        },
    )
    told = next(one for one in customer.messages() if one["external_message_id"] == tapped)
    assert told["content"] == "Yes, please"
    assert str(told["reply_to_id"]) == message


def test_after_a_day_words_go_out_as_the_template_that_says_them(
    usual_platform: Desk, customer: Customer
) -> None:
    desk = usual_platform
    customer.says("When does my parcel come?")
    customer.reply()
    body = "Your parcel {{1}} is on its way."
    template = {
        "id": "1", "name": "parcel_sent", "language": "en", "status": "APPROVED",
        "category": "UTILITY", "components": [{"type": "BODY", "text": body}],
    }  # fmt: skip
    desk.platform_behaves(mode="normal", templates=[template])
    news = {
        "event": "APPROVED",
        "message_template_id": "1",
        "message_template_name": "parcel_sent",
        "message_template_language": "en",
    }
    change = {"field": "message_template_status_update", "value": news}
    entry = {"id": "1", "changes": [change]}
    payload = {"object": "whatsapp_business_account", "entry": [entry]}
    assert desk.deliver(json.dumps(payload).encode()) == 200
    known = "select count(*) from public.message_templates where name = 'parcel_sent'"
    wait_until(lambda: desk.value(known) == 1, 30)
    conversation = customer.messages()[0]["conversation_id"]
    with psycopg.connect(desk.db_url) as connection:
        connection.execute(
            "update public.conversations set window_expires_at = now() - interval '1 minute'"
            " where id = %s",
            [conversation],
        )
    message = answers(customer, {}, "Your parcel 4711 is on its way.")
    reaches(customer, message, "sent", "delivered", "read")
    [sent] = [one for one in desk.platform_received(customer.phone) if one["kind"] == "template"]
    [component] = sent["payload"]["template"]["components"]
    assert component["parameters"] == [{"type": "text", "text": "4711"}]

    other = answers(customer, {}, "Something that no template says.")
    assert reaches(customer, other, "failed")
    codes = desk.rows("select error_code from private.deliveries where message_id = %s", other)
    assert codes == [{"error_code": "131047"}]


def test_a_customer_sees_that_an_agent_reads_and_types(desk: Desk, customer: Customer) -> None:
    wamid = customer.says("Is anybody there?")
    customer.reply()
    conversation = str(customer.messages()[0]["conversation_id"])

    as_agent(desk, "mark_messages_read", p_conversation_id=conversation)
    as_agent(desk, "set_typing", p_conversation_id=conversation)

    def seen() -> bool:
        record = desk.http.get(f"{desk.stack.plan.providers_url}/record").json()["received"]
        kinds = {one["kind"] for one in record if one["payload"].get("message_id") == wamid}
        return {"read", "typing"} <= kinds

    wait_until(seen, 20)


@pytest.fixture
def dying_desk(kept_folder: Path) -> Iterator[Desk]:
    """A system whose workers are killed between the platform's 200 and our commit."""
    environ = bare_environment() | {"ROMASHKA_FAILPOINT": "after_send:kill"}
    with Stack(kept_folder, environ) as stack, httpx.Client(timeout=15, limits=ANEW) as http:
        yield Desk(stack=stack, http=http)


def test_parts_whose_worker_died_after_sending_are_never_sent_twice(dying_desk: Desk) -> None:
    # A worker that dies of what earlier tests left to send would take ours with it.
    left = "select count(*) = 0 from private.deliveries where state in ('queued', 'sending')"
    wait_until(lambda: dying_desk.value(left), 40)
    customer = Customer(desk=dying_desk)
    dying_desk.platform_behaves(mode="mute")
    conversation = dying_desk.value(
        "select public.create_conversation(%s, 'whatsapp', null)", f"+{customer.phone}"
    )
    with psycopg.connect(dying_desk.db_url) as connection:
        connection.execute("update public.conversations set window_expires_at = null")
    for name in ("a.png", "b.png"):
        put_into_storage(dying_desk, f"{conversation}/agent/{name}", PNG, "image/png")
    media = [
        {"kind": "image", "path": f"{conversation}/agent/{name}", "mime_type": "image/png"}
        for name in ("a.png", "b.png")
    ]
    with psycopg.connect(dying_desk.db_url) as connection:
        connection.execute(
            "insert into public.messages (conversation_id, sender_type, content, metadata)"
            " values (%s, 'agent', '', %s)",
            [conversation, Jsonb({"media": media})],
        )
    state = "select state from private.deliveries where conversation_id = %s"
    wait_until(lambda: dying_desk.value(state, conversation) == "unknown", 40)

    sent = [one["kind"] for one in dying_desk.platform_received(customer.phone)]
    assert sent == ["image", "image"]
    assert dying_desk.value(state, conversation) == "unknown"
    with psycopg.connect(dying_desk.db_url) as connection:
        assert_invariants(connection)
