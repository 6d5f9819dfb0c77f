"""Training the champion again on what is known by now: as it was configured, for the targets that it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from models.bundle import read_manifest
from models.manifest import Manifest
from models.mlflow_registry import MlflowRegistry, RegisteredVersion
from models.policies import TargetPolicy, asked_targets, read_policies
from training.configs.parameters import TrainingParameters, parameters_kept
from training.histories.stored import StoredHistory
from training.promotion import current_champion
from triage.errors import NoModel, UnusableTraining

__all__ = ["FEWEST_NEW", "Retraining", "require_news", "retraining_of"]

FEWEST_NEW = 50
"""Labels that people gave since the champion was learned. With fewer, what changes is chance, and each attempt is one
more chance for a worse model to pass the gate."""


@dataclass(frozen=True, slots=True)
class Retraining:
    """How the champion is to be learned again.

    Attributes:
        champion: the version that serves.
        manifest: what it says of itself.
        parameters: as it was configured, with what the desk has set for its targets since.
        targets: that it answers.
        clean: whether its history was cleaned.
    """

    champion: RegisteredVersion
    manifest: Manifest
    parameters: TrainingParameters
    targets: tuple[str, ...]
    clean: bool


def retraining_of(registry: MlflowRegistry, bundles: Path) -> Retraining:
    """How to learn the champion again.

    Raises:
        NoModel: there is none.
        ModelUnusable: its bundle cannot be read, or what was set for it does not fit it.
    """
    champion = current_champion(registry, bundles)
    if champion is None:
        raise NoModel("There is no champion to train again: `triage models train --from-store` learns a first model.")
    with registry.bundle(champion) as folder:
        manifest = read_manifest(folder)
    return Retraining(
        champion,
        manifest,
        _parameters(manifest, read_policies(bundles, champion.version)),
        tuple(manifest.metrics),
        bool(manifest.parameters.get("clean", False)),
    )


def require_news(history: StoredHistory, asked: Retraining) -> int:
    """How many labels people have given since the champion was learned.

    Raises:
        UnusableTraining: too few to learn anything new.
    """
    n = history.n_new(asked.manifest.trained_at, asked.targets)
    if n < FEWEST_NEW:
        raise UnusableTraining(
            f"People have given {n:,} labels since model {asked.champion.version} was learned, and {FEWEST_NEW} are "
            "the least that is worth a training; --force trains anyway."
        )
    return n


def _parameters(manifest: Manifest, policies: Mapping[str, TargetPolicy]) -> TrainingParameters:
    """The configuration, with modes, precisions and costs as they hold today: else a promotion would undo them."""
    kept = parameters_kept(manifest.parameters)
    return replace(kept, targets={**kept.targets, **asked_targets(manifest, policies)})
