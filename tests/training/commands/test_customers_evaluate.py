"""Holding a forecast against what came, from the command line."""

from pathlib import Path

import pytest

from data.samples.desk import generate_desk
from data.samples.export import write_desk
from tests.conftest import Run


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk of eighteen months."""
    file = tmp_path_factory.mktemp("desk") / "desk.csv"
    write_desk(generate_desk(n_tickets=1_500, n_customers=90, seed=3), file)
    return file


def test_a_forecast_is_measured_beside_the_plain_count(run: Run, desk: Path) -> None:
    """As the contract has it: what other programs read."""
    found = run("customers", "evaluate", "--tickets", desk, "--contacts", 3, "--json").json

    assert found["horizon_days"] == 30
    assert 0 < found["positives"] < found["customers"]
    assert {"cut", "average_precision", "baseline_average_precision", "lift_at_5_percent"} <= found.keys()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--horizon", "soon"), 2, "Invalid value for --horizon"),
        (("--cut", "someday"), 2, "Invalid value for --cut"),
        (("--cut", "2026-06-29"), 1, "The last cut that leaves them is"),
        (("--cut", "2020-01-01"), 1, "No customer had contacted the desk by 2020-01-01"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(
    run: Run, desk: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    """And never a traceback."""
    refused = run("customers", "evaluate", "--tickets", desk, *words)

    assert refused.code == code
    assert said in refused.err
