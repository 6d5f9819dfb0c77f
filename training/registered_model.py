"""A registered version loaded for measuring: its model, its manifest, and the tickets that it has learned from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle import load_bundle, read_manifest
from models.manifest import Manifest
from models.mlflow_registry import MlflowRegistry, RegisteredVersion
from models.policies import TargetPolicy, with_policies
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


def load_registered(
    registry: MlflowRegistry, version: RegisteredVersion, policies: Mapping[str, TargetPolicy] | None = None
) -> RegisteredModel:
    """Verify and load a version's bundle.

    Args:
        registry: where versions are kept.
        version: to be loaded.
        policies: what was set for it since; None for the model as it was trained.

    Raises:
        NotFound: the version's files are gone.
        ModelUnusable: its bundle cannot be used, or what was set does not fit it.
    """
    with registry.bundle(version) as folder:
        model, manifest = load_bundle(folder, version=version.version), read_manifest(folder)
    model = with_policies(model, policies or {})
    with registry.artifact(version, SEEN) as file:
        return RegisteredModel(model, manifest, np.asarray(np.load(file, allow_pickle=False), dtype=np.uint64))
