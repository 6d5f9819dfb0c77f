"""The registry of versions, on MLflow: every trained model is a version of one registered model, with aliases.

`champion` serves, `challenger` is the newest trained. The serving process never comes here: it reads the folder that
`models.registry` keeps.
"""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sqlalchemy.exc import SQLAlchemyError

from models.bundle import read_manifest
from triage.errors import NotFound, StoreUnusable

__all__ = ["CHALLENGER", "CHAMPION", "MlflowRegistry", "RegisteredVersion"]

CHAMPION = "champion"
CHALLENGER = "challenger"
_NAME = "triage"
_MODEL = "model"
_BUNDLE = f"{_MODEL}/data/bundle"
_BUNDLE_ALONE = "bundle"
"""Where versions kept it before they were models in MLflow's form."""

_LOADER = "training.pyfunc"
"""The module that MLflow asks for the model; by name, so that nothing is pickled."""

_LIBRARIES = ("mlflow", "numpy", "pandas")
_HASH = "bundle_hash"


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """One trained model.

    Attributes:
        version: its number.
        created_at: when it was registered, UTC.
        run_id: the run that made it.
        aliases: what points to it.
        bundle_hash: `Manifest.bundle_hash` of its bundle; None where it was registered without one.
    """

    version: str
    created_at: datetime
    run_id: str
    aliases: tuple[str, ...]
    bundle_hash: str | None


class MlflowRegistry:
    """Versions and runs of one installation.

    Args:
        uri: an MLflow tracking server, or a database URL.
        artifacts: where a local store keeps its files; None lets the server decide.

    Raises:
        StoreUnusable: nothing that keeps runs answers there.
    """

    def __init__(self, uri: str, artifacts: Path | None) -> None:
        if artifacts is not None:
            artifacts.mkdir(parents=True, exist_ok=True)
        self._artifacts = artifacts
        try:
            self.client = MlflowClient(tracking_uri=uri, registry_uri=uri)
            self.client.search_registered_models(max_results=1)
        except (MlflowException, SQLAlchemyError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise StoreUnusable(f"The MLflow store of runs and versions cannot be used: {reason}") from error

    def experiment(self) -> str:
        """The id of the experiment that holds all runs, made on first use."""
        location = self._artifacts.resolve().as_uri() if self._artifacts else None
        found = self.client.get_experiment_by_name(_NAME)
        if found is not None and location not in (None, found.artifact_location):
            # The home was moved or copied: what is logged from here on belongs here, not to where it once was.
            self.client.rename_experiment(found.experiment_id, f"{_NAME} until {datetime.now(UTC):%Y-%m-%d %H:%M:%S}")
            found = None
        if found is not None:
            return str(found.experiment_id)
        return str(self.client.create_experiment(_NAME, artifact_location=location))

    def register(self, run_id: str, bundle: Path) -> str:
        """Keep a bundle with its run, as the next version and the challenger; the version's number.

        It is kept as a model in MLflow's form, which `mlflow.pyfunc.load_model` opens wherever triage is installed.
        """
        with tempfile.TemporaryDirectory(prefix="triage-") as folder:
            model = Path(folder) / _MODEL
            shutil.copytree(bundle, Path(folder) / "bundle")  # it is named so whatever it was called
            _save_model(model, Path(folder) / "bundle")
            self.client.log_artifacts(run_id, str(model), _MODEL)
        if not self.client.search_registered_models(f"name='{_NAME}'"):
            self.client.create_registered_model(_NAME)
        source = f"{self.client.get_run(run_id).info.artifact_uri}/{_MODEL}"
        tags = {_HASH: read_manifest(bundle).bundle_hash}
        number = str(self.client.create_model_version(_NAME, source=source, run_id=run_id, tags=tags).version)
        self.point(CHALLENGER, number)
        return number

    def versions(self) -> list[RegisteredVersion]:
        """Every version, the newest first."""
        if not self.client.search_registered_models(f"name='{_NAME}'"):
            return []
        aliases = self.client.get_registered_model(_NAME).aliases
        return sorted(
            (
                RegisteredVersion(
                    version=str(found.version),
                    created_at=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
                    run_id=str(found.run_id),
                    aliases=tuple(sorted(a for a, version in aliases.items() if str(version) == str(found.version))),
                    bundle_hash=found.tags.get(_HASH),
                )
                for found in self.client.search_model_versions(f"name='{_NAME}'")
            ),
            key=lambda found: -int(found.version),
        )

    def find(self, ref: str) -> RegisteredVersion:
        """The version of this number or alias.

        Raises:
            NotFound: there is none; the message lists what there is.
        """
        versions = self.versions()
        for found in versions:
            if ref == found.version or ref in found.aliases:
                return found
        if not versions:
            raise NotFound("No model was trained yet: run `triage models train`.")
        known = [found.version for found in versions] + [alias for found in versions for alias in found.aliases]
        raise NotFound(f"No model {ref!r}. Known: {', '.join(known)}.")

    def point(self, alias: str, version: str) -> None:
        """Let an alias point to a version, wherever it pointed before.

        Raises:
            StoreUnusable: the store cannot write it down.
        """
        try:
            self.client.set_registered_model_alias(_NAME, alias, version)
        except (MlflowException, SQLAlchemyError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise StoreUnusable(f"The alias {alias!r} cannot be pointed to model {version}: {reason}") from error

    @contextmanager
    def bundle(self, version: RegisteredVersion) -> Iterator[Path]:
        """A version's bundle, to be read; where it was fetched, the copy is gone afterwards.

        Raises:
            NotFound: the run's files are gone.
        """
        with ExitStack() as stack:
            try:
                folder = stack.enter_context(self.artifact(version, _BUNDLE))
            except NotFound:
                folder = stack.enter_context(self.artifact(version, _BUNDLE_ALONE))
            yield folder

    @contextmanager
    def artifact(self, version: RegisteredVersion, name: str) -> Iterator[Path]:
        """One file or folder of the run that made a version, to be read; a fetched copy is gone afterwards.

        Raises:
            NotFound: the run's files are gone.
        """
        here = self._artifacts / version.run_id / "artifacts" / name if self._artifacts else None
        if here is not None and here.exists():  # MLflow knows only where the files were when they were logged
            yield here
            return
        with tempfile.TemporaryDirectory(prefix="triage-") as folder:
            try:
                copy = self.client.download_artifacts(version.run_id, name, folder)
            except (MlflowException, OSError) as error:
                raise NotFound(
                    f"The files of model {version.version} are gone: {name} of run {version.run_id}."
                ) from error
            yield Path(copy)


def _save_model(folder: Path, bundle: Path) -> None:
    """Write a bundle as a model in MLflow's form."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow warns of its own type hints when this part of it is imported
        from mlflow.pyfunc import save_model  # noqa: PLC0415 - see above

        save_model(
            folder,
            loader_module=_LOADER,
            data_path=str(bundle),
            pip_requirements=[f"{name}=={metadata.version(name)}" for name in _LIBRARIES],
        )
