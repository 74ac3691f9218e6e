"""The two fits behind worker/calibrators.json, by Newton's method: few weights, thousands of rows.

Numbers are as small as the fits are: a matrix has a row for each candidate or question and a column
for each feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
STEPS = 50
ENOUGH = 1e-7
# Prior precision of a weight: keeps what little data says from being believed too much.
ORDER_PRIOR = 1.0
WEIGHT_PRIOR = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A logistic regression: weights of the features as they come, and the bias."""

    weights: Matrix
    bias: float

    def probabilities(self, rows: Matrix) -> Matrix:
        """The probability of each row."""
        return sigmoid(rows @ self.weights + self.bias)


def fit_order(choices: Sequence[tuple[Matrix, int]], importance: Matrix) -> Matrix:
    """The weights by which the right candidate most often gets the largest share.

    Each choice is its candidates' features and the place of the right one (conditional logit).
    """
    weights = np.zeros(choices[0][0].shape[1])
    for _ in range(STEPS):
        slope, bend = -ORDER_PRIOR * weights, ORDER_PRIOR * np.eye(len(weights))
        for (rows, right), weight in zip(choices, importance, strict=True):
            shares = softmax(rows @ weights)
            mean = shares @ rows
            slope += weight * (rows[right] - mean)
            bend += weight * ((rows * shares[:, None]).T @ rows - np.outer(mean, mean))
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < ENOUGH:
            break
    return weights


def fit_line(rows: Matrix, right: Matrix, importance: Matrix) -> Line:
    """The logistic regression of `right` (1 or 0) on the features."""
    middle, scale = rows.mean(0), rows.std(0) + 1e-9
    known = np.hstack([(rows - middle) / scale, np.ones((len(rows), 1))])
    prior = np.diag([WEIGHT_PRIOR] * rows.shape[1] + [1e-6])
    weights = np.zeros(known.shape[1])
    for _ in range(STEPS):
        chance = sigmoid(known @ weights)
        slope = known.T @ (importance * (right - chance)) - prior @ weights
        bend = (known * (importance * chance * (1 - chance))[:, None]).T @ known + prior
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < ENOUGH:
            break
    scaled = weights[:-1] / scale
    return Line(weights=scaled, bias=float(weights[-1] - scaled @ middle))


def softmax(scores: Matrix) -> Matrix:
    """Shares that sum to one."""
    powers: Matrix = np.exp(scores - scores.max())
    shares: Matrix = powers / powers.sum()
    return shares


def sigmoid(values: Matrix) -> Matrix:
    """The logistic function."""
    result: Matrix = 1 / (1 + np.exp(-np.clip(values, -30, 30)))
    return result
