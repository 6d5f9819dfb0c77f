"""Arrays of a bundle that do not fit one another."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.arrays import MEANING_FILES, TERM_FILES
from models.bundle import load_bundle, read_manifest
from tests.models.conftest import reseal, rewrite
from triage.errors import (
    BundleMalformed,
    BundleWrongAnswers,
)

ONE_AXIS = {"blends.npy", "idf.npy", "intercepts.npy", "hidden_bias.npy", "word_columns.npy"}
ARRAYS = [name for name in (*TERM_FILES, *MEANING_FILES) if name.endswith(".npy")]

FITTING = [(name, axis) for name in ARRAYS for axis in range({"output.npy": 3}.get(name, 1 if name in ONE_AXIS else 2))]


@pytest.mark.parametrize(("name", "axis"), FITTING)
def test_arrays_that_do_not_fit_together_are_refused(bundle: Path, name: str, axis: int) -> None:
    """A word list of another model gives answers, all of them wrong. One short, along every axis of every array."""
    array = np.load(bundle / name)
    np.save(bundle / name, array.take(range(array.shape[axis] - 1), axis=axis))
    reseal(bundle)

    with pytest.raises(BundleMalformed, match=r"In the bundle at .*\.npy"):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("name", ["blends.npy", "idf.npy", "intercepts.npy", "weights.npy"])
def test_arrays_that_do_not_fit_together_are_refused_in_a_model_of_terms_too(plain: Path, name: str) -> None:
    """By the file that is wrong."""
    np.save(plain / name, np.load(plain / name)[:-1])
    reseal(plain)

    with pytest.raises(BundleMalformed, match=name):
        load_bundle(plain, version="1")


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("change", [lambda a: a.astype(np.complex128), lambda a: a[None], lambda _: np.float64(1)])
def test_an_array_of_another_kind_is_refused_by_its_name(
    bundle: Path, name: str, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    """Numpy would broadcast or cast it into something that answers."""
    np.save(bundle / name, change(np.load(bundle / name)))
    reseal(bundle)

    with pytest.raises(BundleMalformed, match=f"{name} is .* is wanted"):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize(
    "change",
    [
        lambda blocks: (*blocks[:-1], blocks[-1] + 1),
        lambda blocks: blocks[:-1],
        lambda blocks: (*blocks[::-1],),
        lambda blocks: (blocks[0] + blocks[1], blocks[2], 0),
        lambda blocks: (blocks[0] + 1, blocks[1] - 1, blocks[2]),
        lambda blocks: (-1, blocks[0] + blocks[1] + 1, blocks[2]),
        lambda blocks: (0, blocks[0] + blocks[1], blocks[2]),
    ],
)
def test_blocks_that_do_not_fit_are_refused(bundle: Path, change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> None:
    """They say where a row is cut; cut elsewhere it has other lengths and every answer is another."""
    rewrite(bundle, blocks=change(read_manifest(bundle).blocks))

    with pytest.raises((BundleMalformed, BundleWrongAnswers)):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("at", [-1, 10**6])
def test_word_columns_out_of_range_are_refused(bundle: Path, at: int) -> None:
    """A negative one would take another word's place without a sound."""
    columns = np.load(bundle / "word_columns.npy")
    columns[0] = at
    np.save(bundle / "word_columns.npy", columns)
    reseal(bundle)

    with pytest.raises(BundleMalformed, match=r"word_columns\.npy names a term that there is not"):
        load_bundle(bundle, version="1")


def test_blends_of_other_labels_are_refused(bundle: Path) -> None:
    """The file is one flat array: only the labels say how it is cut."""
    heads = read_manifest(bundle).heads
    rewrite(bundle, heads=heads[::-1])

    with pytest.raises((BundleMalformed, BundleWrongAnswers)):
        load_bundle(bundle, version="1")
