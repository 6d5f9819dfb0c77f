"""The registry that the commands of models work on."""

from typing import TYPE_CHECKING

from triage.settings import Settings

if TYPE_CHECKING:
    from models.mlflow_registry import MlflowRegistry

__all__ = ["open_registry"]


def open_registry(settings: Settings) -> "MlflowRegistry":
    """Where runs and versions are kept."""
    from models.mlflow_registry import MlflowRegistry

    return MlflowRegistry(settings.mlflow, settings.mlflow_artifacts)
