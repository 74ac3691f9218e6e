"""A message comes in from Messenger, is answered, and receipts and watermarks return."""

from __future__ import annotations

import pytest

from tests.flow.direct_messages import Person
from tests.flow.journeys import Desk
from tests.waiting import wait_until

QUESTION = "How long does delivery take?"


@pytest.fixture
def jon(desk: Desk) -> Person:
    """A new customer on Messenger."""
    return Person(desk=desk, platform="messenger")


def test_a_question_is_answered_delivered_and_read(jon: Person) -> None:
    jon.says(QUESTION)

    reply = jon.reply("read")
    (sent,) = jon.received()
    assert sent["text"] == reply["content"]
    assert sent["message_id"] == reply["external_message_id"]
    assert (jon.said_by("agent"), jon.conversation()["ai_mode"]) == ([], "auto")


@pytest.mark.parametrize("mode", ["duplicates", "batch"])
def test_webhooks_that_come_twice_or_together_end_the_same(jon: Person, mode: str) -> None:
    jon.platform_behaves(mode=mode)
    jon.says(QUESTION)
    jon.reply("read")
    assert [one["sender_type"] for one in jon.messages()] == ["customer", "ai"]


def test_an_answer_that_got_lost_is_found_by_its_echo_and_not_sent_again(jon: Person) -> None:
    jon.platform_behaves(mode="drop")
    jon.says(QUESTION)
    jon.reply("read")
    assert len(jon.received()) == 1
    assert jon.said_by("agent") == []


def test_a_person_who_cannot_be_reached_fails_with_the_platforms_code(jon: Person) -> None:
    jon.platform_behaves(mode="person")
    jon.says(QUESTION)
    jon.reply("failed")
    code = jon.desk.value(
        "select error_code from deliveries where conversation_id = %s", jon.conversation()["id"]
    )
    assert code == "551/1545041"


def test_a_throttled_answer_goes_out_later_and_once(jon: Person) -> None:
    jon.platform_behaves(mode="throttle", times=1, retry_after_s=1)
    jon.says(QUESTION)
    jon.reply("read")
    assert [entry["answer_status"] for entry in jon.received()] == [400, 200]


def test_an_agents_answer_reaches_the_customer(jon: Person) -> None:
    jon.says(QUESTION)
    jon.reply("read")
    jon.is_written_to("Ada here: it left today.")
    wait_until(lambda: jon.said_by("agent")[0]["delivery_status"] == "read", 12)
    assert jon.received()[-1]["text"] == "Ada here: it left today."
    assert jon.received()[-1]["payload"]["messaging_type"] == "RESPONSE"


def test_after_a_day_the_ai_says_nothing_and_takes_no_tag(jon: Person) -> None:
    jon.says("Just looking, thanks")
    jon.reply("read")
    conversation = jon.conversation()["id"]
    jon.desk.rows(
        "update conversations set window_expires_at = now() - interval '1 hour'"
        " where id = %s returning id",
        conversation,
    )
    before = len(jon.received())
    jon.desk.rows(
        "insert into messages (conversation_id, sender_type, content)"
        " values (%s, 'system', 'Anything else?') returning id",
        conversation,
    )
    wait_until(lambda: jon.messages()[-1]["delivery_status"] == "failed", 12)
    assert len(jon.received()) == before


def test_a_tapped_button_is_a_question(jon: Person) -> None:
    assert jon.posts({"postback": {"title": QUESTION, "payload": "DELIVERY"}}) == 200
    assert jon.reply()["sender_type"] == "ai"
    (message,) = jon.said_by("customer")
    assert message["metadata"]["postback"]["payload"] == "DELIVERY"


def test_a_reaction_is_kept_on_its_message_and_not_answered(jon: Person) -> None:
    jon.says(QUESTION)
    reply = jon.reply("read")
    mid = reply["external_message_id"]
    reaction = {"mid": mid, "action": "react", "reaction": "love", "emoji": "\N{HEAVY BLACK HEART}"}
    assert jon.posts({"reaction": reaction}) == 200
    assert jon.reply()["metadata"]["reactions"] == {jon.id: "\N{HEAVY BLACK HEART}"}
    assert len(jon.messages()) == 2


def test_an_item_of_another_page_is_a_dead_letter(jon: Person) -> None:
    item = {
        "sender": {"id": jon.id},
        "recipient": {"id": "1"},
        "message": {"mid": "x", "text": "y"},
    }
    entry = {"id": jon.talk.account, "time": 1, "messaging": [item]}
    assert jon.deliver({"object": "page", "entry": [entry]}) == 200
    assert jon.messages() == []
    reasons = jon.desk.rows("select reason from dead_letters where reason like %s", "%another page")
    assert reasons
