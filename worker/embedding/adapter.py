"""A linear map over MiniLM's vectors, by which what customers ask for stands further apart.

MiniLM was made for texts of every kind; intents of one business often differ in a single word. The
map is fitted by bench/adapter.py to labelled questions of several businesses.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from worker.embedding import DIMENSIONS
from worker.embedding.weights import Array, BadWeights

ADAPTER = Path(__file__).parent / "adapter.npy"
NAME_LENGTH = 8


def read_adapter(path: Path = ADAPTER) -> Array:
    """The map, a row and a column for each dimension.

    Raises OSError where there is no file, BadWeights where it holds no such map.
    """
    try:
        found = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise BadWeights(f"{path.name} is no map of vectors") from error
    if found.shape != (DIMENSIONS, DIMENSIONS) or not np.isfinite(found).all():
        raise BadWeights(f"{path.name} is no map of {DIMENSIONS} dimensions")
    adapter: Array = found.astype(np.float32)
    return adapter


def adapted(vectors: Array, adapter: Array) -> Array:
    """Unit vectors, mapped, as unit vectors."""
    mapped = vectors @ adapter.T
    unit: Array = mapped / np.linalg.norm(mapped, axis=1, keepdims=True)
    return unit


def name_of(adapter: Array) -> str:
    """A name that changes with the map: vectors of two maps do not compare."""
    return hashlib.sha256(adapter.tobytes()).hexdigest()[:NAME_LENGTH]
