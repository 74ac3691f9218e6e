"""Files at addresses that a platform named, from a server on a real socket."""

from __future__ import annotations

import pytest

from romashka.channels.downloads import download, is_public
from romashka.channels.errors import Rejected, SendError, Throttled, Unavailable
from tests.romashka.scripted_platform import scripted_platform

LIMIT = 1000


async def test_a_file_is_fetched_with_its_kind() -> None:
    async with scripted_platform() as platform:
        platform.will_answer(200, "bytes", content_type="image/JPEG; charset=x")
        found = await download(f"{platform.url}/a.jpg?sig=1", LIMIT, 5.0, private=True)
    assert (found.content, found.mime_type) == (b"bytes", "image/jpeg")
    line, headers, _ = platform.requests[0]
    assert line == "GET /a.jpg?sig=1 HTTP/1.1"
    assert headers["host"] == platform.url.removeprefix("http://")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (403, Rejected),
        (404, Rejected),
        (410, Rejected),
        (429, Throttled),
        (500, Unavailable),
        (503, Unavailable),
        (204, Unavailable),
    ],
)
async def test_the_status_says_whether_to_come_again(
    status: int, expected: type[SendError]
) -> None:
    async with scripted_platform() as platform:
        platform.will_answer(status, "")
        with pytest.raises(expected):
            await download(f"{platform.url}/a", LIMIT, 5.0, private=True)


async def test_a_file_that_says_it_is_too_large_is_not_read() -> None:
    async with scripted_platform() as platform:
        platform.answer = "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n"
        with pytest.raises(Rejected) as caught:
            await download(f"{platform.url}/a", LIMIT, 5.0, private=True)
    assert caught.value.code == "too_large"


async def test_a_file_that_grows_too_large_is_cut_off() -> None:
    async with scripted_platform() as platform:
        chunk = "64\r\n" + "x" * 100 + "\r\n"
        platform.answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunk * 12
        with pytest.raises(Rejected) as caught:
            await download(f"{platform.url}/a", LIMIT, 5.0, private=True)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("answer", [None, ""])
async def test_a_server_that_hangs_up_or_hangs_may_be_asked_later(answer: str | None) -> None:
    async with scripted_platform() as platform:
        platform.answer = answer
        with pytest.raises(Unavailable):
            await download(f"{platform.url}/a", LIMIT, 1.0, private=True)


async def test_a_redirect_is_followed() -> None:
    async with scripted_platform() as platform:
        platform.will_first_answer(302, "", location="/b")
        platform.will_answer(200, "there")
        found = await download(f"{platform.url}/a", LIMIT, 5.0, private=True)
    assert found.content == b"there"
    assert [line for line, _, _ in platform.requests] == ["GET /a HTTP/1.1", "GET /b HTTP/1.1"]


async def test_redirects_end() -> None:
    async with scripted_platform() as platform:
        platform.will_answer(302, "", location="/again")
        with pytest.raises(Rejected) as caught:
            await download(f"{platform.url}/a", LIMIT, 5.0, private=True)
    assert (caught.value.code, len(platform.requests)) == ("redirects", 4)


async def test_a_redirect_to_something_that_is_no_web_address_is_refused() -> None:
    async with scripted_platform() as platform:
        platform.will_answer(302, "", location="file:///etc/passwd")
        with pytest.raises(Rejected):
            await download(f"{platform.url}/a", LIMIT, 5.0, private=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "2130706433"]
)
async def test_addresses_of_our_own_network_are_refused_without_asking(host: str) -> None:
    async with scripted_platform() as platform:
        with pytest.raises(Rejected) as caught:
            await download(f"http://{host}:{platform.port}/a", LIMIT, 5.0)
    assert (caught.value.code, platform.requests) == ("private_address", [])


@pytest.mark.parametrize(
    "url", ["ftp://example.com/a", "/reel/1", "", "http://", "http://a:99999/"]
)
async def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Rejected):
        await download(url, LIMIT, 5.0)


async def test_a_host_that_does_not_exist_may_exist_later() -> None:
    with pytest.raises(Unavailable):
        await download("http://nobody.invalid/a", LIMIT, 5.0)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07::1", True),
        ("10.0.0.1", False),
        ("172.16.3.4", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::7f00:1", False),
        ("fec0::1", False),
        ("240.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:7f00:1::", False),
        ("2001::1", False),
    ],
)
def test_which_addresses_are_of_the_open_internet(address: str, public: bool) -> None:
    assert is_public(address) is public
