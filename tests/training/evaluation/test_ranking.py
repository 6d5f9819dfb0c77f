"""How well a score ranks what happened."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from training.evaluation.ranking import Ranking, bootstrap_weights


@pytest.mark.parametrize("n_values", [3, 1_000_000])
def test_average_precision_is_scikit_learn_s(n_values: int) -> None:
    """Counts have many ties, probabilities none; the count must not be punished for the order of equals."""
    chance = np.random.default_rng(1)
    scores = chance.integers(n_values, size=200).astype(np.float64)
    happened = chance.random(200) < 0.2

    found = Ranking.of(scores, happened).average_precision()

    assert found == pytest.approx(average_precision_score(happened, scores))


def test_who_is_drawn_twice_counts_twice() -> None:
    """An interval by resampling is that of the measure itself."""
    chance = np.random.default_rng(2)
    scores, happened = chance.integers(5, size=100).astype(np.float64), chance.random(100) < 0.3
    times = chance.integers(4, size=100)

    found = Ranking.of(scores, happened).average_precision(times)

    assert found == pytest.approx(average_precision_score(happened, scores, sample_weight=times))


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ([4.0, 3.0, 2.0, 1.0], 1.0),  # who happened comes first
        ([1.0, 2.0, 3.0, 4.0], 0.0),
        ([1.0, 1.0, 1.0, 1.0], 0.5),  # equals share the places
        ([2.0, 1.0, 2.0, 1.0], 0.5),
    ],
)
def test_of_equals_as_many_are_found_as_fit(scores: list[float], found: float) -> None:
    """Half of four is looked at, and to the first two it happened."""
    ranking = Ranking.of(np.asarray(scores), np.asarray([True, True, False, False]))

    assert ranking.found(0.5) == pytest.approx(found)
    assert ranking.lift(0.5) == pytest.approx(2 * found)


def test_where_it_happened_to_nobody_nothing_is_found() -> None:
    """A draw may hold none of a few."""
    ranking = Ranking.of(np.asarray([2.0, 1.0]), np.asarray([True, False]))

    nobody = np.asarray([0, 2])

    assert (ranking.average_precision(nobody), ranking.found(0.5, nobody)) == (0.0, 0.0)


def test_draws_are_the_same_every_time_and_of_as_many() -> None:
    """An interval does not change because it was looked at again."""
    first, again = (np.stack(list(bootstrap_weights(50, 20))) for _ in range(2))

    assert (first == again).all()
    assert set(first.sum(axis=1)) == {50}
    assert first.std() > 0
