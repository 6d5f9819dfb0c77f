"""What many tests share: a small real model, trained once; and a machine that tells nobody about it."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_LOGGING_LEVEL"] = "WARNING"

from commands import cli
from models.mlflow_registry import MlflowRegistry
from tests.builders import make_history, make_parameters
from tests.fakes import FakeDistillation
from training.experiment import Experiment, run_experiment
from triage.ticket import WorkedTicket

# Examples are searched, not timed: a busy machine must not fail a test.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Every test starts in an empty folder, without the settings of whoever runs it, and leaves no log behind."""
    for name in list(os.environ):
        if name.startswith("TRIAGE_") and not name.startswith("TRIAGE_TEST_") and name != "TRIAGE_BENCHMARK_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    yield
    structlog.reset_defaults()


def learn_small(history: Sequence[WorkedTicket], **changes: Any) -> Experiment:  # noqa: ANN401 - any argument
    """A model of two targets with all that a model can have, learned in a second from 120 tickets."""
    parameters = make_parameters(fast=False, n_networks=2, n_hidden=16, n_epochs=4)
    targets = ["assignment_group", "ticket_type"]
    return run_experiment(history, parameters, targets=targets, **{"distillation": FakeDistillation()} | changes)


@pytest.fixture(scope="session")
def experiment() -> Experiment:
    """That model, of the usual history."""
    return learn_small(make_history())


@pytest.fixture(scope="session")
def asking() -> Experiment:
    """The same, but that it asks an encoder about every ticket."""
    return learn_small(make_history(), distillation=FakeDistillation(asks=True))


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with tables and nothing in them; making one takes seconds, copying it nothing."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowRegistry(f"sqlite:///{path}", path.parent / "artifacts")
    return path


@pytest.fixture
def registry(empty_mlflow: Path, tmp_path: Path) -> MlflowRegistry:
    """A registry of its own, empty."""
    shutil.copy(empty_mlflow, tmp_path / "mlflow.db")
    return MlflowRegistry(f"sqlite:///{tmp_path}/mlflow.db", tmp_path / "artifacts")


@pytest.fixture
def bundle(experiment: Experiment, tmp_path: Path) -> Path:
    """That model's bundle, fresh for each test to spoil."""
    folder = tmp_path / "bundle"
    experiment.write(folder)
    return folder


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def run(empty_mlflow: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Type a command, in this process, at an installation whose MLflow tables are there already."""
    home = Path(os.environ["TRIAGE_HOME"])
    home.mkdir()
    shutil.copy(empty_mlflow, home / "mlflow.db")

    def type_(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["triage", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        printed = capsys.readouterr()
        return Outcome(int(stop.value.code or 0), printed.out, printed.err)

    return type_


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real exports; tests that want it are skipped where it is absent."""
    folder = Path(os.environ.get("TRIAGE_BENCHMARK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real exports are not at {folder}")
    return folder
