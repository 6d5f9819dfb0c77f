"""A registered version loaded for measuring: its model, its manifest, and the tickets that it has learned from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle import load_bundle, read_manifest
from models.manifest import Manifest
from models.mlflow_registry import MlflowRegistry, RegisteredVersion
from training.tracking import SEEN
from triage.model import TriageModel

__all__ = ["RegisteredModel", "load_registered"]


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A version, ready to be asked.

    Attributes:
        model: that answers; it knows its version.
        manifest: what its bundle says of itself.
        learned_from: the keys of the tickets it has learned from, see `training.histories.dataset.seen_keys`.
    """

    model: TriageModel
    manifest: Manifest
    learned_from: NDArray[np.uint64]


def load_registered(registry: MlflowRegistry, version: RegisteredVersion) -> RegisteredModel:
    """Verify and load a version's bundle.

    Raises:
        NotFound: the version's files are gone.
        ModelUnusable: its bundle cannot be used.
    """
    with registry.bundle(version) as folder:
        model, manifest = load_bundle(folder, version=version.version), read_manifest(folder)
    with registry.artifact(version, SEEN) as file:
        return RegisteredModel(model, manifest, np.asarray(np.load(file, allow_pickle=False), dtype=np.uint64))
