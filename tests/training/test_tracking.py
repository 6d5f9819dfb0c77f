"""The run log, and promotion out of it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

from data.samples.desk import generate_desk
from data.samples.export import write_desk
from models.mlflow_registry import MlflowRegistry
from models.registry import ServedModel, champion_version
from tests.builders import make_history, make_ticket
from tests.conftest import Run
from training.experiment import Experiment
from training.promotion import promote
from training.risk.learn import LearnedRisk
from training.risk.measures import OutcomeMeasures, RiskMeasures, measure_outcome
from training.tracking import SEEN, log_experiment
from triage.errors import BundleAltered, NotFound


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A report, as short as can be."""
    path = tmp_path / "report.html"
    path.write_text("<p>Fine.</p>")
    return path


def test_a_run_holds_what_went_in_and_what_came_out(
    registry: MlflowRegistry, experiment: Experiment, page: Path
) -> None:
    """It is what a data scientist compares runs by."""
    version = registry.find(log_experiment(registry, experiment, "desk.csv", report=page))

    run = registry.client.get_run(version.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["source"] == "desk.csv"
    assert run.data.params["regularisation"] == "0.3"
    measured = experiment.measures["assignment_group"]
    assert run.data.metrics["assignment_group.coverage_at_0.95"] == measured.coverage_at["0.95"].coverage
    assert run.data.metrics["assignment_group.accuracy"] == measured.accuracy
    with registry.artifact(version, "report.html") as file:
        assert file.read_text() == "<p>Fine.</p>"


def test_a_run_holds_how_well_risk_is_told(registry: MlflowRegistry, experiment: Experiment) -> None:
    """Trainings are compared by it, too; what was not measured has no figure."""
    told = measure_outcome(np.asarray([True, False]), np.asarray([0.9, 0.1]), np.asarray([0.5, 0.5]), n_learned=7)
    refused = OutcomeMeasures(n_learned=3, refusal="Too few.")
    outcomes = {"sla_missed": told, "reopened": refused}
    measures = RiskMeasures(split="", baseline="none", outcomes=outcomes, hours=None)
    risky = replace(experiment, risk=LearnedRisk(None, measures))

    version = registry.find(log_experiment(registry, risky, "desk.csv"))

    found = registry.client.get_run(version.run_id).data.metrics
    assert (found["risk.sla_missed.auc"], found["risk.sla_missed.told"]) == (1.0, 1.0)
    assert found["risk.sla_missed.calibration_error"] == pytest.approx(0.1)
    assert found["risk.reopened.told"] == 0.0
    assert "risk.reopened.auc" not in found


def test_the_logged_pipeline_opens_in_a_notebook(registry: MlflowRegistry, experiment: Experiment, page: Path) -> None:
    """A scikit-learn classifier of tickets, as the service answers."""
    version = registry.find(log_experiment(registry, experiment, "desk.csv", report=page))

    with registry.artifact(version, "pipelines.joblib") as file:
        pipelines = joblib.load(file)

    ticket = make_ticket()
    assert pipelines["assignment_group"].predict_proba([ticket])[0] == pytest.approx(
        experiment.scorer.confidences([ticket])["assignment_group"][0], abs=1e-5
    )


@pytest.mark.filterwarnings("ignore:.*Any type hint:UserWarning")  # of MLflow's own
def test_mlflow_loads_the_model_by_its_alias(
    registry: MlflowRegistry, experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook and `mlflow models serve` know nothing of bundles, and answer as the service does."""
    import mlflow.pyfunc  # noqa: PLC0415 - warns when it is imported

    log_experiment(registry, experiment, "desk.csv")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    tickets = [ticket.filed for ticket in make_history(20)]
    frame = pd.DataFrame({name: [getattr(t, name) for t in tickets] for name in ("id", "subject", "body", "channel")})

    answers = mlflow.pyfunc.load_model("models:/triage@challenger").predict(frame)

    expected = experiment.scorer.score(tickets)
    assert answers["assignment_group"].tolist() == [answer.value for answer, _ in expected]
    assert answers["assignment_group_decision"].tolist() == [answer.decision for answer, _ in expected]
    assert answers["assignment_group_confidence"].to_numpy() == pytest.approx([a.confidence for a, _ in expected])
    json.loads(answers.to_json(orient="records"))


def test_a_pipeline_that_asks_an_encoder_opens_too(registry: MlflowRegistry, asking: Experiment, page: Path) -> None:
    """What is kept of the encoder is where it is found."""
    version = registry.find(log_experiment(registry, asking, "desk.csv", report=page))

    with registry.artifact(version, "pipelines.joblib") as file:
        pipelines = joblib.load(file)

    ticket = make_ticket()
    assert pipelines["assignment_group"].predict_proba([ticket])[0] == pytest.approx(
        asking.scorer.confidences([ticket])["assignment_group"][0], abs=1e-5
    )


def test_a_run_remembers_which_tickets_it_has_seen(
    registry: MlflowRegistry, experiment: Experiment, page: Path
) -> None:
    """So that a later evaluation on them can be called flattering."""
    version = registry.find(log_experiment(registry, experiment, "desk.csv", report=page))

    with registry.artifact(version, SEEN) as file:
        assert np.load(file).size == len(make_history())


def test_a_tracking_server_does_as_well_as_a_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A team keeps its runs in one place; the files come back over the same address, and stdout stays JSON."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    host, port = address.split(":")
    command = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", port, "--workers", "1"]
    stores = ["--backend-store-uri", f"sqlite:///{tmp_path}/server.db", "--artifacts-destination", f"{tmp_path}/files"]
    settings = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # eight processes that nothing here asks
    monkeypatch.setenv("TRIAGE_MLFLOW_TRACKING_URI", f"http://{address}")

    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen([*command, *stores], stdout=log, stderr=log, env=settings) as server,
    ):
        try:
            write_desk(generate_desk(n_tickets=200, n_customers=20, seed=1), tmp_path / "desk.csv")
            wait_for(f"http://{address}/health")
            trained = run("models", "train", "--tickets", tmp_path / "desk.csv", "--fast", "--json")
            promoted = run("models", "promote", "challenger", "--json")
        finally:
            server.terminate()

    assert trained.json["version"] == "1"
    assert promoted.json["champion"] == "1"


def wait_for(url: str) -> None:
    """Until a server of this machine answers; a minute at the most."""
    give_up = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - an address of this test
                return
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def test_promotion_lets_serving_have_the_version(
    registry: MlflowRegistry, experiment: Experiment, page: Path, tmp_path: Path
) -> None:
    """Alias and folder agree afterwards."""
    log_experiment(registry, experiment, "desk.csv", report=page)

    promoted = promote(registry, tmp_path / "models", "challenger")

    assert ServedModel(tmp_path / "models").current().version == promoted.version.version == "1"
    assert registry.find("champion").version == "1"


def test_promoting_what_there_is_not_changes_nothing(registry: MlflowRegistry, tmp_path: Path) -> None:
    """A typo must not take the champion down."""
    with pytest.raises(NotFound):
        promote(registry, tmp_path / "models", "7")

    assert champion_version(tmp_path / "models") is None


def test_a_spoilt_version_does_not_become_champion(
    registry: MlflowRegistry, experiment: Experiment, page: Path, tmp_path: Path
) -> None:
    """The alias follows last, so it never names what may not serve."""
    log_experiment(registry, experiment, "desk.csv", report=page)
    (card,) = (tmp_path / "artifacts").rglob("bundle/card.md")
    card.write_text("something else")

    with pytest.raises(BundleAltered):
        promote(registry, tmp_path / "models", "1")

    with pytest.raises(NotFound):
        registry.find("champion")


def test_a_run_that_breaks_off_is_marked_as_failed(
    registry: MlflowRegistry, experiment: Experiment, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that looks unfinished for ever hides what went wrong."""

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("models.mlflow_registry.MlflowRegistry.register", full)
    with pytest.raises(OSError, match="No space"):
        log_experiment(registry, experiment, "desk.csv", report=page)

    (run,) = registry.client.search_runs([registry.experiment()])
    assert run.info.status == "FAILED"
    assert registry.versions() == []
