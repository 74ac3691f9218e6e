"""A message comes in from WhatsApp, is answered from an article, goes out, and receipts return."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import psycopg
import pytest
from supabase import acreate_client

from tests.flow.journeys import Customer, Desk, envelope, new_wamid
from tests.invariants import assert_invariants
from tests.waiting import wait_until, wait_until_async

PARAPHRASES = [
    "How long does delivery take?",
    "When will my parcel be here?",
    "How many days does shipping need?",
    "what is the delivery time for an order",
    "How fast is your shipping?",
    "can I return shoes that I do not like?",
    "I would like to send an item back",
    "do you accept paypal",
    "Is it possible to pay with Visa?",
    "What time do you open on Saturday?",
]
UNANSWERABLE = [
    "Do you have vegan restaurants nearby?",
    "Who won the football match last night?",
    "Can you help me with my maths homework?",
    "What is the capital of Mongolia?",
    "Is your chief executive married?",
]


def test_a_question_is_answered_from_its_article_and_read_by_the_customer(
    customer: Customer,
) -> None:
    wamid = customer.says("How long does delivery take?")

    reply = customer.reply_with_status("read")
    asked = customer.messages()[0]
    assert asked["external_message_id"] == wamid
    assert reply["sender_type"] == "ai"
    assert "two to four working days" in reply["content"]
    assert reply["confidence_score"] > 0.7
    assert [source["title"] for source in reply["knowledge_sources"]] == [
        "How long does delivery take?"
    ]
    assert customer.waited_s() <= 6.0


def test_the_platform_gets_the_text_of_the_reply_once(desk: Desk, customer: Customer) -> None:
    customer.says("Which payment methods do you accept?")

    reply = customer.reply_with_status("read")
    sent = [entry for entry in desk.platform_received(customer.phone) if entry["kind"] == "text"]
    assert [entry["text"] for entry in sent] == [reply["content"]]
    assert reply["external_message_id"] == sent[0]["message_id"]


@pytest.mark.parametrize("question", PARAPHRASES)
def test_a_paraphrase_is_answered_with_a_source(customer: Customer, question: str) -> None:
    customer.says(question)

    reply = customer.reply()
    assert reply["sender_type"] == "ai", reply["metadata"]
    assert reply["knowledge_sources"]


@pytest.mark.parametrize("question", UNANSWERABLE)
def test_a_question_that_no_article_answers_goes_to_people(
    customer: Customer, question: str
) -> None:
    customer.says(question)

    reply = customer.reply()
    assert (reply["sender_type"], reply["metadata"]["event"]) == ("system", "handed_over")
    assert customer.waited_s() <= 6.0


def test_a_mute_platform_leaves_the_reply_sent(usual_platform: Desk, customer: Customer) -> None:
    usual_platform.platform_behaves(mode="mute", to=customer.phone)
    customer.says("How do I get an invoice?")
    reply = customer.reply_with_status("sent")

    witness = Customer(desk=usual_platform)
    witness.says("How do I get an invoice?")
    witness.reply_with_status("read")
    assert customer.reply()["delivery_status"] == "sent"
    assert reply["external_message_id"] is not None


def test_who_has_no_number_is_answered_by_their_user_id(desk: Desk) -> None:
    person = f"DE.{secrets.randbelow(10**16):016d}"
    asked = {
        "from_user_id": person,
        "id": new_wamid(),
        "timestamp": "1790000000",
        "type": "text",
        "text": {"body": "How long does delivery take?"},
    }
    contact = {"profile": {"username": "mira.b"}, "user_id": person}
    assert desk.deliver(envelope(desk.account, messages=[asked], contacts=[contact])) == 200

    said = (
        "select messages.* from messages join conversations"
        " on conversations.id = messages.conversation_id join customer_identities"
        " on customer_identities.customer_id = conversations.customer_id"
        " where value = %s and delivery_status = 'read'"
    )
    wait_until(lambda: desk.rows(said, person), 15)
    (sent,) = desk.platform_received(person)
    assert sent["payload"]["recipient"] == person
    assert "to" not in sent["payload"]
    assert desk.rows(said, person)[0]["content"] == sent["text"]


def test_a_burst_of_messages_gets_one_reply(customer: Customer) -> None:
    for text in ("Hi!", "I have a question.", "How do I cancel my order?"):
        customer.says(text)

    reply = customer.reply_with_status("read")
    assert len(customer.replies()) == 1
    assert reply["knowledge_sources"][0]["title"] == "How do I cancel my order?"


def test_the_same_webhook_twice_is_one_message(desk: Desk, customer: Customer) -> None:
    body = customer.body("How do I find my size?", new_wamid())
    assert [desk.deliver(body), desk.deliver(body)] == [200, 200]

    customer.reply_with_status("read")
    assert [one["sender_type"] for one in customer.messages()] == ["customer", "ai"]


def test_two_messages_and_two_statuses_in_one_post_all_arrive(desk: Desk) -> None:
    people = [Customer(desk=desk), Customer(desk=desk)]
    messages = [
        {
            "from": one.phone,
            "id": new_wamid(),
            "timestamp": "1790000000",
            "type": "text",
            "text": {"body": "Where is my order?"},
        }
        for one in people
    ]
    statuses = [
        {"id": new_wamid(), "status": "sent", "timestamp": "1790000000", "recipient_id": "49"}
        for _ in range(2)
    ]
    body = envelope(
        desk.account, messages=messages, statuses=statuses, contacts=[p.contact() for p in people]
    )

    assert desk.deliver(body) == 200
    assert all(one.reply()["sender_type"] == "ai" for one in people)
    parked = desk.value(
        "select count(*) from private.receipts where external_id = any(%s)",
        [status["id"] for status in statuses],
    )
    assert parked == 2


def test_a_reply_in_german_comes_from_the_german_article(customer: Customer) -> None:
    customer.says("Wie lange dauert die Lieferung?")

    assert "zwei bis vier Werktagen" in customer.reply()["content"]


def test_an_agent_sees_the_journey_live_on_the_private_inbox_topic(desk: Desk) -> None:
    seen = asyncio.run(watch_one_journey(desk))

    kinds = [event for event, _ in seen]
    statuses = [
        payload["message"]["delivery_status"]
        for event, payload in seen
        if event == "message_updated" and payload["message"]["sender_type"] == "ai"
    ]
    assert kinds.count("message_created") == 2
    assert statuses == sorted(statuses, key=["queued", "sent", "delivered", "read"].index)
    assert statuses[-1] == "read"


async def watch_one_journey(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    """Signs in as the demo agent, joins `inbox`, lets a customer write, gathers what is heard."""
    run = desk.stack.run
    client = await acreate_client(run["api_url"], run["anon_key"])
    await client.auth.sign_in_with_password(
        {"email": run["agent_email"], "password": run["agent_password"]}
    )
    heard: list[tuple[str, dict[str, Any]]] = []
    customer = Customer(desk=desk)
    channel = client.channel("inbox", {"config": {"private": True}})
    for event in ("message_created", "message_updated"):
        channel.on_broadcast(
            event, lambda frame, name=event: heard.append((name, frame["payload"]))
        )
    await channel.subscribe()
    await asyncio.to_thread(customer.says, "How long is the warranty?")

    def mine() -> list[tuple[str, dict[str, Any]]]:
        theirs = {one["conversation_id"] for one in customer.messages()}
        return [
            (event, payload)
            for event, payload in heard
            if any(str(one) == payload["message"]["conversation_id"] for one in theirs)
        ]

    def is_read() -> bool:
        return any(payload["message"]["delivery_status"] == "read" for _, payload in mine())

    try:
        await wait_until_async(is_read, 15)
        return mine()
    finally:
        await client.realtime.close()
        await client.auth.close()


def test_the_statements_of_the_seeds_work_as_printed(desk: Desk) -> None:
    conversation = desk.value(
        "select create_conversation('test@example.com', 'website', 'Hello, I need help')"
    )
    again = desk.value(
        "select create_conversation('test@example.com', 'website', 'Hello, I need help')"
    )
    assert conversation == again
    context = desk.value("select get_conversation_context(%s::uuid)", conversation)
    assert context["history"][0]["content"] == "Hello, I need help"

    asking = Customer(desk=desk)
    asking.says("What are your opening hours?")
    asking.reply()
    metrics = wait_until(
        lambda: desk.rows(
            "select * from realtime_metrics where metric_name = 'ai_response_time'"
            " order by timestamp desc limit 10"
        )
    )
    assert 0 < metrics[0]["metric_value"] <= 6000


def test_every_invariant_holds_after_the_journeys(desk: Desk) -> None:
    with_answers = Customer(desk=desk)
    with_answers.says("Can I change the delivery address?")
    with_answers.reply_with_status("read")
    with psycopg.connect(desk.db_url) as connection:
        assert_invariants(connection)
