"""What many tests share: a small real model, trained once; and a machine that tells nobody about it."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import settings

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_LOGGING_LEVEL"] = "WARNING"

from commands import cli
from tests.builders import keeping_the_network, make_history, make_parameters
from tests.fakes import FakeDistillation
from triage.ticket import WorkedTicket

if TYPE_CHECKING:  # what loads MLflow and scikit-learn is imported by who needs it: `make quick` does not
    from models.mlflow_registry import MlflowRegistry
    from training.experiment import Experiment

SLOW_FIXTURES = frozenset({"asking", "bundle", "empty_mlflow", "experiment", "real_data", "registry", "run"})
"""Whoever asks for one of these learns a model, makes MLflow's tables or reads a real export."""

SLOW_MODULES = (
    "test_journey.py",
    "browser/test_queue.py",
    "browser/test_sign_in.py",
    "browser/test_quality_page.py",
    "browser/test_roots_pages.py",
    "browser/test_customers_page.py",
    "browser/test_models_page.py",
    "api/pages/test_models_page.py",
    "test_learning_loop.py",
    "test_reliability.py",
    "test_notebook.py",
    "data/connectors/test_request_tracker.py",
    "test_hostile_text.py",
    "commands/test_demo.py",
    "data/samples/test_roots.py",
    "test_roots_benchmark.py",
    "api/test_surge_watch.py",
    "training/test_tracking.py",
    "training/batch/test_scoring.py",
    "commands/test_cli.py",
    "training/audit/test_inspection.py",
    "training/audit/test_neutral_words.py",
    "training/test_experiment.py",
    "training/test_experiment_encoder.py",
    "training/customers/test_forecast.py",
    "training/customers/test_forecast_evaluation.py",
    "training/customers/test_model.py",
    "training/customers/test_profile_columns.py",
    "training/customers/test_profile_table.py",
    "training/customers/test_described_desk.py",
    "training/learning/test_fit.py",
    "training/learning/test_network.py",
    "training/learning/test_ensemble.py",
    "training/learning/test_base_models.py",
    "training/learning/test_calibration.py",
    "training/learning/test_thresholds.py",
    "training/features/test_word_vectors.py",
    "training/reports/test_report.py",
    "triage/test_familiarity.py",
    "triage/test_redaction.py",
    "triage/test_similar.py",
    "api/test_similar.py",
    "api/beside/test_similar.py",
    "triage/test_thresholds.py",
    "triage/test_word_vectors.py",
    "triage/customers/test_effects.py",
    "api/test_telling_killed.py",
    "commands/test_serve.py",
    "commands/test_serve_killed.py",
    "commands/test_serve_faults.py",
    "commands/test_serve_stopping.py",
    "commands/test_serve_workers.py",
    "commands/test_restore_drill.py",
    "commands/test_gate.py",
    "api/routes/test_models.py",
    "commands/test_request_tracker_loop.py",
    "models/test_encoder.py",
    "data/samples/test_desk.py",
    "data/exports/test_files_text.py",
    "data/exports/test_files_real.py",
    "data/stores/test_database.py",
    "data/stores/test_recent_contacts.py",
    "data/stores/test_forgetting.py",
    "data/stores/test_users.py",
    "data/stores/test_daily_work.py",
    "api/test_team.py",
    "api/test_digests.py",
    "api/pages/test_team_page.py",
    "commands/test_digest.py",
    "data/stores/test_measures.py",
    "data/test_measures_real.py",
    "commands/test_measures.py",
    "triage/test_forecast_volume.py",
    "data/stores/test_audit.py",
    "data/stores/test_problems.py",
    "data/stores/test_found_problems.py",
    "api/pages/test_problems_page.py",
    "api/routes/test_problems.py",
    "api/test_problem_finding.py",
    "commands/test_problems.py",
    "triage/problems/test_finding.py",
    "data/stores/test_sessions.py",
    "commands/test_users.py",
    "api/test_hostile_bodies.py",
    "api/test_schemathesis.py",
    "api/test_connections.py",
    "api/test_body_limit.py",
    "api/test_openapi.py",
    "api/test_linking.py",
    "api/test_scoring.py",
    "commands/customers/test_care.py",
    "commands/customers/test_effect.py",
    "commands/customers/test_evaluate.py",
    "commands/customers/test_profile.py",
    "commands/models/test_champion.py",
    "commands/models/test_rollback.py",
    "commands/models/test_thresholds.py",
    "models/test_asked_back.py",
    "models/test_risk.py",
    "training/risk/test_learn.py",
    "triage/test_risk.py",
    "api/beside/test_risk.py",
    "training/reports/test_risk_section.py",
    "models/test_bundle_arrays.py",
    "models/test_bundle_encoder.py",
    "models/test_card.py",
    "models/test_mlflow_registry.py",
    "training/test_pairing.py",
    "training/test_promotion.py",
    "training/test_redacted_training.py",
)
"""Those that learn, start servers or search examples for seconds; the longest first, as they are begun with."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where slow tests are left out, their modules are not even imported: several load torch or MLflow."""
    is_left_out = config.getoption("markexpr") == "not slow"
    return True if is_left_out and collection_path in _slow_paths() else None


def _slow_paths() -> dict[Path, int]:
    """The places of slow modules in their table."""
    return {Path(__file__).parent / name: place for place, name in enumerate(SLOW_MODULES)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what `make quick` leaves out, and puts it first, so that no worker is left with a long test at the end."""
    order = _slow_paths()
    for item in items:
        if item.path in order or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: order.get(item.path, len(order)))


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


def learn_small(history: Sequence[WorkedTicket], **changes: Any) -> "Experiment":  # noqa: ANN401 - any argument
    """A model of two targets with all that a model can have, learned in a second from 120 tickets."""
    from training.experiment import run_experiment  # noqa: PLC0415 - see above

    parameters = make_parameters(fast=False, n_networks=2, n_hidden=16, n_epochs=4)
    targets = ["assignment_group", "ticket_type"]
    with keeping_the_network():
        return run_experiment(history, parameters, targets=targets, **{"distillation": FakeDistillation()} | changes)


@pytest.fixture(scope="session")
def experiment() -> "Experiment":
    """That model, of the usual history."""
    return learn_small(make_history())


@pytest.fixture(scope="session")
def asking() -> "Experiment":
    """The same, but that it asks an encoder about every ticket."""
    return learn_small(make_history(), distillation=FakeDistillation(asks=True))


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with tables and nothing in them; making one takes seconds, copying it nothing."""
    from models.mlflow_registry import MlflowRegistry  # noqa: PLC0415 - see above

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowRegistry(f"sqlite:///{path}", path.parent / "artifacts")
    return path


@pytest.fixture
def registry(empty_mlflow: Path, tmp_path: Path) -> "MlflowRegistry":
    """A registry of its own, empty."""
    from models.mlflow_registry import MlflowRegistry  # noqa: PLC0415 - see above

    shutil.copy(empty_mlflow, tmp_path / "mlflow.db")
    return MlflowRegistry(f"sqlite:///{tmp_path}/mlflow.db", tmp_path / "artifacts")


@pytest.fixture
def bundle(experiment: "Experiment", tmp_path: Path) -> Path:
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
