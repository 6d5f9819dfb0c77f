"""Several base models' answers to one question become one: their log-odds, weighted label by label, then a softmax.

People mislabel now and then, whatever a ticket says: a share of the labels tells nothing, and no answer is surer than
the rest allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Blend", "softmax", "with_noise"]


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities along the last axis, of the scores' shape; safe for scores of any size."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def with_noise(probabilities: NDArray[np.float64], noise: float) -> NDArray[np.float64]:
    """The probabilities where so large a share of labels is any one of them by chance; of the same shape."""
    return np.asarray((1 - noise) * probabilities + noise / probabilities.shape[-1])


@dataclass(frozen=True, slots=True)
class Blend:
    """How much each base model's score for a label counts.

    A plain weighted average has one weight for all labels of a base model. The weights carry the calibration: the
    softmax of the blended scores, mixed with noise, is the confidence.

    Attributes:
        weights: float64 of shape (n_base_models, n_labels).
        bias: float64 of shape (n_labels,).
        noise: the share of labels, 0 to 1, that are taken to be any one of them by chance.
    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    noise: float = 0.0

    def scores(self, base_scores: Sequence[NDArray[np.float64]] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Blended scores, float64 of shape (n, n_labels), of each base model's of that shape."""
        blended = self.bias
        for scores, weights in zip(base_scores, self.weights, strict=True):
            blended = blended + scores * weights
        return blended

    def confidences(self, base_scores: Sequence[NDArray[np.float64]] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probabilities, float64 of shape (n, n_labels), from each base model's scores of that shape."""
        return with_noise(softmax(self.scores(base_scores)), self.noise)
