"""Texts as vectors: one protocol, two ways (the packaged MiniLM, and an endpoint), or none at all.

Vectors of two models have nothing to say to each other: the name goes with every vector that is
stored or searched by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

# The column's size; an endpoint has to give as many numbers.
DIMENSIONS = 384

Vector = list[float]


class EmbeddingFailed(Exception):
    """A text got no vector; the message says why and holds nothing of the text."""


class Embedder(Protocol):
    """Gives unit vectors, so that the inner product of two is their cosine."""

    name: str
    dimensions: int
    # The languages that it understands; none named: all of them.
    languages: tuple[str, ...]

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector for each text, in order; raises EmbeddingFailed."""
        ...

    async def close(self) -> None:
        """Gives connections and threads back."""
        ...
