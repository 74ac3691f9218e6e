"""A visitor of the website, through the unchanged client: questions, recognition, files, visits."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg
import pytest
from postgrest.exceptions import APIError
from storage3.exceptions import StorageApiError
from supabase import AsyncClient, AsyncClientOptions, acreate_client

from tests.flow.journeys import Desk
from tests.invariants import assert_invariants
from tests.sql.tokens import signature_of, token_of
from tests.waiting import wait_until_async
from tests.web import WEB

PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(64)
OFFER = b"%PDF-1.4 an offer"
ORIGIN = "https://shop.example.com"


@pytest.fixture(scope="module")
def secret(desk: Desk) -> str:
    """With what the site signs its users."""
    return str(desk.value("select private.rotate_identity_secret(null)"))


@asynccontextmanager
async def unknown(desk: Desk, **headers: str) -> AsyncIterator[AsyncClient]:
    """A client that has not signed in, whose requests carry these headers."""
    run = desk.stack.run
    async with httpx.AsyncClient(timeout=20, headers=headers) as transport:
        options = AsyncClientOptions(httpx_client=transport, auto_refresh_token=False)
        client = await acreate_client(run["api_url"], run["anon_key"], options)
        try:
            yield client
        finally:
            await client.realtime.close()


@asynccontextmanager
async def visitor(desk: Desk, origin: str | None = None) -> AsyncIterator[AsyncClient]:
    """A client that has signed in anonymously, from a page of this origin."""
    async with unknown(desk, **({"Origin": origin} if origin else {})) as client:
        await client.auth.sign_in_anonymously()
        yield client


@asynccontextmanager
async def agent(desk: Desk) -> AsyncIterator[AsyncClient]:
    """A client of the demo agent."""
    run = desk.stack.run
    async with unknown(desk) as client:
        await client.auth.sign_in_with_password(
            {"email": run["agent_email"], "password": run["agent_password"]}
        )
        yield client


async def call(client: AsyncClient, function: str, **arguments: Any) -> Any:
    """What a function gives to this client."""
    return (await client.rpc(function, arguments).execute()).data


async def begin(client: AsyncClient, text: str | None, **more: Any) -> str:
    """Opens the visitor's conversation with these words, or without any; gives its id."""
    named = {"p_identifier": "visitor", "p_channel": "website", "p_message": text, **more}
    return str(await call(client, "create_conversation", **named))


async def since(client: AsyncClient, conversation: str, seq: int = 0) -> list[dict[str, Any]]:
    """The messages after a seq, as this client sees them."""
    found = await call(client, "messages_since", p_conversation_id=conversation, p_seq=seq)
    return list(found)


async def listen(client: AsyncClient, conversation: str) -> list[dict[str, Any]]:
    """Joins the conversation's private topic; the list fills with the messages that are heard."""
    heard: list[dict[str, Any]] = []
    joined = asyncio.Event()
    channel = client.channel(f"conversation:{conversation}", {"config": {"private": True}})
    channel.on_broadcast("message_created", lambda what: heard.append(what["payload"]["message"]))
    await channel.subscribe(lambda state, _: joined.set() if state == "SUBSCRIBED" else None)
    await asyncio.wait_for(joined.wait(), 20)
    return heard


def played(scene: Callable[[], Awaitable[None]]) -> None:
    """Runs a scene to its end."""
    asyncio.run(asyncio.wait_for(scene(), 60))


def test_a_visitor_asks_and_hears_the_answer(desk: Desk) -> None:
    async def scene() -> None:
        async with visitor(desk) as client:
            conversation = await begin(client, None)
            heard = await listen(client, conversation)
            await call(
                client,
                "send_message",
                p_conversation_id=conversation,
                p_content="How long does delivery take?",
            )
            await wait_until_async(lambda: len(heard) == 2, 12)
        assert [one["sender_type"] for one in heard] == ["customer", "ai"]
        assert "two to four working days" in heard[1]["content"]

    played(scene)


