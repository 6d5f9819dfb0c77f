"""Trees as flat arrays, held to the library that learned them."""

import numpy as np
import pytest

from training.risk.trees import fit_chance, fit_mean, joined


def test_flat_trees_answer_as_the_library_does() -> None:
    """What is measured in training must be what is served."""
    chance = np.random.default_rng(4)
    rows = np.column_stack([chance.integers(0, 6, 1_500) / 5, chance.standard_normal((1_500, 3))])
    hit = (chance.random(1_500) < 1 / (1 + np.exp(-2 * rows[:, 0] - rows[:, 1]))).astype(np.float64)
    value = rows[:, 2] ** 2 + chance.standard_normal(1_500)
    classifier, regressor = fit_chance(rows, hit, seed=0), fit_mean(rows, value, seed=0)

    forest, parts, bases = joined([classifier, regressor])

    sums = forest.values[forest.leaves(rows)]
    found = [base + sums[:, first:end].sum(axis=1) for (first, end), base in zip(parts, bases, strict=True)]
    assert found[0] == pytest.approx(classifier.decision_function(rows), abs=1e-6)
    assert found[1] == pytest.approx(regressor.predict(rows), abs=1e-6)


def test_what_questions_added_sums_to_the_answer() -> None:
    """The library keeps no value of a node that is no leaf at the scale of its leaves; a plot elsewhere believed it."""
    chance = np.random.default_rng(5)
    rows = chance.standard_normal((800, 3))
    model = fit_mean(rows, rows[:, 0] + 0.1 * chance.standard_normal(800), seed=0)

    forest, _, _ = joined([model])
    shares = forest.shares(np.arange(3), 3)[forest.leaves(rows)].sum(axis=1)

    assert forest.values[forest.roots].sum() + shares.sum(axis=1) == pytest.approx(
        forest.values[forest.leaves(rows)].sum(axis=1), abs=1e-9
    )
    assert np.abs(shares[:, 0]).mean() > 10 * np.abs(shares[:, 1:]).mean()
    assert abs(forest.values[forest.roots].sum()) < 0.05


def test_nothing_learned_is_an_empty_forest() -> None:
    """A history may tell nothing at all."""
    forest, parts, bases = joined([])

    assert (forest.roots.size, parts, bases) == (0, [], [])
