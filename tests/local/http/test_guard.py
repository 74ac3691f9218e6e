"""Whatever goes wrong behind it, the guard answers: short, in JSON, and in time."""

from __future__ import annotations

import asyncio
from typing import NoReturn

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from local.gateway.guard import Guard


async def ask(app: ASGIApp, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(Guard(app, deadline=0.05), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.get(path)


async def hangs(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


async def breaks(scope: Scope, receive: Receive, send: Send) -> NoReturn:
    raise KeyError("a secret")


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/rest/v1/books", {"code", "message", "details", "hint"}),
        ("/auth/v1/user", {"code", "error_code", "msg"}),
        ("/storage/v1/bucket", {"statusCode", "error", "message", "code"}),
    ],
)
@pytest.mark.parametrize(("app", "status"), [(hangs, 504), (breaks, 500)])
async def test_a_failure_has_the_shape_of_its_area(app, status, path, keys):
    response = await ask(app, path)
    assert (response.status_code, set(response.json())) == (status, keys)
    assert "secret" not in response.text and "Traceback" not in response.text


async def test_a_file_may_take_its_time():
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.1)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    assert (await ask(slow, "/storage/v1/object/a/b")).text == "done"
