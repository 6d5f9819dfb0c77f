"""What an error on a rare label costs."""

import numpy as np
import pytest

from training.learning.class_weights import label_weights


@pytest.mark.parametrize(
    ("power", "expected"),
    [(0.0, [1, 1, 1]), (0.5, [2**0.5, (2 / 3) ** 0.5, 1]), (1.0, [2, 2 / 3, 1])],
)
def test_a_label_weighs_by_how_rare_it_is_to_a_power(power: float, expected: list[float]) -> None:
    """Zero weighs tickets equally, one labels; a label that nobody has costs what an even one does."""
    assert label_weights(np.array([0, 1, 1, 1]), 3, power) == pytest.approx(expected)


def test_without_tickets_every_label_is_even() -> None:
    """A fold may hold no ticket with a label of one target; the weights must still be numbers."""
    assert label_weights(np.empty(0, dtype=np.int64), 2, 0.5).tolist() == [1.0, 1.0]
