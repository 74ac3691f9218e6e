"""The real Python client, sync and async, unchanged."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from postgrest.exceptions import APIError
from postgrest.types import CountMethod
from storage3.exceptions import StorageApiError
from supabase import (
    AsyncClient,
    AsyncClientOptions,
    Client,
    ClientOptions,
    acreate_client,
    create_client,
)
from supabase_auth.errors import AuthApiError

PASSWORD = "correct horse"


@pytest.fixture
def transport() -> Iterator[httpx.Client]:
    """The connections of the sync clients, closed at the end."""
    with httpx.Client(timeout=20) as client:
        yield client


@pytest.fixture
def service(door, transport) -> Client:
    """A client with the service key."""
    options = ClientOptions(httpx_client=transport, auto_refresh_token=False)
    return create_client(door.url, door.service_key, options)


@pytest.fixture
def visitor(door, transport) -> Client:
    """A client of an anonymous visitor."""
    options = ClientOptions(httpx_client=transport, auto_refresh_token=False)
    client = create_client(door.url, door.anon_key, options)
    client.auth.sign_in_anonymously()
    return client


def test_rows_are_written_and_read(visitor):
    made = visitor.table("notes").insert({"body": "a", "tags": ["x"]}).execute()
    assert made.data[0]["owner"] == visitor.auth.get_user().user.id
    rows = [{"body": "b,c", "rank": 1}, {"body": 'd"e', "rank": 2}]
    visitor.table("notes").insert(rows).execute()
    query = (
        visitor.table("notes").select("body").in_("body", ["b,c", 'd"e']).order("rank", desc=True)
    )
    assert [row["body"] for row in query.execute().data] == ['d"e', "b,c"]


def test_filters_combine(visitor):
    rows = [{"body": f"b{n}", "rank": n, "tags": [f"t,{n}"], "meta": {"n": n}} for n in range(4)]
    visitor.table("notes").insert(rows).execute()

    def ranks(query) -> list[int]:
        return [row["rank"] for row in query.order("rank").execute().data]

    def table():
        return visitor.table("notes").select("rank")

    assert ranks(table().contains("tags", ["t,2"])) == [2]
    assert ranks(table().contains("meta", {"n": 3})) == [3]
    assert ranks(table().or_("rank.eq.0,and(rank.gt.1,rank.lt.3)")) == [0, 2]
    assert ranks(table().not_.eq("rank", 1)) == [0, 2, 3]
    assert ranks(table().like_any_of("body", "b0,b3")) == [0, 3]
    assert ranks(table().is_("born_on", None).range(1, 2)) == [1, 2]
    assert ranks(table().eq("meta->>n", 2)) == [2]
    assert ranks(table().fts("words", "b1")) == [1]
    assert ranks(table().overlaps("tags", ["t,0", "t,1"])) == [0, 1]
    assert ranks(table().match({"rank": 1, "is_open": True})) == [1]


def test_counts_are_told(visitor):
    visitor.table("notes").insert([{"body": "1"}, {"body": "2"}]).execute()
    seen = visitor.table("notes").select("*", count=CountMethod.exact).limit(1).execute()
    assert (len(seen.data), seen.count) == (1, 2)
    head = visitor.table("notes").select("*", count=CountMethod.exact, head=True).execute()
    assert head.count == 2


def test_single_and_maybe_single(service):
    assert service.table("books").select("*").maybe_single().execute() is None
    with pytest.raises(APIError) as refused:
        service.table("books").select("*").single().execute()
    assert refused.value.code == "PGRST116"
    service.table("books").insert({"isbn": "1", "title": "t"}).execute()
    assert service.table("books").select("title").single().execute().data == {"title": "t"}


def test_upsert_update_and_delete(service):
    books = service.table("books")
    books.upsert([{"isbn": "1", "title": "a"}, {"isbn": "2", "title": "b"}]).execute()
    books.upsert({"isbn": "9", "title": "a"}, on_conflict="title").execute()
    books.upsert({"isbn": "2", "title": "x"}, ignore_duplicates=True).execute()
    assert books.update({"pages": 3}).eq("isbn", "9").execute().data[0]["title"] == "a"
    gone = books.delete(count=CountMethod.exact).gte("isbn", "2").execute()
    assert (gone.count, sorted(row["title"] for row in gone.data)) == (2, ["a", "b"])


def test_missing_keys_take_their_defaults(service):
    rows = [{"isbn": "1", "title": "a", "shelf": "x"}, {"isbn": "2", "title": "b"}]
    made = service.table("books").insert(rows, default_to_null=False).execute()
    assert [row["shelf"] for row in made.data] == ["x", "new"]


def test_max_affected_is_kept(service):
    service.table("books").insert(
        [{"isbn": "1", "title": "a"}, {"isbn": "2", "title": "b"}]
    ).execute()
    with pytest.raises(APIError) as refused:
        service.table("books").delete().gt("isbn", "0").max_affected(1).execute()
    assert refused.value.code == "PGRST124"


def test_functions_are_called(visitor):
    assert visitor.rpc("add", {"a": 1, "b": 2}).execute().data == 3
    assert visitor.rpc("array_sum", {"p_numbers": [1, 2]}, get=True).execute().data == 3
    rows = visitor.rpc("table_of", {"p_count": 3}).gt("n", 1).order("n", desc=True).execute()
    assert [row["square"] for row in rows.data] == [9, 4]
    assert visitor.rpc("one_book", {"p_isbn": "x"}).single().execute().data["isbn"] is None


def test_an_error_keeps_its_parts(visitor):
    with pytest.raises(APIError) as refused:
        visitor.rpc("raise_code", {"p_code": "PT409"}).execute()
    error = refused.value
    assert (error.code, error.message, error.details, error.hint) == (
        "PT409",
        "it failed",
        "a detail",
        "a hint",
    )


def test_accounts_and_sessions(door, transport, visitor):
    options = ClientOptions(httpx_client=transport, auto_refresh_token=False)
    client = create_client(door.url, door.anon_key, options)
    address = f"{uuid.uuid4()}@example.com"
    made = client.auth.sign_up({"email": address, "password": PASSWORD})
    assert made.session is not None
    client.auth.update_user({"data": {"name": "Ann"}})
    client.auth.sign_out()
    with pytest.raises(AuthApiError) as refused:
        client.auth.sign_in_with_password({"email": address, "password": "wrong horse"})
    assert refused.value.code == "invalid_credentials"
    client.auth.sign_in_with_password({"email": address, "password": PASSWORD})
    before = client.auth.get_session().refresh_token
    assert client.auth.refresh_session().session.refresh_token != before
    assert client.auth.get_user().user.user_metadata["name"] == "Ann"
    assert client.auth.get_claims()["claims"]["email"] == address


def test_users_are_administered(service):
    address = f"{uuid.uuid4()}@example.com"
    body = {"email": address, "password": PASSWORD, "email_confirm": True}
    user = service.auth.admin.create_user(body).user
    assert service.auth.admin.get_user_by_id(user.id).user.email == address
    changed = service.auth.admin.update_user_by_id(user.id, {"app_metadata": {"a": 1}})
    assert changed.user.app_metadata["a"] == 1
    assert address in [one.email for one in service.auth.admin.list_users(per_page=1000)]
    service.auth.admin.delete_user(user.id)
    with pytest.raises(AuthApiError) as refused:
        service.auth.admin.get_user_by_id(user.id)
    assert refused.value.code == "user_not_found"


def test_files_are_stored(service, transport):
    name = uuid.uuid4().hex
    service.storage.create_bucket(name, options={"file_size_limit": 1000})
    assert service.storage.get_bucket(name).file_size_limit == 1000
    files = service.storage.from_(name)
    assert files.upload("a/b c.txt", b"hello", {"content-type": "text/plain"}).path == "a/b c.txt"
    assert files.download("a/b c.txt") == b"hello"
    assert (files.exists("a/b c.txt"), files.exists("none")) == (True, False)
    assert files.info("a/b c.txt")["size"] == 5
    assert files.update("a/b c.txt", b"new").full_path == f"{name}/a/b c.txt"
    assert [entry["name"] for entry in files.list("a")] == ["b c.txt"]
    assert files.list_v2({"with_delimiter": True}).folders[0].name == "a/"
    files.move("a/b c.txt", "m.txt")
    files.copy("m.txt", "c.txt")
    address = files.create_signed_url("c.txt", 60, {"download": True})["signedUrl"]
    assert transport.get(address).headers["content-disposition"] == "attachment;"
    assert [one["error"] is None for one in files.create_signed_urls(["c.txt", "x"], 60)] == [
        True,
        False,
    ]
    ticket = files.create_signed_upload_url("t.txt")
    assert files.upload_to_signed_url("t.txt", ticket["token"], b"t").path == "t.txt"
    with pytest.raises(StorageApiError) as refused:
        files.upload("large", b"x" * 1001)
    assert (refused.value.status, refused.value.code) == ("413", "Payload too large")
    assert len(files.remove(["m.txt", "c.txt"])) == 2
    service.storage.empty_bucket(name)
    service.storage.delete_bucket(name)
    with pytest.raises(StorageApiError) as missing:
        service.storage.get_bucket(name)
    assert missing.value.status == "404"


def test_a_public_address_is_open(service, transport):
    name = uuid.uuid4().hex
    service.storage.create_bucket(name, options={"public": True})
    service.storage.from_(name).upload("p.txt", b"open")
    assert transport.get(service.storage.from_(name).get_public_url("p.txt")).content == b"open"
    service.storage.empty_bucket(name)
    service.storage.delete_bucket(name)


@pytest.fixture
async def async_visitor(door) -> AsyncIterator[AsyncClient]:
    """An async client of an anonymous visitor."""
    async with httpx.AsyncClient(timeout=20) as transport:
        options = AsyncClientOptions(httpx_client=transport, auto_refresh_token=False)
        client = await acreate_client(door.url, door.anon_key, options)
        await client.auth.sign_in_anonymously()
        yield client
        await client.remove_all_channels()


async def test_the_async_client_reads_and_writes(async_visitor):
    await async_visitor.table("notes").insert({"body": "async"}).execute()
    seen = await async_visitor.table("notes").select("body").single().execute()
    assert seen.data == {"body": "async"}
    assert (await async_visitor.rpc("add", {"a": 2, "b": 2}).execute()).data == 4
    with pytest.raises(APIError) as refused:
        await async_visitor.table("notes").select("*, books(*)").execute()
    assert refused.value.code == "PGRST200"


async def test_the_async_client_keeps_its_session(async_visitor):
    before = await async_visitor.auth.get_session()
    after = (await async_visitor.auth.refresh_session()).session
    assert after.refresh_token != before.refresh_token
    assert (await async_visitor.auth.get_user()).user.id == before.user.id


async def test_the_async_client_stores_files(async_visitor):
    user = (await async_visitor.auth.get_user()).user.id
    files = async_visitor.storage.from_("folders")
    await files.upload(f"{user}/a.txt", b"mine", {"content-type": "text/plain"})
    assert await files.download(f"{user}/a.txt") == b"mine"
    assert len(await files.remove([f"{user}/a.txt"])) == 1
