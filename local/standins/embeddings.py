"""Embeddings of the scripted OpenAI stand-in: letters counted by threes, no model, and its faults.

`POST /_standin/embeddings` takes `{"mode": ...}`, `GET` gives the bodies of the requests so far.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

DEFAULT_SIZE = 384
LARGE_SIZE = 1024
MODES = ("normal", "no_dimensions", "large", "error", "hang", "malformed", "fewer", "zero")


class Embeddings:
    """The mode and what was asked."""

    def __init__(self) -> None:
        self.mode = "normal"
        self.requests: list[Mapping[str, Any]] = []


def vector_of(text: str, size: int) -> list[float]:
    """How often each run of three letters occurs, by a checksum; not of length 1 on purpose."""
    vector = [0.0] * size
    padded = f"  {text.casefold()} "
    for start in range(len(padded) - 2):
        vector[zlib.crc32(padded[start : start + 3].encode()) % size] += 1.0
    return vector


def build_routes() -> list[Route]:
    """The routes of one stand-in."""
    state = Embeddings()

    async def embed(request: Request) -> Response:
        body = await request.json()
        state.requests.append(body)
        if state.mode == "hang":
            while (await request.receive())["type"] != "http.disconnect":
                continue
        return answer(state.mode, body)

    async def script(request: Request) -> Response:
        if request.method == "POST":
            state.mode = str((await request.json()).get("mode"))
            state.requests.clear()
        return JSONResponse(state.requests, 200 if state.mode in MODES else 400)

    return [
        Route("/v1/embeddings", embed, methods=["POST"]),
        Route("/_standin/embeddings", script, methods=["GET", "POST"]),
    ]


def answer(mode: str, body: Mapping[str, Any]) -> Response:
    """What a server in this mode answers."""
    if mode == "error":
        return JSONResponse({"error": {"message": "scripted"}}, 503)
    if mode == "no_dimensions" and "dimensions" in body:
        return JSONResponse({"error": {"message": "unknown field: dimensions"}}, 400)
    if mode == "malformed":
        return JSONResponse({"data": "none"})
    size = LARGE_SIZE if mode == "large" else int(body.get("dimensions", DEFAULT_SIZE))
    rows: list[dict[str, Any]] = [
        {"object": "embedding", "index": number, "embedding": _value(mode)(text, size)}
        for number, text in enumerate(body["input"])
    ]
    # In any order: the index says which text a vector belongs to.
    rows = rows[::-1][1:] if mode == "fewer" else rows[::-1]
    return JSONResponse({"object": "list", "data": rows, "model": body.get("model")})


def _value(mode: str) -> Callable[[str, int], list[float]]:
    return (lambda _, size: [0.0] * size) if mode == "zero" else vector_of
