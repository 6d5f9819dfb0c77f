"""Several members' answers to one question become one: their log-odds, weighted label by label, then a softmax."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Blend", "softmax"]


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities along the last axis, of the scores' shape; safe for scores of any size."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Blend:
    """How much a member's score for one label speaks for each label.

    A plain weighted average is the special case of diagonal matrices; what lies beside the diagonals corrects what the
    members confuse. The weights carry the calibration: the softmax of the blended scores is the confidence.

    Attributes:
        weights: float64 of shape (n_members, n_labels, n_labels), from a member's label to the blend's.
        bias: float64 of shape (n_labels,).
    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def scores(self, members: NDArray[np.float64]) -> NDArray[np.float64]:
        """Blended scores, float64 of shape (n, n_labels), of the members' (n_members, n, n_labels)."""
        return np.asarray((members @ self.weights).sum(axis=0) + self.bias)

    def confidences(self, members: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probabilities, float64 of shape (n, n_labels), of the members' (n_members, n, n_labels)."""
        return softmax(self.scores(members))
