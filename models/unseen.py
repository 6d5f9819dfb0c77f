"""The answers to unseen tickets that a model's thresholds rest on, as a file of its bundle.

They let thresholds be set anew without learning anew. There is no text and nobody's name in them: for each answer the
label's place, how sure it was, and whether it was right.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from models.manifest import Manifest
from triage.errors import BundleAltered, BundleMalformed
from triage.thresholds import UnseenAnswers

__all__ = ["UNSEEN_FILE", "read_unseen", "write_unseen"]

UNSEEN_FILE = "unseen.npz"

_DTYPES = {"labels": np.int64, "confidences": np.float64, "is_right": np.bool_}


def write_unseen(folder: Path, manifest: Manifest, unseen: Mapping[str, UnseenAnswers]) -> None:
    """Write the answers of every question of the manifest; a question without any gets an empty part."""
    nothing = UnseenAnswers(*(np.empty(0, dtype=dtype) for dtype in _DTYPES.values()))
    arrays = {
        f"{i}.{name}": getattr(unseen.get(head.target, nothing), name).astype(dtype)
        for i, head in enumerate(manifest.questions)
        for name, dtype in _DTYPES.items()
    }
    np.savez_compressed(folder / UNSEEN_FILE, allow_pickle=False, **arrays)


def read_unseen(folder: Path, manifest: Manifest) -> dict[str, UnseenAnswers]:
    """For each question of a bundle the answers to unseen tickets.

    Raises:
        BundleAltered: the file is not the one that was written.
        BundleMalformed: it does not hold what the manifest describes.
    """
    raw = (folder / UNSEEN_FILE).read_bytes() if (folder / UNSEEN_FILE).is_file() else b""
    if hashlib.sha256(raw).hexdigest() != manifest.files.get(UNSEEN_FILE):
        raise BundleAltered(f"{UNSEEN_FILE} of the bundle at {folder} was changed after it was written.")
    found = {}
    try:
        with np.load(folder / UNSEEN_FILE, allow_pickle=False) as arrays:
            for i, head in enumerate(manifest.questions):
                columns = [arrays[f"{i}.{name}"] for name in _DTYPES]
                found[head.target] = _checked(UnseenAnswers(*columns), len(head.labels))
    except (ValueError, KeyError, OSError) as error:
        raise BundleMalformed(f"{UNSEEN_FILE} of the bundle at {folder} cannot be read: {error}.") from error
    return found


def _checked(unseen: UnseenAnswers, n_labels: int) -> UnseenAnswers:
    for name, dtype in _DTYPES.items():
        column = getattr(unseen, name)
        if column.dtype != dtype or column.shape != unseen.labels.shape or column.ndim != 1:
            raise ValueError(f"{name} is {column.dtype} of shape {column.shape}")
    if unseen.labels.size and not (unseen.labels.min() >= 0 and unseen.labels.max() < n_labels):
        raise ValueError("an answer names a label that there is not")
    if not ((unseen.confidences >= 0) & (unseen.confidences <= 1)).all():
        raise ValueError("a confidence is not from 0 to 1")
    return unseen