def test_a_recognised_visitor_sees_their_history_on_another_device(desk: Desk, secret: str) -> None:
    async def scene() -> None:
        user = f"user-{uuid.uuid4()}"
        async with visitor(desk) as phone, visitor(desk) as laptop, visitor(desk) as stranger:
            conversation = await begin(phone, "How do I return something?")
            signed = {"p_user_id": user, "p_signature": signature_of(user, secret)}
            assert (await call(phone, "identify", **signed))["conversation_id"] == conversation

            assert await since(laptop, conversation) == []
            token = {"p_token": token_of(user, secret, name="Ada")}
            assert (await call(laptop, "identify", **token))["conversation_id"] == conversation
            assert (await since(laptop, conversation))[0]["content"] == "How do I return something?"

            with pytest.raises(APIError) as refusal:
                await call(stranger, "identify", p_user_id=user, p_signature="0" * 64)
            assert refusal.value.code == "PT401"
            assert await since(stranger, conversation) == []

    played(scene)


def test_the_same_id_twice_and_a_reconnection_lose_and_double_nothing(desk: Desk) -> None:
    async def scene() -> None:
        async with visitor(desk) as client:
            first, second = str(uuid.uuid4()), str(uuid.uuid4())
            conversation = await begin(client, "How can I pay?", p_client_id=first)
            assert await begin(client, "How can I pay?", p_client_id=first) == conversation
            said = {
                "p_conversation_id": conversation,
                "p_content": "By PayPal?",
                "p_client_id": second,
            }
            answers = await asyncio.gather(
                *(call(client, "send_message", **said) for _ in range(4))
            )
            assert all(one == answers[0] for one in answers)

            await client.realtime.close()
            again = await call(client, "send_message", **said)
            assert again["id"] == second
            missed = await since(client, conversation, 1)
        mine = [one["id"] for one in missed if one["sender_type"] == "customer"]
        assert mine == [second]

    played(scene)


@pytest.fixture
def small_uploads(desk: Desk) -> Iterator[int]:
    """How large a file the widget takes while the test runs."""
    limit = "update website_settings set max_upload_bytes = %s returning channel_id"
    desk.rows(limit, 20_000)
    yield 20_000
    desk.rows(limit, 10 * 1024 * 1024)


def test_a_file_larger_than_the_widget_takes_is_refused_before_it_is_stored(
    desk: Desk, small_uploads: int
) -> None:
    async def scene() -> None:
        async with visitor(desk) as client, agent(desk) as person:
            conversation = await begin(client, "My parcel is broken")
            files = client.storage.from_("media")
            kind = {"content-type": "image/png"}

            def place(whose: str = "visitor") -> str:
                return f"{conversation}/{whose}/{uuid.uuid4()}-photo.png"

            await files.upload(place(), PHOTO.ljust(small_uploads), kind)
            with pytest.raises(StorageApiError, match="row-level security"):
                await files.upload(place(), PHOTO.ljust(small_uploads + 8192), kind)
            with pytest.raises(StorageApiError, match="row-level security"):
                await files.create_signed_upload_url(place())
            larger = PHOTO.ljust(2 * small_uploads)
            await person.storage.from_("media").upload(place("agent"), larger, kind)

            run, session = desk.stack.run, await client.auth.get_session()
            headers = {
                "apikey": run["anon_key"],
                "Authorization": f"Bearer {session.access_token}",
                "Content-Type": "image/png",
            }

            def post(body: Any) -> httpx.Response:
                url = f"{run['api_url']}/storage/v1/object/media/{place()}"
                return WEB.post(url, content=body, headers=headers, timeout=20)

            exact = PHOTO.ljust(small_uploads)
            answers = [post(exact), post(exact + b"x"), post(iter([exact]))]
            assert [one.is_success for one in answers] == [True, False, False]
            assert {one.json()["error"] for one in answers[1:]} == {"Unauthorized"}
        stored = desk.value(
            "select count(*) from storage.objects where name like %s", f"{conversation}/visitor/%"
        )
        assert stored == 2

    played(scene)


