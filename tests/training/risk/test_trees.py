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


@pytest.mark.parametrize("seed", range(4))
def test_trees_that_asked_for_the_moment_answer_as_of_the_latest(seed: int) -> None:
    """What is served knows no moment, and has to be what training measured with the last one in its place."""
    chance = np.random.default_rng(seed)
    rows = np.column_stack([chance.standard_normal((2_000, 2)), np.arange(2_000.0)])
    odds = rows[:, 0] * np.where(rows[:, 2] < 1_200, -1.0, 2.0) - rows[:, 2] / 1_000
    model = fit_chance(rows, (chance.random(2_000) < 1 / (1 + np.exp(-odds))).astype(np.float64), seed=0)

    forest, parts, bases = joined([model], when=2)

    sums = bases[0] + forest.values[forest.leaves(rows[:, :2])][:, slice(*parts[0])].sum(axis=1)
    latest = np.column_stack([rows[:, :2], np.full(2_000, 5_000)])
    assert sums == pytest.approx(model.decision_function(latest), abs=1e-6)
    assert set(forest.features.tolist()) == {0, 1}
    assert forest.children.max() == forest.values.size - 1


def test_a_tree_that_asked_for_nothing_else_is_one_leaf() -> None:
    """A desk of which all that is known is that its rate falls."""
    rows = np.column_stack([np.zeros(400), np.arange(400.0)])
    model = fit_chance(rows, (np.arange(400) < 200).astype(np.float64), seed=0)

    forest, _, _ = joined([model], when=1)

    assert forest.values.size == forest.roots.size
