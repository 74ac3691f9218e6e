"""A customer writes on Telegram, is answered by the AI and by a person, taps, and goes away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.journeys import Desk
from tests.flow.telegrams import Chat
from tests.waiting import wait_until


@pytest.fixture
def chat(desk: Desk) -> Chat:
    """Somebody new on Telegram."""
    return Chat(desk=desk)


def agent_says(desk: Desk, chat: Chat, text: str) -> None:
    """An agent writes in the customer's conversation."""
    conversation = chat.messages()[0]["conversation_id"]
    desk.rows("select private.add_agent_message(%s, %s)", conversation, text)


def customer_messages(chat: Chat) -> list[dict[str, Any]]:
    return [one for one in chat.messages() if one["sender_type"] == "customer"]


def test_a_question_is_answered_and_the_answer_sent(chat: Chat) -> None:
    asked = chat.says("How long does delivery take?")

    reply = chat.reply()
    (sent,) = chat.received()
    assert customer_messages(chat)[0]["external_message_id"] == asked
    assert reply["sender_type"] == "ai"
    assert "two to four working days" in reply["content"]
    assert (sent["text"], sent["message_id"]) == (reply["content"], reply["external_message_id"])


def test_opening_the_chat_is_greeted(chat: Chat) -> None:
    chat.says("/start spring-sale")

    assert chat.reply()["sender_type"] == "ai"
    assert customer_messages(chat)[0]["metadata"]["referral"] == "spring-sale"


def test_an_agents_reply_goes_out_and_reactions_to_it_come_back(desk: Desk, chat: Chat) -> None:
    chat.says("I want to talk to a real person")
    chat.reply()
    agent_says(desk, chat, "Here I am.")
    reply = chat.reply(number=2)
    assert chat.received()[-1]["text"] == "Here I am."

    number = int(reply["external_message_id"].rpartition(":")[2])
    chat.does(
        message_reaction={
            "chat": chat.person | {"type": "private"},
            "message_id": number,
            "user": chat.person,
            "new_reaction": [{"type": "emoji", "emoji": "\N{THUMBS UP SIGN}"}],
        }
    )
    reactions = wait_until(lambda: chat.reply(number=2)["metadata"].get("reactions"))
    assert reactions == {str(chat.id): "\N{THUMBS UP SIGN}"}


def test_a_tapped_button_is_a_message_and_is_answered(desk: Desk, chat: Chat) -> None:
    callback = f"callback-{chat.id}"
    keyboard = {"inline_keyboard": [[{"text": "How do I get an invoice?", "callback_data": "1"}]]}
    tapped = chat.message(text="Which one?", reply_markup=keyboard)
    chat.does(callback_query={"id": callback, "from": chat.person, "message": tapped, "data": "1"})

    assert chat.reply()["sender_type"] == "ai"
    assert customer_messages(chat)[0]["content"] == "How do I get an invoice?"
    record = desk.http.get(f"{desk.stack.plan.providers_url}/record").json()["received"]
    answered = [one["payload"] for one in record if one["kind"] == "answerCallbackQuery"]
    assert {"callback_query_id": callback} in answered


def test_an_album_is_one_turn_of_the_ai(desk: Desk, chat: Chat) -> None:
    for place in range(3):
        caption = {"caption": "How do I return something?"} if place == 0 else {}
        chat.says(
            photo=[{"file_id": f"p{place}", "width": 9, "height": 9}],
            media_group_id="139",
            **caption,
        )

    chat.reply()
    assert len(customer_messages(chat)) == 3
    assert len(chat.replies()) == 1
    jobs = "select count(*) from private.reply_jobs where conversation_id = %s"
    assert desk.value(jobs, chat.messages()[0]["conversation_id"]) == 1


def test_an_edit_changes_what_was_said(chat: Chat) -> None:
    said = chat.message(text="How long does delivery take?")
    chat.does(message=said)
    chat.reply()
    chat.does(edited_message={**said, "text": "How long to Vienna?", "edit_date": said["date"]})

    wait_until(lambda: customer_messages(chat)[0]["content"] == "How long to Vienna?")
    assert customer_messages(chat)[0]["metadata"]["versions"] == ["How long does delivery take?"]


def test_nothing_goes_to_who_has_blocked_the_bot_until_they_come_back(
    desk: Desk, chat: Chat
) -> None:
    chat.says("I want to talk to a real person")
    chat.reply()
    chat.blocks()
    unreachable = "select unreachable_since from public.customer_identities where value = %s"
    wait_until(lambda: desk.value(unreachable, str(chat.id)))
    agent_says(desk, chat, "Hello?")
    failed = chat.reply("failed")
    codes = "select error_code from private.deliveries where message_id = %s"
    assert desk.value(codes, failed["id"]) == "unreachable"
    assert [one["text"] for one in chat.received()] == [chat.replies()[0]["content"]]

    chat.blocks("member")
    chat.says("I am back")
    wait_until(lambda: len(customer_messages(chat)) == 2)
    agent_says(desk, chat, "Welcome back.")
    chat.reply(number=2)
    assert chat.received()[-1]["text"] == "Welcome back."


def test_a_group_has_no_conversation(desk: Desk, chat: Chat) -> None:
    group = Chat(desk=desk, name="Gardeners")
    chat.does(message={**group.message(text="Hi"), "chat": {"id": -group.id, "type": "supergroup"}})
    chat.says("How long is the warranty?")
    chat.reply()
    assert group.messages() == []


def test_the_bots_token_is_in_no_log(desk: Desk, chat: Chat) -> None:
    chat.says("How long is the warranty?")
    chat.reply()
    token = desk.stack.plan.channel_setting("TELEGRAM_BOT_TOKEN").partition(":")[2]
    logs = {path.name: path.read_text() for path in desk.stack.plan.state.glob("log/*.log")}
    assert {"worker.log", "webhooks.log"} <= set(logs)
    assert [name for name, text in logs.items() if token in text] == []
