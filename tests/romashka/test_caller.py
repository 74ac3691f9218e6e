"""Calls to platforms: what may have gone out, the machine's own proxy, and whom TLS believes."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from romashka.channels.errors import Ambiguous, Unavailable
from romashka.channels.http import Caller
from tests.certificates import certify
from tests.romashka.scripted_platform import ScriptedPlatform, scripted_platform


@pytest.fixture
async def platform():
    async with scripted_platform() as platform:
        yield platform


@pytest.fixture
async def caller():
    caller = Caller(2.0, {"authorization": "Bearer x"})
    yield caller
    await caller.close()


async def test_a_platform_that_hangs_up_may_have_read_the_request(
    caller: Caller, platform: ScriptedPlatform
) -> None:
    with pytest.raises(Ambiguous):
        await caller.request("POST", platform.url, json={})
    assert platform.requests[0][1]["authorization"] == "bearer x"


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "ftp://127.0.0.1/", "nowhere"])
async def test_where_nobody_is_nothing_goes_out(caller: Caller, address: str) -> None:
    with pytest.raises(Unavailable):
        await caller.request("POST", address, json={})


async def test_a_proxy_of_the_machine_is_asked(
    caller: Caller, platform: ScriptedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", platform.url)
    platform.will_answer(200, {"by": "proxy"})
    answer = await caller.request("POST", "http://graph.invalid/1/messages", json={})
    assert answer.json() == {"by": "proxy"}


async def test_a_platform_is_known_by_its_certificate(
    caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certify(tmp_path / "both.pem"))
    async with scripted_platform(tls) as platform:
        platform.will_answer(200, {"id": "1"})
        url = platform.url.replace("http:", "https:")
        with pytest.raises(Unavailable):
            await caller.request("POST", url, json={})
        await caller.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
        assert (await caller.request("POST", url, json={})).json() == {"id": "1"}
