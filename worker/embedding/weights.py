"""The numbers of a small BERT as its file of safetensors holds them, made ready for use.

The format: eight bytes of length, a JSON of that length which names each tensor's type, shape and
place, then the bytes (https://huggingface.co/docs/safetensors).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

LAYERS = 6
HEADS = 12
HEAD_SIZE = 32

Array = npt.NDArray[np.float32]
Tensors = dict[str, Array]


class BadWeights(Exception):
    """A file is not the one it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """x @ weight + bias."""

    weight: Array
    bias: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """Scale and shift after a layer's values have mean 0 and variance 1."""

    scale: Array
    shift: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One encoder layer; `attention` makes query, key and value in one product."""

    attention: Linear
    joined: Linear
    first_norm: Norm
    wide: Linear
    narrow: Linear
    second_norm: Norm


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A whole model; `places` already holds the type of the first sentence, the only one here."""

    words: Array
    places: Array
    norm: Norm
    layers: tuple[Layer, ...]


def read_weights(path: Path) -> Weights:
    """The model of a file whose content was checked; raises OSError when there is none."""
    tensors = _tensors(path.read_bytes())
    return Weights(
        words=tensors["embeddings.word_embeddings.weight"],
        places=tensors["embeddings.position_embeddings.weight"]
        + tensors["embeddings.token_type_embeddings.weight"][0],
        norm=_norm(tensors, "embeddings.LayerNorm"),
        layers=tuple(_layer(tensors, f"encoder.layer.{number}") for number in range(LAYERS)),
    )


def _tensors(content: bytes) -> Tensors:
    """The tensors of 32-bit numbers by name; the file's other one only numbers the places."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    start = 8 + size
    return {
        name: np.frombuffer(
            content,
            np.float32,
            count=math.prod(found["shape"]),
            offset=start + found["data_offsets"][0],
        ).reshape(found["shape"])
        for name, found in header.items()
        if found.get("dtype") == "F32"
    }


def _layer(tensors: Tensors, name: str) -> Layer:
    parts = [
        _linear(tensors, f"{name}.attention.self.{part}") for part in ("query", "key", "value")
    ]
    # The scale of the attention is folded into the query, so that no call has to apply it.
    parts[0] = Linear(weight=parts[0].weight / HEAD_SIZE**0.5, bias=parts[0].bias / HEAD_SIZE**0.5)
    return Layer(
        attention=Linear(
            weight=np.concatenate([part.weight for part in parts], axis=1, dtype=np.float32),
            bias=np.concatenate([part.bias for part in parts], dtype=np.float32),
        ),
        joined=_linear(tensors, f"{name}.attention.output.dense"),
        first_norm=_norm(tensors, f"{name}.attention.output.LayerNorm"),
        wide=_linear(tensors, f"{name}.intermediate.dense"),
        narrow=_linear(tensors, f"{name}.output.dense"),
        second_norm=_norm(tensors, f"{name}.output.LayerNorm"),
    )


def _linear(tensors: Tensors, name: str) -> Linear:
    weight = np.ascontiguousarray(tensors[f"{name}.weight"].T)
    return Linear(weight=weight, bias=tensors[f"{name}.bias"])


def _norm(tensors: Tensors, name: str) -> Norm:
    return Norm(scale=tensors[f"{name}.weight"], shift=tensors[f"{name}.bias"])
