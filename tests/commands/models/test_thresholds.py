"""The dial, as somebody turns it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from data import audit
from data.database import open_database, reading
from models.journal import read_journal, write_entry
from models.policies import read_policies
from models.registry import load_served, serve_version
from tests.conftest import Run
from triage.operating_points import SHARES_APPLIED
from triage.policy import NEVER
from triage.settings import read_settings


@pytest.fixture
def served(run: Run, bundle: Path) -> Path:  # noqa: ARG001 - it makes the home
    """The folder that serving reads, with one version."""
    bundles = read_settings().bundles
    serve_version(bundles, "1", bundle)
    write_entry(bundles, "promoted", "1", before=None)
    return bundles


@pytest.mark.usefixtures("served")
def test_the_table_says_what_each_threshold_would_do(run: Run) -> None:
    """It is what a team votes on."""
    found = run("models", "thresholds", "champion", "--json").json

    assert found["model"] == "1"
    assert set(found["targets"]) == {"assignment_group", "ticket_type"}
    group = found["targets"]["assignment_group"]
    assert 1 <= len(group["points"]) <= len(SHARES_APPLIED)
    for point in (*group["points"], group["now"]):
        assert point["right"]["share"] + point["wrong"]["share"] + point["by_hand"]["share"] == pytest.approx(1)
    printed = run("models", "thresholds", "1", "--target", "assignment_group").out
    assert "assignment_group: mode suggest, precision 0.95;" in printed
    assert "ticket_type" not in printed
    assert "as set now" in printed


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (["--precision", "0.7", "--mode", "auto"], {"precision": 0.7, "mode": "auto"}),
        (["--per-label"], {"per_label": True, "precision": 0.95}),
        (["--cost-wrong", "10", "--cost-by-hand", "2"], {"cost_wrong": 10.0, "cost_by_hand": 2.0}),
        (["--suggest-from", "0.2"], {"suggest_from": 0.2}),
    ],
)
def test_what_is_set_is_served_and_journalled(
    run: Run, served: Path, options: list[str], asked: dict[str, Any]
) -> None:
    """Without training anew, and with the name of who did it."""
    done = run("models", "set", "champion", "--target", "assignment_group", *options, "--json")

    assert done.code == 0
    assert done.json["asked"] | asked == done.json["asked"]
    policy = read_policies(served, "1")["assignment_group"]
    assert load_served(served, "1").heads[0].thresholds == policy.thresholds
    entry = read_journal(served)[-1]
    assert (entry.event, entry.version) == ("set", "1")
    assert entry.change is not None
    assert entry.change.startswith("assignment_group: mode suggest, precision 0.95, now ")
    assert "set by" in str(entry)
    engine = open_database(read_settings().database)
    with reading(engine) as connection:
        (recorded,) = audit.entries(connection)
    engine.dispose()
    assert (recorded.actor, recorded.action, recorded.object) == ("command", "model.set", "model:1")
    assert recorded.details["change"] == entry.change


def test_a_lower_precision_applies_no_less(run: Run, served: Path) -> None:
    """The dial turns the right way."""
    shares = []
    for precision in ("0.99999", "0.9", "0.5"):
        done = run("models", "set", "1", "--target", "assignment_group", "--precision", precision, "--json")
        shares.append(1 - done.json["now"]["by_hand"]["share"])

    assert shares == sorted(shares)
    assert shares[0] == 0 < shares[-1]
    assert max(read_policies(served, "1")["assignment_group"].thresholds) < NEVER


def test_costs_and_precision_take_each_other_s_place(run: Run, served: Path) -> None:
    """One of them decides; the last that was said."""
    target = ("--target", "assignment_group")
    run("models", "set", "1", *target, "--cost-wrong", "10", "--cost-by-hand", "2")
    said = run("models", "set", "1", *target, "--precision", "0.9").out

    assert "cost 10 for a wrong answer and 2 by hand, now mode suggest, precision 0.9." in said
    assert "were the mode auto; it is suggest." in said
    asked = read_policies(served, "1")["assignment_group"].asked
    assert (asked.cost_wrong, asked.cost_by_hand, asked.precision) == (None, None, 0.9)


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ([], 2, "Say what to set"),
        (["--mode", "now"], 2, "'now' is none of off, monitor, suggest, auto"),
        (["--precision", "0.9", "--cost-wrong", "3"], 2, "exclude one another"),
        (["--precision", "1"], 1, "must lie between 0 and 1"),
        (["--precision", "nan"], 1, "must lie between 0 and 1"),
        (["--cost-wrong", "3"], 1, "belong together"),
        (["--cost-wrong", "1", "--cost-by-hand", "3"], 1, "must cost more than a decision by hand"),
        (["--suggest-from", "1.5"], 1, "must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_set_is_refused_in_a_sentence(run: Run, options: list[str], code: int, said: str) -> None:
    """And nothing is written down."""
    done = run("models", "set", "champion", "--target", "assignment_group", *options)

    assert done.code == code
    assert said in " ".join(done.err.replace("│", " ").split())
    assert [entry.event for entry in read_journal(read_settings().bundles)] == ["promoted"]
    assert not list(read_settings().bundles.glob("*.policy.json"))


@pytest.mark.usefixtures("served")
def test_a_target_that_there_is_not_is_named_with_those_there_are(run: Run) -> None:
    """A typo costs a second look, not a search."""
    for words in (("thresholds", "1", "--target", "prio"), ("set", "1", "--target", "prio", "--precision", "0.9")):
        done = run("models", *words)

        assert done.code == 1
        assert done.err == "No target named 'prio'. Known: assignment_group, ticket_type.\n"


def test_a_machine_that_only_serves_can_turn_the_dial(served: Path) -> None:
    """There MLflow, scikit-learn and the rest are not installed; and it takes a second, not the time to load them."""
    absent = ("mlflow", "sklearn", "scipy", "pandas", "pyarrow", "joblib")
    words = ["triage", "models", "set", "champion", "--target", "assignment_group", "--precision", "0.9"]
    program = (
        f"import sys; sys.modules |= dict.fromkeys({absent!r}); sys.argv = {words!r}; "
        "from commands.cli import main; main()"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert read_policies(served, "1")["assignment_group"].asked.precision == 0.9
