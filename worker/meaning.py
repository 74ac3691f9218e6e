"""The meaning of a question: its vector, and what the database finds by it.

Words alone have found something already when a turn is claimed. Whatever goes wrong here, or takes
too long, leaves that as it is.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from romashka.database import DatabaseError, acall
from romashka.settings import Settings
from worker.deadline import MODEL_NEEDS_S, Deadline
from worker.embedding import Embedder, EmbeddingFailed
from worker.embedding.choice import choose_embedder
from worker.faults import fault
from worker.guard.redaction import redacted
from worker.knowledge import read_passages
from worker.language import primary
from worker.shared import Shared
from worker.turn import Turn

# The model that words the answer needs the rest.
LONGEST_S = 0.6

log = structlog.get_logger(__name__)


class Meaning:
    """The embedder of one worker, as soon as there is one."""

    def __init__(
        self, shared: Shared, settings: Settings, embedder: Embedder | None = None
    ) -> None:
        self._shared = shared
        self._settings = settings
        self._complaint = ""
        self.embedder = embedder

    @property
    def name(self) -> str | None:
        """The embedder's name for the heartbeat; None while there is none."""
        return None if self.embedder is None else self.embedder.name

    async def look(self) -> None:
        """Takes an embedder on that was set up or fetched meanwhile; says so, or why not, once."""
        if self.embedder is not None:
            return
        try:
            # Reading the packaged model takes a second: not on the event loop.
            self.embedder = await asyncio.to_thread(choose_embedder, self._settings)
        except Exception as error:  # whatever a half-installed package does
            if self._complaint != (complaint := f"{type(error).__name__}: {error}"):
                self._complaint = complaint
                log.error("the embedding model cannot be used; words alone serve", **fault(error))
        if self.embedder is not None:
            log.info("articles are found by meaning too", embeddings=self.embedder.name)

    async def enrich(self, turn: Turn, deadline: Deadline, *, for_agents: bool = False) -> Turn:
        """The turn with what words and meaning find together; as it was, where that fails.

        What only agents may see is among it `for_agents` alone.
        """
        embedder, seconds = self.embedder, min(LONGEST_S, deadline.model_left() - MODEL_NEEDS_S)
        if embedder is None or seconds <= 0 or not self._understands(embedder, turn):
            return turn
        try:
            async with asyncio.timeout(seconds):
                return await self._searched(embedder, turn, for_agents)
        except (EmbeddingFailed, DatabaseError, TimeoutError) as error:
            log.warning("words alone were searched", job_id=turn.job_id, **fault(error))
            return turn

    async def close(self) -> None:
        """Gives back what the embedder holds."""
        if self.embedder is not None:
            await self.embedder.close()

    def _understands(self, embedder: Embedder, turn: Turn) -> bool:
        """A model of other languages would find something, but nothing that means the same."""
        if not turn.question.strip():
            return False
        return (
            not embedder.languages
            or turn.language is None
            or primary(turn.language) in embedder.languages
        )

    async def _searched(self, embedder: Embedder, turn: Turn, for_agents: bool) -> Turn:
        [vector] = await embedder.embed([redacted(turn.question)])
        rows = await acall(
            self._shared.pool,
            "private.knowledge_for",
            turn.question,
            str(vector),
            embedder.name,
            for_agents,
        )
        return replace(turn, knowledge=read_passages(rows))
