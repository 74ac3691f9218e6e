"""Buckets and files: limits, policies, signed addresses, and what is left on disk."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import psutil
import pytest

TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
def bucket(door) -> Iterator[Callable[..., str]]:
    """Makes buckets, and removes them with what they hold."""
    made: list[str] = []

    def make(**options: Any) -> str:
        body = {"name": uuid.uuid4().hex} | options
        assert door.call("POST", "/storage/v1/bucket", json=body).status_code == 200
        made.append(body["name"])
        return made[-1]

    yield make
    for name in made:
        door.call("POST", f"/storage/v1/bucket/{name}/empty", json={})
        door.call("DELETE", f"/storage/v1/bucket/{name}", json={})


def storage(door, method: str, path: str, **options: Any):
    return door.call(method, f"/storage/v1/{path}", **options)


def put(door, place: str, content: bytes = b"hello", **options: Any):
    options.setdefault("headers", TEXT)
    return storage(door, "POST", f"object/{place}", content=content, **options)


def refusal(response) -> tuple[str, str]:
    body = response.json()
    assert set(body) == {"statusCode", "error", "message", "code"}, body
    assert response.status_code == (500 if body["statusCode"] == "500" else 400)
    return body["statusCode"], body["code"]


def files_on_disk(door) -> int:
    return sum(path.is_file() for path in door.storage.rglob("*"))


def test_a_bucket_is_made_read_changed_and_removed(door):
    name = uuid.uuid4().hex
    body = {"name": name, "public": True, "file_size_limit": "2MB"}
    assert storage(door, "POST", "bucket", json=body).json() == {"name": name}
    seen = storage(door, "GET", f"bucket/{name}").json()
    assert (seen["public"], seen["file_size_limit"], seen["owner"]) == (True, 2_000_000, "")
    change = {"public": False, "file_size_limit": None, "allowed_mime_types": ["image/*"]}
    storage(door, "PUT", f"bucket/{name}", json=change)
    seen = storage(door, "GET", f"bucket/{name}").json()
    assert {key: seen[key] for key in change} == change
    assert storage(door, "DELETE", f"bucket/{name}", json={}).status_code == 200
    assert refusal(storage(door, "GET", f"bucket/{name}")) == ("404", "NoSuchBucket")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"name": "a/b"}, ("400", "InvalidBucketName")),
        ({"name": ""}, ("400", "InvalidBucketName")),
        ({"name": " a"}, ("400", "InvalidBucketName")),
        ({"name": "x" * 101}, ("400", "InvalidBucketName")),
        ({"name": "n", "file_size_limit": "much"}, ("400", "InvalidRequest")),
        ({"name": "n", "file_size_limit": "900GB"}, ("413", "EntityTooLarge")),
        ({"name": "n", "allowed_mime_types": ["text"]}, ("415", "InvalidMimeType")),
        ({"name": "folders"}, ("409", "ResourceAlreadyExists")),
    ],
)
def test_a_bucket_that_cannot_be_is_refused(door, body, wanted):
    assert refusal(storage(door, "POST", "bucket", json=body)) == wanted


def test_only_who_may_makes_buckets(door):
    token = door.visitor()["access_token"]
    body = {"name": uuid.uuid4().hex}
    response = storage(door, "POST", "bucket", key=door.anon_key, token=token, json=body)
    assert refusal(response) == ("403", "AccessDenied")


def test_a_bucket_with_files_is_not_removed(door, bucket):
    name = bucket()
    put(door, f"{name}/a.txt")
    response = storage(door, "DELETE", f"bucket/{name}", json={})
    assert refusal(response) == ("409", "ResourceNotEmpty")


def test_a_file_comes_back_as_it_went(door, bucket):
    content = bytes(range(256)) * 5000
    headers = {"Content-Type": "image/png", "Cache-Control": "max-age=60"}
    place = f"{bucket()}/a/b c.png"
    put(door, place, content, headers=headers)
    response = storage(door, "GET", f"object/{place}")
    assert response.content == content
    assert response.headers["content-type"] == "image/png"
    assert response.headers["cache-control"] == "max-age=60"


def test_a_form_is_taken_as_browsers_send_it(door, bucket):
    place = f"{bucket()}/f.bin"
    fields = {"cacheControl": "120", "metadata": json.dumps({"k": [1]})}
    response = storage(
        door, "POST", f"object/{place}", data=fields, files={"": ("f", b"body", "a/b")}
    )
    assert response.json()["Key"] == place
    info = storage(door, "GET", f"object/info/{place}").json()
    assert (info["size"], info["content_type"], info["metadata"]) == (4, "a/b", {"k": [1]})
    assert info["cache_control"] == "max-age=120"


def test_a_form_without_a_file_is_refused(door, bucket):
    path = f"object/{bucket()}/f"
    response = storage(door, "POST", path, files={"x": (None, "text")})
    assert refusal(response) == ("400", "InvalidRequest")
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert refusal(storage(door, "POST", path, content=b"--y", headers=broken))[0] == "400"


def test_a_name_is_used_once_unless_replaced(door, bucket):
    place = f"{bucket()}/a.txt"
    put(door, place, b"1")
    assert refusal(put(door, place, b"2")) == ("409", "ResourceAlreadyExists")
    put(door, place, b"3", headers=TEXT | {"x-upsert": "true"})
    assert storage(door, "GET", f"object/{place}").content == b"3"
    storage(door, "PUT", f"object/{place}", content=b"4", headers=TEXT)
    assert storage(door, "GET", f"object/{place}").content == b"4"
    assert files_on_disk(door) == 1


def test_uploads_of_one_name_at_once_leave_one_file(door, bucket):
    place = f"{bucket()}/a"
    before = files_on_disk(door)
    with ThreadPoolExecutor(8) as pool:
        headers = TEXT | {"x-upsert": "true"}
        done = pool.map(lambda n: put(door, place, b"x" * n, headers=headers), range(1, 25))
        assert {response.status_code for response in done} == {200}
    assert files_on_disk(door) == before + 1


@pytest.mark.parametrize("name", ["a\\b", "é.txt", "%00", "a%25b", "x" * 1025])
def test_a_name_that_is_none_is_refused(door, bucket, name):
    assert refusal(put(door, f"{bucket()}/{name}"))[0] == "400"


def test_a_name_is_no_path_on_disk(door, bucket):
    name = bucket()
    for path in ("..%2f..%2fescape", "etc/passwd", "%2e%2e/%2e%2e/up"):
        assert put(door, f"{name}/{path}").status_code in (200, 400, 404)
    inside = door.storage.resolve()
    stored = [path for path in inside.parent.rglob("*") if path.is_file()]
    assert all(path.is_relative_to(inside) for path in stored if path != door.log)
    assert not [path for path in stored if "passwd" in str(path) or "escape" in str(path)]


def test_the_folder_is_closed_to_others(door):
    assert door.storage.stat().st_mode & 0o077 == 0


def test_a_file_over_the_limit_of_its_bucket_is_refused(door, bucket):
    name = bucket(file_size_limit=1000)
    assert put(door, f"{name}/fits", b"x" * 1000).status_code == 200
    assert refusal(put(door, f"{name}/a", b"x" * 1001)) == ("413", "EntityTooLarge")
    form = {"": ("f", b"x" * 1001, "text/plain")}
    assert refusal(storage(door, "POST", f"object/{name}/b", files=form))[0] == "413"
    assert files_on_disk(door) == 1


def test_a_file_of_unknown_length_is_cut_off_at_the_limit(door, bucket):
    name = bucket(file_size_limit=1000)

    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield b"x" * 1000

    assert refusal(put(door, f"{name}/a", endless()))[0] == "413"
    assert not list((door.storage / "incoming").iterdir())


def test_memory_does_not_grow_with_a_file(door, bucket):
    place = f"{bucket()}/large"
    process = psutil.Process(door.process.pid)

    def chunks() -> Iterator[bytes]:
        for _ in range(400):
            yield b"x" * 100_000

    before = process.memory_info().rss
    assert put(door, place, chunks()).status_code == 200
    assert len(storage(door, "GET", f"object/{place}").content) == 40_000_000
    assert process.memory_info().rss - before < 20_000_000


def test_a_type_the_bucket_does_not_take_is_refused(door, bucket):
    name = bucket(allowed_mime_types=["image/*", "text/plain"])
    assert put(door, f"{name}/a", headers={"Content-Type": "image/webp"}).status_code == 200
    assert put(door, f"{name}/b", headers={"Content-Type": "text/plain; x=1"}).status_code == 200
    response = put(door, f"{name}/c", headers={"Content-Type": "text/html"})
    assert refusal(response) == ("415", "InvalidMimeType")


def test_a_page_is_given_out_as_text(door, bucket):
    place = f"{bucket(public=True)}/p.html"
    put(door, place, b"<script>", headers={"Content-Type": "text/html"})
    response = storage(door, "GET", f"object/public/{place}", key="")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_part_of_a_file_can_be_had(door, bucket):
    place = f"{bucket()}/a"
    put(door, place, b"0123456789")
    response = storage(door, "GET", f"object/{place}", headers={"Range": "bytes=2-4"})
    assert (response.status_code, response.content) == (206, b"234")


def test_an_unchanged_file_is_not_sent_again(door, bucket):
    place = f"{bucket()}/a"
    put(door, place)
    etag = storage(door, "GET", f"object/{place}").headers["etag"]
    response = storage(door, "GET", f"object/{place}", headers={"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")


def test_head_tells_size_and_type(door, bucket):
    place = f"{bucket()}/a"
    put(door, place)
    response = storage(door, "HEAD", f"object/{place}")
    assert (response.headers["content-length"], response.content) == ("5", b"")


def test_a_download_can_be_given_a_name(door, bucket):
    place = f"{bucket()}/a"
    put(door, place)
    response = storage(door, "GET", f"object/{place}?download=b%0D%0Ac.txt")
    assert "filename=b%0D%0Ac.txt" in response.headers["content-disposition"]


@pytest.mark.parametrize("path", ["object", "object/authenticated", "object/info"])
def test_a_private_file_is_not_there_for_strangers(door, bucket, path):
    place = f"{bucket()}/a"
    put(door, place)
    response = storage(door, "GET", f"{path}/{place}", key=door.anon_key)
    assert refusal(response) == ("404", "NoSuchKey")
    assert refusal(storage(door, "GET", f"{path}/{place}", key="")) == ("404", "NoSuchBucket")
    assert refusal(storage(door, "GET", f"object/public/{place}", key=""))[0] == "404"


def test_a_public_file_is_there_for_everybody(door, bucket):
    place = f"{bucket(public=True)}/a"
    put(door, place)
    for path in ("object/public", "object"):
        assert storage(door, "GET", f"{path}/{place}", key="").content == b"hello"
    assert storage(door, "GET", f"object/info/public/{place}", key="").json()["size"] == 5


def test_a_request_without_a_token_is_refused(door, bucket):
    assert refusal(put(door, f"{bucket()}/a", key="")) == ("403", "AccessDenied")
    assert refusal(storage(door, "GET", "bucket", key="")) == ("403", "AccessDenied")


def test_an_expired_token_is_refused(door, bucket):
    token = jwt.encode({"role": "service_role", "exp": 1}, door.jwt_secret)
    response = put(door, f"{bucket()}/a", token=token)
    assert response.json()["message"] == '"exp" claim timestamp check failed'


def folder(door) -> tuple[dict[str, Any], str]:
    session = door.visitor()
    call = {"key": door.anon_key, "token": session["access_token"]}
    return call, f"folders/{session['user']['id']}"


def test_a_user_has_a_folder_and_no_other(door):
    mine, my_folder = folder(door)
    other, _ = folder(door)
    assert put(door, f"{my_folder}/a.txt", **mine).status_code == 200
    assert refusal(put(door, f"{my_folder}/b.txt", **other)) == ("403", "AccessDenied")
    assert storage(door, "GET", f"object/{my_folder}/a.txt", **mine).content == b"hello"
    assert refusal(storage(door, "GET", f"object/{my_folder}/a.txt", **other))[0] == "404"
    listed = storage(door, "POST", "object/list/folders", json={"prefix": ""}, **other)
    assert listed.json() == []
    body = {"prefixes": [f"{my_folder.split('/')[1]}/a.txt"]}
    assert storage(door, "DELETE", "object/folders", json=body, **other).json() == []
    assert len(storage(door, "DELETE", "object/folders", json=body, **mine).json()) == 1


def test_an_owner_is_kept(door):
    mine, my_folder = folder(door)
    put(door, f"{my_folder}/a.txt", **mine)
    owner = my_folder.split("/")[1]
    kept = door.sql("select owner::text, owner_id from storage.objects where owner_id = %s", owner)
    assert kept == [(owner, owner)]


def test_who_may_only_insert_cannot_replace(door):
    call = {"key": door.anon_key}
    place = f"dropbox/{uuid.uuid4()}"
    assert put(door, place, **call).status_code == 200
    response = put(door, place, b"other", headers=TEXT | {"x-upsert": "true"}, **call)
    assert refusal(response) == ("403", "AccessDenied")
    assert storage(door, "GET", f"object/{place}").content == b"hello"


def test_a_refused_upload_reads_no_byte_and_leaves_none(door, bucket):
    before = files_on_disk(door)
    response = put(door, f"{bucket()}/a", b"x" * 1_000_000, key=door.anon_key)
    assert refusal(response) == ("403", "AccessDenied")
    assert files_on_disk(door) == before


def test_names_are_listed_as_folders_and_files(door, bucket):
    name = bucket()
    for path in ("b.txt", "a/1.txt", "a/2.txt", "a/deep/3.txt", "c_1.txt"):
        put(door, f"{name}/{path}")

    def listed(**body: Any) -> list[tuple[str, bool]]:
        response = storage(door, "POST", f"object/list/{name}", json={"prefix": ""} | body)
        return [(entry["name"], entry["id"] is not None) for entry in response.json()]

    assert listed() == [("a", False), ("b.txt", True), ("c_1.txt", True)]
    assert listed(prefix="a") == [("1.txt", True), ("2.txt", True), ("deep", False)]
    assert listed(limit=1, offset=1) == [("b.txt", True)]
    assert listed(sortBy={"column": "name", "order": "desc"})[0] == ("c_1.txt", True)
    assert listed(search="B") == [("b.txt", True)]
    assert listed(search="_") == []


def test_pages_of_names_follow_a_cursor(door, bucket):
    name = bucket()
    for number in range(5):
        put(door, f"{name}/f{number}")
    first = storage(door, "POST", f"object/list-v2/{name}", json={"limit": 3}).json()
    assert ([entry["name"] for entry in first["objects"]], first["hasNext"]) == (
        ["f0", "f1", "f2"],
        True,
    )
    body = {"limit": 3, "cursor": first["nextCursor"]}
    second = storage(door, "POST", f"object/list-v2/{name}", json=body).json()
    assert ([entry["name"] for entry in second["objects"]], second["hasNext"]) == (
        ["f3", "f4"],
        False,
    )


def test_a_file_is_moved(door, bucket):
    name = bucket()
    put(door, f"{name}/a")
    body = {"bucketId": name, "sourceKey": "a", "destinationKey": "b/c"}
    assert storage(door, "POST", "object/move", json=body).json()["Key"] == f"{name}/b/c"
    assert storage(door, "GET", f"object/{name}/b/c").content == b"hello"
    assert refusal(storage(door, "POST", "object/move", json=body)) == ("404", "NoSuchKey")


def test_a_file_is_copied(door, bucket):
    name, other = bucket(), bucket()
    put(door, f"{name}/a")
    body = {"bucketId": name, "sourceKey": "a", "destinationKey": "b", "destinationBucket": other}
    assert storage(door, "POST", "object/copy", json=body).json()["Key"] == f"{other}/b"
    storage(door, "DELETE", f"object/{name}/a")
    assert storage(door, "GET", f"object/{other}/b").content == b"hello"


def test_a_removed_file_leaves_nothing(door, bucket):
    name = bucket()
    before = files_on_disk(door)
    put(door, f"{name}/a")
    put(door, f"{name}/b")
    gone = storage(door, "DELETE", f"object/{name}", json={"prefixes": ["a", "none"]}).json()
    assert [entry["name"] for entry in gone] == ["a"]
    assert storage(door, "DELETE", f"object/{name}/b").json() == {"message": "Successfully deleted"}
    assert refusal(storage(door, "DELETE", f"object/{name}/b")) == ("404", "NoSuchKey")
    assert files_on_disk(door) == before


def sign(door, place: str, expires: object = 60):
    return storage(door, "POST", f"object/sign/{place}", json={"expiresIn": expires})


def test_a_signed_address_needs_no_key(door, bucket):
    place = f"{bucket()}/a"
    put(door, place)
    address = sign(door, place, "60").json()["signedURL"]
    response = storage(door, "GET", address.lstrip("/"), key="")
    assert response.content == b"hello"
    assert "expires" in response.headers


def test_a_signed_address_is_for_one_file_and_one_purpose(door, bucket):
    name = bucket()
    put(door, f"{name}/a")
    put(door, f"{name}/b")
    token = sign(door, f"{name}/a").json()["signedURL"].split("token=")[1]
    other = storage(door, "GET", f"object/sign/{name}/b?token={token}", key="")
    assert refusal(other) == ("400", "InvalidSignature")
    upload = storage(door, "PUT", f"object/upload/sign/{name}/a?token={token}", key="")
    assert refusal(upload) == ("400", "InvalidSignature")
    assert door.rpc("whoami", token=token).status_code == 401


def test_a_signed_address_ends(door, bucket):
    place = f"{bucket()}/a"
    put(door, place)
    address = sign(door, place, 1).json()["signedURL"].lstrip("/")
    deadline = time.monotonic() + 5
    while (response := storage(door, "GET", address, key="")).status_code == 200:
        assert time.monotonic() < deadline
    assert refusal(response) == ("400", "InvalidJWT")


@pytest.mark.parametrize("expires", [0, -1, "soon", None, True, 1.5])
def test_a_time_that_is_none_is_refused(door, bucket, expires):
    assert refusal(sign(door, f"{bucket()}/a", expires))[0] == "400"


def test_what_one_may_not_see_is_not_signed(door, bucket):
    place = f"{bucket()}/a"
    put(door, place)
    body = {"expiresIn": 60}
    response = storage(door, "POST", f"object/sign/{place}", json=body, key=door.anon_key)
    assert refusal(response) == ("404", "NoSuchKey")


def test_many_addresses_are_signed_at_once(door, bucket):
    name = bucket()
    put(door, f"{name}/a")
    body = {"expiresIn": 60, "paths": ["a", "none"]}
    signed = storage(door, "POST", f"object/sign/{name}", json=body).json()
    assert [entry["error"] is None for entry in signed] == [True, False]
    assert [entry["path"] for entry in signed] == ["a", "none"]


def test_a_ticket_allows_one_upload_without_a_key(door, bucket):
    place = f"{bucket()}/a"
    ticket = storage(door, "POST", f"object/upload/sign/{place}").json()
    path = ticket["url"].lstrip("/")
    assert storage(door, "PUT", path, key="", content=b"up", headers=TEXT).json() == {"Key": place}
    again = storage(door, "PUT", path, key="", content=b"up", headers=TEXT)
    assert refusal(again) == ("409", "ResourceAlreadyExists")


def test_a_ticket_is_not_given_to_who_may_not_upload(door, bucket):
    response = storage(door, "POST", f"object/upload/sign/{bucket()}/a", key=door.anon_key)
    assert refusal(response) == ("403", "AccessDenied")


@pytest.mark.parametrize("path", ["render/image/public/b/a", "upload/resumable", "s3/b", "iceberg"])
def test_what_is_not_served_says_so(door, path):
    response = storage(door, "GET", path)
    assert "not served by the embedded gateway" in response.json()["message"]


def test_a_row_whose_bytes_are_gone_is_told_as_missing(door, bucket):
    name = bucket()
    put(door, f"{name}/a")
    for path in door.storage.rglob("*"):
        if path.is_file():
            path.unlink()
    assert refusal(storage(door, "GET", f"object/{name}/a")) == ("404", "NoSuchKey")
