"""`triage customers evaluate`, as somebody types it."""

from datetime import date
from pathlib import Path

import pytest

from data.samples.desk import generate_desk
from data.samples.export import write_desk
from tests.conftest import Run


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a generated desk that is busy enough to learn from."""
    path = tmp_path_factory.mktemp("desk") / "history.csv"
    write_desk(generate_desk(n_tickets=3_000, n_customers=150, seed=2, end=date(2026, 3, 31)), path)
    return path


def test_the_document_is_as_promised(run: Run, history: Path) -> None:
    """Other programs read it."""
    document = run("customers", "evaluate", "--tickets", history, "--json").json

    assert (document["cut"], document["horizon_days"]) == ("2026-03-01T00:00:00+00:00", 30)
    assert 0 < document["positives"] < document["customers"] <= 150
    for name in ("average_precision", "baseline_average_precision", "calibration_error", "base_rate"):
        assert 0 <= document[name] <= 1, name
    assert 0 < document["lift_at_5_percent"] <= 20
    assert document["n_contacts"] >= 2


def test_stray_dates_decide_neither_the_cut_nor_the_figures(run: Run, history: Path, tmp_path: Path) -> None:
    """One ticket of the wrong year moved the cut to where nobody calls, and then nobody was said to call twice."""
    lines = history.read_text().splitlines()
    names = lines[0].split(",")
    stray = tmp_path / "stray.csv"

    def row(ticket_id: str, opened_at: str) -> str:
        given = {"id": ticket_id, "subject": "Test", "opened_at": opened_at, "customer_id": "C00001"}
        return ",".join(given.get(name, "") for name in names)

    late, early = row("LATE", "2026-10-20T09:00:00Z"), row("EARLY", "1970-01-01T00:00:00Z")
    stray.write_text("\n".join([*lines, late, early]) + "\n")

    clean, told = (run("customers", "evaluate", "--tickets", path, "--json") for path in (history, stray))

    assert told.json == clean.json
    assert "Note" not in clean.err
    assert "Note: Tickets that lie apart: 1, dated 2026-10-20, 20" in told.err
    assert "they do not decide where the history ends, on 2026-03-31 (LATE).\n" in told.err
    assert "they do not decide where the history begins, on 2024-" in told.err


def test_cut_horizon_and_contacts_can_be_asked_for(run: Run, history: Path) -> None:
    """As a lead asks: who will call twice in the next fortnight?"""
    asked = ("--cut", "2026-02-10", "--horizon", "14d", "--contacts", "2")
    document = run("customers", "evaluate", "--tickets", history, *asked, "--json").json

    assert (document["cut"], document["horizon_days"], document["n_contacts"]) == ("2026-02-10T00:00:00+00:00", 14, 2)


def test_what_a_training_is_told_can_be_measured(run: Run, history: Path, tmp_path: Path) -> None:
    """Options decide before the file does."""
    told = tmp_path / "desk.toml"
    closed = ", ".join(f"2026-03-{day:02}" for day in range(18, 32))
    told.write_text(f"[customers]\nhorizon_days = 14\nn_contacts = 2\nclosed_days = [{closed}]\n")

    asked = ("customers", "evaluate", "--tickets", history, "--config", told, "--json")
    document, open_days = run(*asked).json, run(*asked[:4], "--horizon", "14", "--contacts", "2", "--json").json
    other = run(*asked, "--horizon", "21d", "--contacts", "3").json

    assert (document["cut"], document["horizon_days"], document["n_contacts"]) == ("2026-03-17T00:00:00+00:00", 14, 2)
    assert (other["horizon_days"], other["n_contacts"]) == (21, 3)
    # the sample desk knows no holidays: predicting a quiet fortnight was wrong
    assert document["calibration_error"] > open_days["calibration_error"] + 0.02
    assert document["average_precision"] == open_days["average_precision"]


def test_who_reads_the_answer_gets_the_count_beside_the_forecast(run: Run, history: Path, tmp_path: Path) -> None:
    """A figure alone says nothing to a lead."""
    shown = run("customers", "evaluate", "--tickets", history, "--plots", tmp_path / "plots")

    assert "Learned on what was known by 2026-03-01: " in shown.out
    assert "contacts of 30 days" in shown.out
    for row in ("average precision", "top 5 %: times as often as anybody", "calibration error"):
        assert row in shown.out
    assert " times the count's (95 % interval " in shown.out
    assert "It flags " in shown.out
    assert f"Plot: {tmp_path / 'plots' / 'forecast-lift.png'}\n" in shown.err
    assert (tmp_path / "plots" / "forecast-calibration.png").is_file()


@pytest.mark.parametrize("horizon", ["30", "30d"])
def test_a_horizon_is_a_number_of_days(run: Run, history: Path, horizon: str) -> None:
    """With or without its d."""
    assert run("customers", "evaluate", "--tickets", history, "--horizon", horizon, "--json").json["horizon_days"] == 30


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--horizon", "0d"), "'0d' is not a number of days from 1d to 365d"),
        (("--horizon", "366"), "'366' is not a number of days"),
        (("--horizon", "2w"), "'2w' is not a number of days"),
        (("--horizon", "-3d"), "'-3d' is not a number of days"),
        (("--horizon", "d"), "'d' is not a number of days"),
        (("--horizon", "³d"), "'³d' is not a number of days"),
        (("--cut", "soon"), "'soon' is not a date like 2026-06-30"),
        (("--contacts", "0"), "--contacts"),
    ],
)
def test_an_option_that_cannot_be_meant_is_wrong_usage(
    run: Run, history: Path, asked: tuple[str, str], said: str
) -> None:
    """With the option's name and what would do."""
    refused = run("customers", "evaluate", "--tickets", history, *asked)

    assert (refused.code, refused.out) == (2, "")
    assert said in " ".join(refused.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--cut", "2026-03-20"), "The history ends on 2026-03-31; 30 days after 2026-03-20 are not over by then."),
        (("--cut", "2020-01-01"), "No customer had contacted the desk by 2020-01-01; the history begins on 2024-"),
        (
            ("--cut", "2024-10-20"),
            "The history is too short to learn who calls often: 30 days ahead need 45 days of it",
        ),
        (("--contacts", "999"), "Only 0 customers made 999 contacts or more in 30 days of this history"),
        (("--map", "customer_id="), "No ticket of this history names both its customer and when, up to "),
        (("--plots", "nowhere/plots"), "There is no folder nowhere to make plots in."),
        (("--config", "nowhere.toml"), "There is no training configuration at nowhere.toml."),
    ],
)
def test_what_cannot_be_evaluated_is_one_sentence(run: Run, history: Path, asked: tuple[str, str], said: str) -> None:
    """And not a traceback."""
    refused = run("customers", "evaluate", "--tickets", history, *asked, "--json")

    assert (refused.code, refused.out) == (1, "")
    assert refused.err.splitlines()[-1].startswith(said)
