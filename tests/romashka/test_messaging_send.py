"""Sending by Messenger and Instagram, against a platform on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from romashka.channels import CHANNELS, build_channels
from romashka.channels.accounts import Account
from romashka.channels.base import (
    Checkable,
    Choice,
    Fetching,
    OutboundFile,
    OutboundMessage,
    Profile,
    Profiling,
    Signal,
    Signalling,
)
from romashka.channels.errors import (
    AccountBlocked,
    Ambiguous,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
)
from romashka.channels.events import Media
from romashka.channels.messaging import Messaging
from romashka.settings import Settings
from tests.romashka.scripted_platform import ScriptedPlatform, scripted_platform

MESSAGE = OutboundMessage(
    delivery_id="8c5e4c0e-97a4-4b57-8a3e-2f6f3d0a9a01",
    message_id="m1",
    account="1044",
    identities={"external": "7200"},
    content="Three days.",
)
BOTH = pytest.mark.parametrize("name", ["messenger", "instagram"])


def channel_at(url: str, name: str, timeout_s: float = 5.0, **options: str) -> Messaging:
    settings = Settings(messenger_api_url=url, instagram_api_url=url, send_timeout_s=timeout_s)
    account = Account(
        type=name,
        account="1044",
        secrets={"access_token": ("token-2", "token-1")},
        options=options,
    )
    channel = CHANNELS[name](settings, [account])
    assert isinstance(channel, Messaging)
    return channel


@asynccontextmanager
async def sender(
    name: str = "messenger", timeout_s: float = 5.0, **options: str
) -> AsyncIterator[tuple[Messaging, ScriptedPlatform]]:
    async with scripted_platform() as platform:
        platform.will_answer(200, {"recipient_id": "7200", "message_id": "m_new"})
        channel = channel_at(platform.url, name, timeout_s, **options)
        yield channel, platform
        await channel.close()


async def refusal(status: int, body: Any, **headers: str) -> SendError:
    async with sender() as (channel, platform):
        platform.will_answer(status, body, **headers)
        with pytest.raises(SendError) as caught:
            await channel.send(MESSAGE)
    return caught.value


async def test_messenger_takes_our_deliverys_id_along() -> None:
    async with sender("messenger") as (channel, platform):
        assert await channel.send(MESSAGE) == ("m_new",)
    ((line, headers, body),) = platform.requests
    assert line == "POST /v25.0/me/messages HTTP/1.1"
    assert headers["authorization"] == "bearer token-2"
    assert body == {
        "recipient": {"id": "7200"},
        "messaging_type": "RESPONSE",
        "message": {"text": "Three days.", "metadata": MESSAGE.delivery_id},
    }


async def test_instagram_takes_the_text_alone() -> None:
    async with sender("instagram") as (channel, platform):
        await channel.send(MESSAGE)
    assert platform.requests[0][2]["message"] == {"text": "Three days."}


async def test_an_instagram_account_behind_a_page_is_reached_through_the_pages_api() -> None:
    async with scripted_platform() as platform:
        platform.will_answer(200, {"message_id": "m_new"})
        settings = Settings(
            messenger_api_url=platform.url,
            instagram_api_url="http://127.0.0.1:9",
            instagram_account_id="1044",
            instagram_access_token="token",
            instagram_login="page",
        )
        channel = build_channels(settings)["instagram"]
        assert await channel.send(MESSAGE) == ("m_new",)
        await channel.close()


@BOTH
async def test_text_and_every_file_go_apart_in_order(name: str) -> None:
    files = tuple(
        OutboundFile(kind=kind, url=f"https://files.example.com/{kind}")
        for kind in ("image", "document", "audio", "video", "sticker")
    )
    async with sender(name) as (channel, platform):
        for number in range(6):
            platform.will_first_answer(200, {"message_id": f"m_{number}"})
        sent = await channel.send(replace(MESSAGE, files=files, reply_to="m_theirs"))
    assert sent == tuple(f"m_{number}" for number in range(6))
    messages = [body["message"] for _, _, body in platform.requests]
    assert messages[0]["text"] == "Three days."
    kinds = [message["attachment"]["type"] for message in messages[1:]]
    assert kinds == ["image", "file", "audio", "video", "image"]
    assert messages[1]["attachment"]["payload"]["url"] == "https://files.example.com/image"
    assert [body.get("reply_to") for _, _, body in platform.requests] == [
        {"mid": "m_theirs"},
        *[None] * 5,
    ]


async def test_parts_that_are_out_are_not_sent_again() -> None:
    files = (OutboundFile(kind="image", url="https://files.example.com/a"),)
    message = replace(MESSAGE, files=files)
    async with sender() as (channel, platform):
        platform.will_first_answer(200, {"message_id": "m_text"})
        platform.will_first_answer(503, "")
        with pytest.raises(Unavailable) as caught:
            await channel.send(message)
        assert caught.value.sent == ("m_text",)
        assert await channel.send(replace(message, parts_sent=caught.value.sent)) == (
            "m_text",
            "m_new",
        )
    assert ["text" in body["message"] for _, _, body in platform.requests] == [True, False, False]


@pytest.mark.parametrize(
    ("name", "word"), [("messenger", "word "), ("instagram", "w\N{OGHAM LETTER BEITH}rd ")]
)
async def test_a_long_text_goes_out_in_parts_that_the_platform_takes(name: str, word: str) -> None:
    async with sender(name) as (channel, platform):
        ids = await channel.send(replace(MESSAGE, content=word * 900))
    texts = [body["message"]["text"] for _, _, body in platform.requests]
    assert len(texts) == len(ids) > 2
    assert " ".join(texts).split() == (word * 900).split()
    longest = max(len(text) if name == "messenger" else len(text.encode()) for text in texts)
    assert longest <= (2000 if name == "messenger" else 1000)


@BOTH
async def test_choices_are_quick_replies_of_the_last_text(name: str) -> None:
    choices = (
        Choice(id="delivery", title="Delivery"),
        Choice(id="returns", title="Returning things that do not fit"),
        *(Choice(id=str(number), title=f"Topic {number}") for number in range(20)),
    )
    files = (OutboundFile(kind="image", url="https://files.example.com/a"),)
    async with sender(name) as (channel, platform):
        await channel.send(replace(MESSAGE, choices=choices, files=files))
    replies = platform.requests[-1][2]["message"]["quick_replies"]
    assert "attachment" in platform.requests[0][2]["message"]
    assert len(replies) == 13
    assert replies[0] == {"content_type": "text", "title": "Delivery", "payload": "delivery"}
    assert replies[1]["title"] == "Returning things\N{HORIZONTAL ELLIPSIS}"


async def test_somebody_known_by_a_ticked_box_is_addressed_by_it() -> None:
    async with sender() as (channel, platform):
        await channel.send(replace(MESSAGE, identities={"external": "user_ref:cart-77"}))
    assert platform.requests[0][2]["recipient"] == {"user_ref": "cart-77"}


@BOTH
@pytest.mark.parametrize(
    ("sender_type", "options"),
    [("ai", {"human_agent": "true"}), ("system", {"human_agent": "true"}), ("agent", {})],
)
async def test_after_a_day_nobody_writes_without_permission_and_the_ai_never(
    name: str, sender_type: str, options: dict[str, str]
) -> None:
    message = replace(MESSAGE, window_open=False, sender_type=sender_type)
    async with sender(name, **options) as (channel, platform):
        with pytest.raises(Rejected) as caught:
            await channel.send(message)
    assert (caught.value.code, caught.value.reason) == ("window", "outside the 24 hour window")
    assert platform.requests == []


@BOTH
async def test_after_a_day_a_person_writes_with_the_tag_where_it_is_allowed(name: str) -> None:
    message = replace(MESSAGE, window_open=False, sender_type="agent")
    async with sender(name, human_agent="true") as (channel, platform):
        await channel.send(message)
    body = platform.requests[0][2]
    assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


@pytest.mark.parametrize("sender_type", ["ai", "system", "agent"])
async def test_within_the_day_no_tag_is_used(sender_type: str) -> None:
    async with sender(human_agent="true") as (channel, platform):
        await channel.send(replace(MESSAGE, sender_type=sender_type))
    assert "tag" not in platform.requests[0][2]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"content": " \n"}, "empty"),
        ({"identities": {"phone": "49"}}, "no_address"),
        ({"files": (OutboundFile(kind="hologram", url="https://x.example/a"),)}, "unknown_type"),
    ],
)
async def test_what_cannot_be_sent_is_rejected_without_asking(
    change: dict[str, Any], code: str
) -> None:
    async with sender() as (channel, platform):
        with pytest.raises(Rejected) as caught:
            await channel.send(replace(MESSAGE, **change))
        assert (caught.value.code, platform.requests) == (code, [])


async def test_an_account_without_token_is_blocked() -> None:
    async with sender() as (channel, _):
        with pytest.raises(AccountBlocked):
            await channel.send(replace(MESSAGE, account="2000"))


@pytest.mark.parametrize(
    ("code", "subcode", "expected", "name"),
    [
        (10, 2018278, Rejected, "window"),
        (10, 2534022, Rejected, "window"),
        (10, None, AccountBlocked, "10"),
        (551, 1545041, Rejected, "551/1545041"),
        (551, None, Rejected, "551"),
        (100, 2018001, Rejected, "100/2018001"),
        (200, 1545041, Rejected, "200/1545041"),
        (200, None, AccountBlocked, "200"),
        (230, None, Rejected, "230"),
        (190, None, AccountBlocked, "190"),
        (100, None, Rejected, "100"),
        (613, None, Throttled, "613"),
        (4, None, Throttled, "4"),
        (17, None, Throttled, "17"),
        (32, None, Throttled, "32"),
        (1, None, Unavailable, "1"),
        (2, None, Unavailable, "2"),
        (1200, None, Unavailable, "1200"),
    ],
)
async def test_the_platforms_code_decides(
    code: int, subcode: int | None, expected: type[SendError], name: str
) -> None:
    error = {"code": code, "message": "no", **({"error_subcode": subcode} if subcode else {})}
    found = await refusal(400, {"error": error})
    assert (type(found), found.code) == (expected, name)


async def test_a_pause_that_is_asked_for_is_kept() -> None:
    error = await refusal(400, {"error": {"code": 613}}, retry_after="7")
    assert isinstance(error, Throttled)
    assert error.retry_after == 7.0


@pytest.mark.parametrize("body", ["<html>", {}, {"message_id": 7}, {"message_id": ""}])
async def test_a_success_without_id_is_ambiguous(body: Any) -> None:
    assert type(await refusal(200, body)) is Ambiguous


async def test_a_platform_that_never_answers_is_cut_and_ambiguous() -> None:
    async with sender(timeout_s=1.0) as (channel, platform):
        platform.answer = ""
        with pytest.raises(Ambiguous):
            await channel.send(MESSAGE)


@BOTH
@pytest.mark.parametrize(("kind", "action"), [("typing", "typing_on"), ("read", "mark_seen")])
async def test_customers_see_that_we_type_and_have_read(name: str, kind: Any, action: str) -> None:
    async with sender(name) as (channel, platform):
        assert isinstance(channel, Signalling)
        await channel.signal(Signal(kind=kind, account="1044", identities={"external": "7200"}))
    assert platform.requests[0][2] == {"recipient": {"id": "7200"}, "sender_action": action}


@BOTH
async def test_the_platform_says_who_we_are(name: str) -> None:
    async with sender(name) as (channel, platform):
        assert isinstance(channel, Checkable)
        platform.will_answer(200, {"id": "1044", "name": "The Shop"})
        assert await channel.check("1044") == "The Shop (1044)"
    assert platform.requests[0][0].startswith("GET /v25.0/me?fields=")


async def test_a_token_that_is_over_is_said_so() -> None:
    async with sender() as (channel, platform):
        platform.will_answer(401, {"error": {"code": 190}})
        with pytest.raises(AccountBlocked):
            await channel.check("1044")


@pytest.mark.parametrize(
    ("name", "answer", "profile"),
    [
        (
            "instagram",
            {"name": "Mira B.", "username": "mira.b", "profile_pic": "https://cdn.example.com/1"},
            Profile(name="Mira B.", username="mira.b", picture_url="https://cdn.example.com/1"),
        ),
        (
            "messenger",
            {"first_name": "Jon", "last_name": "Doe", "locale": "de_DE", "id": "7200"},
            Profile(name="Jon Doe", locale="de_DE"),
        ),
        ("instagram", {"id": "7200"}, None),
        ("messenger", {"first_name": 7, "last_name": None}, None),
    ],
)
async def test_a_profile_is_what_the_platform_tells(
    name: str, answer: Any, profile: Profile | None
) -> None:
    async with sender(name) as (channel, platform):
        assert isinstance(channel, Profiling)
        platform.will_answer(200, answer)
        assert await channel.profile("1044", {"external": "7200"}) == profile
    assert platform.requests[0][0].startswith("GET /v25.0/7200?fields=")


@pytest.mark.parametrize(("code", "subcode"), [(230, 0), (100, 2018218), (100, 33), (200, 1545041)])
async def test_a_profile_that_is_refused_is_none(code: int, subcode: int) -> None:
    async with sender() as (channel, platform):
        platform.will_answer(400, {"error": {"code": code, "error_subcode": subcode}})
        assert await channel.profile("1044", {"external": "7200"}) is None


@pytest.mark.parametrize("value", ["user_ref:cart", "../me", "", "a" * 200])
async def test_a_profile_is_asked_by_a_sound_id_alone(value: str) -> None:
    async with sender() as (channel, platform):
        assert await channel.profile("1044", {"external": value}) is None
        assert platform.requests == []


async def test_a_profile_may_be_asked_for_later() -> None:
    async with sender() as (channel, platform):
        platform.will_answer(503, "")
        with pytest.raises(Unavailable):
            await channel.profile("1044", {"external": "7200"})


async def test_a_file_of_a_stand_in_is_fetched_from_this_machine() -> None:
    async with sender("instagram") as (channel, platform):
        assert isinstance(channel, Fetching)
        platform.will_answer(200, "bytes", content_type="image/png")
        media = Media(kind="image", url=f"{platform.url}/cdn/1.png")
        found = await channel.fetch("1044", media, 100)
    assert (found.content, found.mime_type) == (b"bytes", "image/png")


async def test_a_file_of_the_platform_never_lies_on_this_machine() -> None:
    channel = channel_at("https://graph.example.com", "messenger")
    with pytest.raises(Rejected) as caught:
        await channel.fetch("1044", Media(kind="image", url="http://127.0.0.1:9/a"), 100)
    assert caught.value.code == "private_address"


async def test_a_file_without_an_address_cannot_be_had() -> None:
    channel = channel_at("https://graph.example.com", "messenger")
    with pytest.raises(Rejected):
        await channel.fetch("1044", Media(kind="image", id="1"), 100)
