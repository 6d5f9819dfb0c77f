"""Boosted trees computed without the library that learned them."""

import numpy as np
import pytest

from triage.forest import Forest


def stumps() -> Forest:
    """Two trees: one asks whether the first column lies above 1, then about the second; the other says 5."""
    return Forest(
        features=np.asarray([0, 0, 1, 0, 0, 0], dtype=np.int32),
        thresholds=np.asarray([1.0, 0, 2.0, 0, 0, 0]),
        children=np.asarray([[1, 2], [1, 1], [3, 4], [3, 3], [4, 4], [5, 5]], dtype=np.int32),
        values=np.asarray([0.5, -1.0, 2.0, 1.0, 3.0, 5.0]),
        roots=np.asarray([0, 5], dtype=np.int32),
    )


def test_a_row_goes_right_only_above_the_threshold() -> None:
    """On the threshold itself the learner goes left; a ticket filed at the full hour would get another answer."""
    rows = np.asarray([[1.0, 9.0], [1.5, 2.0], [1.5, 2.1]])

    leaves = stumps().leaves(rows)

    assert leaves.tolist() == [[1, 5], [3, 5], [4, 5]]


def test_what_the_questions_added_and_the_root_are_the_leaf() -> None:
    """A reason that does not add up to the answer is a made-up one."""
    forest = stumps()

    shares = forest.shares(np.asarray([0, 1]), 2)

    assert shares[4].tolist() == [1.5, 1.0]
    assert shares[1].tolist() == [-1.5, 0.0]
    assert forest.values[0] + shares[4].sum() == forest.values[4]


def test_a_tree_that_leads_back_or_out_is_refused() -> None:
    """A bundle written on purpose would keep a process busy for ever, or read beyond its arrays."""
    forest = stumps()
    loop = forest.children.copy()
    loop[2] = [0, 4]
    out = forest.children.copy()
    out[2] = [3, 6]

    with pytest.raises(ValueError, match="leads back"):
        Forest(forest.features, forest.thresholds, loop, forest.values, forest.roots)
    with pytest.raises(ValueError, match="leads out"):
        Forest(forest.features, forest.thresholds, out, forest.values, forest.roots)


def test_no_trees_are_no_leaves() -> None:
    """A model whose history tells nothing holds none, and still has to load."""
    nothing = np.empty(0, dtype=np.int32)

    forest = Forest(nothing, np.empty(0), np.empty((0, 2), dtype=np.int32), np.empty(0), nothing)

    assert forest.leaves(np.zeros((3, 2))).shape == (3, 0)
