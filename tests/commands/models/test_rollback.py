"""Going back, as somebody types it in a hurry."""

import subprocess
import sys
from pathlib import Path

import pytest

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
