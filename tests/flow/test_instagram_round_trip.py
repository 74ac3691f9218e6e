"""A direct message comes in from Instagram, is answered, comes back as an echo, and is read."""

from __future__ import annotations

import psycopg
import pytest

from tests.flow.direct_messages import Person
from tests.flow.journeys import Desk
from tests.invariants import assert_invariants
from tests.waiting import wait_until

QUESTION = "How long does delivery take?"


@pytest.fixture
def mira(desk: Desk) -> Person:
    """A new customer on Instagram."""
    return Person(desk=desk, platform="instagram")


def test_a_question_is_answered_and_read_and_its_echo_silences_nobody(mira: Person) -> None:
    mid = mira.says(QUESTION)

    reply = mira.reply("read")
    assert mira.messages()[0]["external_message_id"] == mid
    assert reply["sender_type"] == "ai"
    assert [entry["text"] for entry in mira.received()] == [reply["content"]]
    assert mira.said_by("agent") == []
    assert mira.conversation()["ai_mode"] == "auto"

    mira.says("Which payment methods do you accept?")
    assert mira.reply("read", number=2)["sender_type"] == "ai"


@pytest.mark.parametrize("echo", ["before", "after"])
def test_a_long_answer_goes_out_in_parts_whose_echoes_are_ours(mira: Person, echo: str) -> None:
    mira.says(QUESTION)
    mira.reply("read")
    mira.platform_behaves(echo=echo)
    text = "This is a sentence about our parcels and where they are. " * 40
    mira.is_written_to(text)

    wait_until(lambda: mira.said_by("agent")[0]["delivery_status"] == "read", 20)
    parts = [entry["text"] for entry in mira.received()[1:]]
    assert len(parts) == 3
    assert " ".join(parts) == text.strip()
    assert len(mira.said_by("agent")) == 1


def test_who_answers_in_the_app_takes_over(mira: Person) -> None:
    mira.says(QUESTION)
    mira.reply("read")
    mira.is_answered_on_the_platform("Hi, this is Ada from the shop")
    mira.says("Thank you, Ada!")

    assert [one["content"] for one in mira.said_by("agent")] == ["Hi, this is Ada from the shop"]
    assert mira.conversation()["ai_mode"] == "human"


def test_a_name_is_asked_for_beside_the_messages(mira: Person) -> None:
    mira.says(QUESTION)
    wait_until(lambda: mira.conversation()["customer_name"], 15)
    assert mira.conversation()["customer_name"] == f"Mira {mira.id[-4:]}"


def test_a_story_that_mentions_us_is_a_message_with_its_picture(mira: Person) -> None:
    address = f"{mira.desk.stack.plan.providers_url}/instagram/cdn/story.png"
    mira.says(attachments=[{"type": "story_mention", "payload": {"url": address}}])
    (message,) = mira.said_by("customer")
    assert message["message_type"] == "story_mention"
    assert message["media_url"]
    mira.reply()


def test_an_unsent_message_loses_its_words(mira: Person) -> None:
    mid = mira.says("My card number is 4242")
    assert mira.posts({"message": {"mid": mid, "is_deleted": True}}) == 200
    (message,) = mira.said_by("customer")
    assert (message["content"], message["deleted_at"] is not None) == ("", True)


def test_a_message_may_come_again_and_under_changes(mira: Person) -> None:
    item = {"message": {"mid": f"again-{mira.id}", "text": QUESTION}}
    assert [mira.posts(item), mira.posts(item)] == [200, 200]
    change = {
        "field": "messages",
        "value": {"sender": {"id": mira.id}, "recipient": {"id": mira.talk.account}, **item},
    }
    entry = {"id": mira.talk.account, "time": 1, "changes": [change]}
    assert mira.deliver({"object": "instagram", "entry": [entry]}) == 200
    assert len(mira.said_by("customer")) == 1


def test_two_messages_and_two_reads_in_one_post_all_arrive(mira: Person) -> None:
    items = [
        {"message": {"mid": f"one-{mira.id}", "text": "Hello"}},
        {"read": {"mid": "unknown"}},
        {"message": {"mid": f"two-{mira.id}", "text": QUESTION}},
        {"read": {"mid": "unknown"}},
    ]
    assert mira.posts(*items) == 200
    assert [one["content"] for one in mira.said_by("customer")] == ["Hello", QUESTION]
    assert mira.reply()["sender_type"] == "ai"


def test_a_thousand_items_in_one_post_are_all_stored(mira: Person) -> None:
    items = [{"message": {"mid": f"{n}-{mira.id}", "text": f"line {n}"}} for n in range(1000)]
    assert mira.posts(*items) == 200
    assert [one["content"] for one in mira.said_by("customer")] == [
        f"line {n}" for n in range(1000)
    ]


def test_what_another_app_handles_is_kept_and_not_answered(mira: Person) -> None:
    assert mira.posts({"message": {"mid": f"s-{mira.id}", "text": QUESTION}}, key="standby") == 200
    witness = Person(desk=mira.desk, platform="instagram")
    witness.says(QUESTION)
    witness.reply()
    assert [one["sender_type"] for one in mira.messages()] == ["customer"]


@pytest.mark.parametrize("signature", ["", "sha256=" + "0" * 64, "sha1=" + "0" * 40])
def test_a_wrong_signature_is_refused_and_nothing_is_stored(mira: Person, signature: str) -> None:
    payload = {"object": "instagram", "entry": [{"id": mira.talk.account, "messaging": []}]}
    assert mira.deliver(payload, signature) == 401
    assert mira.messages() == []


def test_the_address_can_be_registered(desk: Desk) -> None:
    plan = desk.stack.plan
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": "1158201444",
        "hub.verify_token": plan.channel_setting("INSTAGRAM_VERIFY_TOKEN"),
    }
    answer = desk.http.get(f"{plan.webhooks_url}/webhooks/instagram", params=query)
    assert (answer.status_code, answer.text) == (200, "1158201444")


def test_every_invariant_holds_after_the_journeys(desk: Desk, mira: Person) -> None:
    mira.says(QUESTION)
    mira.reply("read")
    with psycopg.connect(desk.db_url) as connection:
        assert_invariants(connection)
