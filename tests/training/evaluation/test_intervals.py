"""Intervals, against the books' values and against what they promise."""

import numpy as np
import pytest

from training.evaluation.intervals import clopper_pearson, percentiles, resampled_counts


@pytest.mark.parametrize(
    ("n_right", "n", "low", "high"),
    [(90, 100, 0.8238, 0.9510), (0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (1, 1, 0.025, 1.0)],
)
def test_the_exact_interval_is_the_books(n_right: int, n: int, low: float, high: float) -> None:
    """0.90 in a hundred tickets may stand for anything from 0.82 to 0.95."""
    assert clopper_pearson(n_right, n) == pytest.approx((low, high), abs=1e-4)


def test_the_bootstrap_agrees_with_the_exact_interval_where_both_can_be_had() -> None:
    """A share of single tickets has both."""
    right = np.repeat([0, 1], [300, 700])

    counts = resampled_counts(right, 2)

    assert percentiles(counts[:, 1] / 1_000) == pytest.approx(clopper_pearson(700, 1_000), abs=0.004)
    assert (counts.sum(axis=1) == 1_000).all()


def test_tickets_that_belong_together_are_drawn_together() -> None:
    """Fifty tickets of one customer tell hardly more than one."""
    customers = np.repeat(np.arange(40), 50)
    right = np.repeat(np.random.default_rng(0).random(40) < 0.7, 50).astype(np.int64)

    alone, together = (resampled_counts(right, 2, groups)[:, 1] for groups in (None, customers))

    assert together.std() > 5 * alone.std()
    assert set((together % 50).tolist()) == {0}


def test_customers_of_any_number_will_do() -> None:
    """Groups keep the numbers of the whole history when some of its tickets have no label."""
    cells, groups = np.array([0, 1, 1]), np.array([7, 900, 7])

    assert resampled_counts(cells, 2, groups).shape == (1_000, 2)


def test_the_same_tickets_have_the_same_interval() -> None:
    """A report is compared with last week's."""
    cells = np.arange(60) % 3

    assert (resampled_counts(cells, 3) == resampled_counts(cells, 3)).all()
