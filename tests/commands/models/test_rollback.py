"""Going back, as somebody types it in a hurry."""

import subprocess
import sys
from pathlib import Path

import pytest

from data import audit
from data.database import open_database, reading
from models.journal import write_entry
from models.registry import champion_version, serve_version
from tests.conftest import Run
from triage.settings import read_settings


@pytest.fixture
def served(run: Run, bundle: Path) -> Path:  # noqa: ARG001 - it makes the home
    """The folder that serving reads, in which 2 took the place of 1."""
    bundles = read_settings().bundles
    for before, version in ((None, "1"), ("1", "2")):
        serve_version(bundles, version, bundle)
        write_entry(bundles, "promoted", version, before=before)
    return bundles


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "sqlite:////nowhere/mlflow.db"])
def test_without_mlflow_the_service_goes_back_and_the_note_says_what_did_not(
    run: Run, served: Path, monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    """The hour in which a model must go is the hour in which other things are down."""
    monkeypatch.setenv("TRIAGE_MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    done = run("models", "rollback", "--json")

    assert done.code == 0
    assert done.json == {"champion": "1", "rolled_back": "2", "alias_followed": False}
    assert "the alias `champion` did not follow" in done.err
    assert "`triage models promote 1`" in done.err
    assert champion_version(served) == "1"


@pytest.mark.usefixtures("served")
def test_going_back_is_in_the_audit_log(run: Run) -> None:
    """It changes what answers; what was refused changes nothing."""
    for _ in range(2):
        run("models", "rollback")

    engine = open_database(read_settings().database)
    with reading(engine) as connection:
        (entry,) = audit.entries(connection)
    engine.dispose()
    assert (entry.actor, entry.action, entry.object) == ("command", "model.rolled_back", "model:1")
    assert entry.details["before"] == "2"


def test_without_the_database_the_service_goes_back_and_the_note_says_what_did_not(
    run: Run, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be down for the same reason."""
    monkeypatch.setenv("TRIAGE_DATABASE_URL", "postgresql://127.0.0.1:9/triage")

    done = run("models", "rollback", "--json")

    assert (done.code, done.json["champion"], champion_version(served)) == (0, "1", "1")
    assert "Note: it is done, and the audit log does not say so. PostgreSQL" in done.err


@pytest.mark.usefixtures("served")
def test_where_there_is_nothing_to_go_back_to_it_is_a_refusal(run: Run) -> None:
    """A script that calls it twice must not be told twice that it worked."""
    run("models", "rollback")

    refused = run("models", "rollback")

    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "There is nothing to go back to: no champion before model 1 is known.\n"


def test_a_machine_that_only_serves_can_go_back(served: Path) -> None:
    """There MLflow, scikit-learn and the rest are not installed, and loading them elsewhere would take seconds."""
    absent = ("mlflow", "sklearn", "scipy", "pandas", "pyarrow", "joblib")
    program = (
        f"import sys; sys.modules |= dict.fromkeys({absent!r}); sys.argv = ['triage', 'models', 'rollback']; "
        "from commands.cli import main; main()"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "Model 1 is the champion again in place of model 2.\n")
    assert "mlflow is not installed here" in done.stderr
    assert champion_version(served) == "1"
