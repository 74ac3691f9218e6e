"""The forward pass of a small BERT in numpy: token ids in, one unit vector for each text out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from worker.embedding.weights import HEAD_SIZE, HEADS, Array, Layer, Linear, Norm, Weights

EPSILON = np.float32(1e-12)
# What stands at a place that a shorter text does not have: exp() of it is 0.
NOWHERE = np.float32(-1e9)
Ids = npt.NDArray[np.int64]


def encode(weights: Weights, ids: Ids, mask: Array) -> Array:
    """Unit vectors of texts as rows of token ids; `mask` is 1 where a text has a token, else 0."""
    hidden = _normed(weights.norm, weights.words[ids] + weights.places[: ids.shape[1]])
    bias = (1 - mask[:, None, None, :]) * NOWHERE
    for layer in weights.layers:
        hidden = _through(layer, hidden, bias)
    mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    unit: Array = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return unit


def _through(layer: Layer, hidden: Array, bias: Array) -> Array:
    attended = _linear(layer.joined, _attention(layer.attention, hidden, bias))
    hidden = _normed(layer.first_norm, hidden + attended)
    wide = _gelu(_linear(layer.wide, hidden))
    return _normed(layer.second_norm, hidden + _linear(layer.narrow, wide))


def _attention(linear: Linear, hidden: Array, bias: Array) -> Array:
    """What every token takes from the others; the query is scaled already."""
    texts, length, size = hidden.shape
    parts = _linear(linear, hidden).reshape(texts, length, 3, HEADS, HEAD_SIZE)
    query, key, value = parts.transpose(2, 0, 3, 1, 4)
    scores = query @ key.transpose(0, 1, 3, 2) + bias
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    taken: Array = (shares @ value).transpose(0, 2, 1, 3).reshape(texts, length, size)
    return taken


def _linear(linear: Linear, values: Array) -> Array:
    result: Array = values @ linear.weight + linear.bias
    return result


def _normed(norm: Norm, values: Array) -> Array:
    centred = values - values.mean(-1, keepdims=True)
    spread = np.sqrt(np.square(centred).mean(-1, keepdims=True) + EPSILON)
    result: Array = centred / spread * norm.scale + norm.shift
    return result


def _gelu(values: Array) -> Array:
    result: Array = np.float32(0.5) * values * (1 + erf(values * np.float32(0.5**0.5)))
    return result


def erf(values: Array) -> Array:
    """The error function to within 2e-7: Abramowitz and Stegun, 7.1.26; numpy has none."""
    size = np.abs(values)
    slope = np.reciprocal(1 + np.float32(0.3275911) * size)
    powers = slope * np.float32(1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        powers += np.float32(factor)
        powers *= slope
    result: Array = np.copysign(1 - powers * np.exp(-size * size), values)
    return result
