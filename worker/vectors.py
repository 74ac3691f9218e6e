"""Gives the pieces of articles their vectors in the background: new ones, and all of a new model."""

from __future__ import annotations

import asyncio

import structlog

from romashka.database import DatabaseError, acall, acall_all, to_json
from worker.embedding import Embedder, EmbeddingFailed
from worker.faults import fault
from worker.meaning import Meaning
from worker.shared import Shared

EVERY_S = 2.0
BATCH = 32
# A server that refuses is left alone for a while; the pieces' leases end meanwhile.
REST_S = 30.0

log = structlog.get_logger(__name__)


class VectorLoop:
    """Works while there are pieces without a vector, then looks every two seconds."""

    def __init__(self, shared: Shared, meaning: Meaning) -> None:
        self._shared = shared
        self._meaning = meaning
        self._failing = False

    async def run(self) -> None:
        """Until cancelled; one failed step never ends it."""
        while True:
            pause = EVERY_S
            try:
                await self._meaning.look()
                while await self.step():
                    continue
            except DatabaseError as error:
                await self._shared.outage.wait(error)
            except EmbeddingFailed as error:
                self._complain(error)
                pause = REST_S
            except Exception as error:
                log.error("a step of the vectors failed", **fault(error))
            await asyncio.sleep(pause)

    async def step(self) -> int:
        """Embeds the pieces of one claim and gives how many; raises EmbeddingFailed."""
        embedder = self._meaning.embedder
        if embedder is None:
            return 0
        rows = await acall_all(
            self._shared.pool,
            "private.claim_chunks",
            embedder.name,
            BATCH,
            list(embedder.languages),
        )
        if rows:
            chunks = {str(row["chunk_id"]): str(row["content"]) for row in rows}
            await self._store(embedder, chunks)
        return len(rows)

    async def _store(self, embedder: Embedder, chunks: dict[str, str]) -> None:
        vectors = await embedder.embed(list(chunks.values()))
        given = [
            {"chunk_id": chunk, "embedding": vector}
            for chunk, vector in zip(chunks, vectors, strict=True)
        ]
        stored = await acall(
            self._shared.pool, "private.store_embeddings", embedder.name, to_json(given)
        )
        self._failing = False
        log.info("vectors stored", embeddings=embedder.name, pieces=stored)

    def _complain(self, error: EmbeddingFailed) -> None:
        """Said once for as long as it fails; the text holds nothing of what was embedded."""
        if not self._failing:
            self._failing = True
            log.warning("articles get no vectors for now", reason=str(error))