def test_files_go_both_ways(desk: Desk) -> None:
    async def scene() -> None:
        async with visitor(desk) as client, agent(desk) as person, visitor(desk) as stranger:
            conversation = await begin(client, "My parcel is broken")
            photo = f"{conversation}/visitor/{uuid.uuid4()}-broken.png"
            files = client.storage.from_("media")
            await files.upload(photo, PHOTO, {"content-type": "image/png"})
            sent = await call(
                client,
                "send_message",
                p_conversation_id=conversation,
                p_content="",
                p_media=[{"path": photo, "filename": "broken.png"}],
            )
            assert (sent["message_type"], sent["media"][0]["size"]) == ("image", len(PHOTO))
            assert await person.storage.from_("media").download(photo) == PHOTO

            offer = f"{conversation}/agent/{uuid.uuid4()}-offer.pdf"
            ours = person.storage.from_("media")
            await ours.upload(offer, OFFER, {"content-type": "application/pdf"})
            with pytest.raises(StorageApiError):
                await files.create_signed_url(offer, 60)
            await call(
                person,
                "send_message",
                p_conversation_id=conversation,
                p_content="Our offer",
                p_media=[{"path": offer}],
            )
            last = (await since(client, conversation))[-1]
            assert last["media"][0]["path"] == offer
            signed = await files.create_signed_url(last["media"][0]["path"], 60)
            assert desk.http.get(signed["signedURL"]).content == OFFER

            for name in (photo, offer):
                with pytest.raises(StorageApiError):
                    await stranger.storage.from_("media").download(name)
            with pytest.raises(StorageApiError):
                await stranger.storage.from_("media").upload(
                    f"{conversation}/visitor/{uuid.uuid4()}-x.png",
                    PHOTO,
                    {"content-type": "image/png"},
                )

    played(scene)


def test_a_page_off_the_list_is_turned_away(desk: Desk) -> None:
    widget = str(desk.value("select private.register_channel('website', 'guarded', 'Guarded')"))
    desk.rows(
        "update website_settings set allowed_origins = %s where channel_id = %s returning 1",
        [ORIGIN],
        widget,
    )

    async def scene() -> None:
        async with visitor(desk, ORIGIN) as ours, visitor(desk, "https://evil.test") as theirs:
            conversation = await begin(ours, "Hello", p_channel_id=widget)
            with pytest.raises(APIError) as refusal:
                await begin(theirs, "Hello", p_channel_id=widget)
            assert refusal.value.code == "PT403"
            session = await theirs.auth.get_session()
            assert session is not None
            answer = await asyncio.to_thread(visit, desk, session.access_token, widget)
            assert (answer.status_code, answer.json()["code"]) == (403, "PT403")

            path = f"{conversation}/visitor/{uuid.uuid4()}-x.png"
            await ours.storage.from_("media").upload(path, PHOTO, {"content-type": "image/png"})

    played(scene)


def visit(desk: Desk, token: str, widget: str) -> httpx.Response:
    """A visit to a page by plain HTTP, with no origin at all."""
    run = desk.stack.run
    return desk.http.post(
        f"{run['api_url']}/rest/v1/rpc/visit_page",
        headers={"apikey": run["anon_key"], "Authorization": f"Bearer {token}"},
        json={"p_url": f"{ORIGIN}/cart", "p_consent": True, "p_channel_id": widget},
    )


def test_visits_and_a_message_of_the_websites_own(desk: Desk) -> None:
    desk.rows(
        "insert into proactive_rules (name, url_pattern, texts) values"
        " ('Cart', '*/cart', '{\"en\": \"Can we help?\"}') returning 1"
    )

    async def scene() -> None:
        async with visitor(desk) as client, agent(desk) as person:
            page = {"p_url": f"{ORIGIN}/cart?token=secret", "p_title": "Cart", "p_consent": True}
            seen = await call(client, "visit_page", **page)
            assert seen["proactive"]["text"] == "Can we help?"
            online = await person.table("visitors_online").select("url").execute()
            assert {"url": f"{ORIGIN}/cart"} in online.data

            rule = seen["proactive"]["rule_id"]
            answer = {"p_rule_id": rule, "p_reply": "How long is the warranty?"}
            conversation = await call(client, "accept_proactive", **answer)
            messages = await since(client, conversation)
        assert [one["content"] for one in messages[:2]] == [
            "Can we help?",
            "How long is the warranty?",
        ]

    played(scene)


def test_the_widget_is_configured_before_anybody_signs_in(desk: Desk) -> None:
    run = desk.stack.run
    found = desk.http.post(
        f"{run['api_url']}/rest/v1/rpc/widget_configuration",
        headers={"apikey": run["anon_key"]},
        json={},
    )
    assert found.status_code == 200
    assert found.json()["office"]["is_open"] is True


def test_every_invariant_holds_after_the_visits(desk: Desk) -> None:
    with psycopg.connect(desk.db_url) as connection:
        assert_invariants(connection)
