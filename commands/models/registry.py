"""The registry that the commands of models work on, and a version's bundle wherever it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from models.registry import champion_version
from triage.settings import Settings

if TYPE_CHECKING:
    from models.mlflow_registry import MlflowRegistry

__all__ = ["find_bundle", "open_registry"]


def open_registry(settings: Settings) -> "MlflowRegistry":
    """Where runs and versions are kept."""
    from models.mlflow_registry import MlflowRegistry

    return MlflowRegistry(settings.mlflow, settings.mlflow_artifacts)


@contextmanager
def find_bundle(settings: Settings, ref: str) -> Iterator[tuple[str, Path]]:
    """A version's number and its bundle, to be read: the copy that serving reads, else the registry's.

    The first needs no MLflow, which takes seconds to load and may not be installed where a model only serves.

    Raises:
        NotFound: there is no such version, or its files are gone.
    """
    served = champion_version(settings.bundles) if ref == "champion" else ref
    if served and served.isalnum() and (settings.bundles / served).is_dir():
        yield served, settings.bundles / served
        return
    registry = open_registry(settings)
    found = registry.find(ref)
    with registry.bundle(found) as folder:
        yield found.version, folder
