"""Embeddings of an OpenAI-compatible server.

Numbers are asked for as numbers: the library's own default is base64, which foreign servers do not
know. Servers that refuse `dimensions` are asked without it; what they give has to fit all the same.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Sequence
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI

from worker.embedding import DIMENSIONS, EmbeddingFailed, Vector

CONNECT_TIMEOUT_S = 1.0
# The longest a batch may take; a question's own deadline is much nearer.
TIMEOUT_S = 10.0
LONGEST_TEXT = 8_000
BATCH = 64
REFUSED = frozenset({400, 422})


class Endpoint:
    """One model behind one server."""

    dimensions = DIMENSIONS
    languages: tuple[str, ...] = ()

    def __init__(self, *, model: str, api_key: str, base_url: str) -> None:
        self.name = model
        self._client = AsyncOpenAI(
            # A local server needs no key, but the library insists on some text.
            api_key=api_key or "none",
            base_url=base_url or None,
            max_retries=0,
            timeout=httpx2.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        )
        # The library loads an endpoint when it is first named; a turn has no time for that.
        self._create = self._client.embeddings.with_raw_response.create
        self._asks_size = True

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector for each text; raises EmbeddingFailed for whatever a server does."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), BATCH):
            # An empty text is refused by most servers; a blank one means as little.
            batch = [text[:LONGEST_TEXT] or " " for text in texts[start : start + BATCH]]
            vectors += read_vectors(await self._ask(batch), len(batch))
        return vectors

    async def close(self) -> None:
        """Closes the connections to the server."""
        await self._client.close()

    async def _ask(self, texts: list[str]) -> bytes:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                try:
                    return await self._call(texts)
                except openai.APIStatusError as error:
                    if not (self._asks_size and error.status_code in REFUSED):
                        raise
                content = await self._call(texts, asks_size=False)
                self._asks_size = False
                return content
        except TimeoutError as error:
            raise EmbeddingFailed("no answer in time") from error
        except openai.APIStatusError as error:
            raise EmbeddingFailed(f"status {error.status_code}") from error
        except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
            raise EmbeddingFailed(type(error).__name__) from error

    async def _call(self, texts: list[str], *, asks_size: bool | None = None) -> bytes:
        wanted = self._asks_size if asks_size is None else asks_size
        response = await self._create(
            model=self.name,
            input=texts,
            encoding_format="float",
            dimensions=DIMENSIONS if wanted else openai.omit,
        )
        return response.content


def read_vectors(content: bytes, count: int) -> list[Vector]:
    """The unit vectors of an answer by their `index`; raises EmbeddingFailed for anything odd."""
    try:
        found = {item["index"]: item["embedding"] for item in json.loads(content)["data"]}
        rows = [found[number] for number in range(count)]
        return [_unit(row) for row in rows]
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise EmbeddingFailed("the answer is out of shape") from error


def _unit(row: Any) -> Vector:  # Any: whatever a server put there
    if not isinstance(row, list) or len(row) != DIMENSIONS:
        size = len(row) if isinstance(row, list) else 0
        raise EmbeddingFailed(f"the model gives {size} numbers, {DIMENSIONS} are needed")
    vector = [float(number) for number in row]
    length = math.sqrt(math.fsum(number * number for number in vector))
    if not 0 < length < math.inf:
        raise EmbeddingFailed("a vector has no direction")
    return [number / length for number in vector]
