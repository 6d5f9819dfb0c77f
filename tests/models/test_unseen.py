"""The answers that thresholds rest on, in a bundle."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.bundle import read_manifest
from models.unseen import UNSEEN_FILE, read_unseen
from tests.models.conftest import reseal
from training.experiment import Experiment
from triage.errors import BundleAltered, BundleMalformed
from triage.thresholds import label_thresholds


def test_what_was_written_is_read(experiment: Experiment, bundle: Path) -> None:
    """Thresholds set anew must rest on the same evidence as the first ones did."""
    found = read_unseen(bundle, read_manifest(bundle))

    learned = experiment.fitted.unseen()
    assert found.keys() == learned.keys() == {"assignment_group", "ticket_type"}
    for target, unseen in found.items():
        for name in ("labels", "confidences", "is_right"):
            assert getattr(unseen, name).tolist() == getattr(learned[target], name).tolist()


def test_the_thresholds_of_the_bundle_follow_from_them(experiment: Experiment, bundle: Path) -> None:
    """Setting what is set already must change nothing."""
    manifest = read_manifest(bundle)
    unseen = read_unseen(bundle, manifest)

    for target, fitted in experiment.fitted.heads.items():
        again = label_thresholds(unseen[target.name], len(fitted.labels), target)
        assert again == fitted.thresholds.labels


def test_answers_that_were_changed_are_refused(bundle: Path) -> None:
    """Whoever lowers a threshold by changing the evidence must not get away with it."""
    raw = bytearray((bundle / UNSEEN_FILE).read_bytes())
    raw[len(raw) // 2] ^= 1
    (bundle / UNSEEN_FILE).write_bytes(raw)

    with pytest.raises(BundleAltered, match="was changed after"):
        read_unseen(bundle, read_manifest(bundle))


@pytest.mark.parametrize(
    "change",
    [
        {"0.labels": np.array([99])},
        {"0.labels": np.array([-1])},
        {"0.labels": np.array([0, 0])},
        {"0.labels": np.array([0.0])},
        {"0.confidences": np.array([1.5])},
        {"0.confidences": np.array([np.nan])},
        {"0.is_right": np.array([1])},
        {"0.is_right": None},
    ],
)
def test_answers_that_cannot_be_meant_are_refused(bundle: Path, change: dict[str, Any]) -> None:
    """The hash says who wrote it, not that it makes sense."""
    arrays = {"0.labels": np.array([0]), "0.confidences": np.array([0.5]), "0.is_right": np.array([True])}
    arrays |= {f"1.{name.partition('.')[2]}": part[:0] for name, part in arrays.items()}
    np.savez(bundle / UNSEEN_FILE, **{name: part for name, part in (arrays | change).items() if part is not None})
    reseal(bundle)

    with pytest.raises(BundleMalformed, match=r"unseen\.npz"):
        read_unseen(bundle, read_manifest(bundle))


def test_a_bundle_that_lacks_them_is_refused(bundle: Path) -> None:
    """In a sentence, and not with a traceback of zipfile's."""
    manifest = read_manifest(bundle)
    (bundle / UNSEEN_FILE).unlink()

    with pytest.raises(BundleAltered):
        read_unseen(bundle, manifest)
    (bundle / UNSEEN_FILE).write_bytes(b"not an archive")
    reseal(bundle)
    with pytest.raises(BundleMalformed, match="cannot be read"):
        read_unseen(bundle, replace(read_manifest(bundle)))
