"""Surges on the command line: those that were seen, and what a history would have told."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import Result

from commands.surges import app
from data.database import open_database, writing
from data.exports.ticket_writer import write_rows
from data.schema import upgrade
from data.surges import begin
from tests.api.routes.test_surges import NINE, SURGE
from triage.errors import InvalidInput, UnusableFile

Run = Callable[..., Result]


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    """The installation's database with a surge that is on and one that is over."""
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    upgrade(engine)
    with writing(engine) as connection:
        begin(connection, SURGE, [])
        begin(connection, replace(SURGE, name="Mail: größer", started_at=NINE - timedelta(days=1), ended_at=NINE), [])
    yield engine
    engine.dispose()


@pytest.fixture
def export(tmp_path: Path) -> Callable[[int], Path]:
    """A file with so many weeks of ordinary incidents, and an outage on the last day."""

    def write(n_weeks: int) -> Path:
        start = NINE - timedelta(weeks=n_weeks)
        rows: list[list[object]] = [
            [f"D{day}-{n}", "outlook hangs", f"u{n}", start + timedelta(days=day, hours=n), "incident", "Mail"]
            for day in range(7 * n_weeks)
            for n in range(8)
        ]
        rows += [[f"O{n}", "tunnel gone", f"w{n}", NINE + timedelta(minutes=n), "incident", "VPN"] for n in range(20)]
        rows.append(["R1", "a new mailbox", "u1", NINE, "request", "Mail"])
        columns = ("id", "subject", "customer_id", "opened_at", "ticket_type", "category")
        out = tmp_path / f"export{n_weeks}.csv"
        write_rows(out, columns, iter(rows))  # type: ignore[arg-type]
        return out

    return write


@pytest.mark.usefixtures("engine")
def test_surges_are_listed_with_their_numbers(invoke: Run) -> None:
    """Somebody without a browser looks what is on."""
    listed = invoke(app, "list")

    assert "open       2026-03-02 09:00     14 where 0.3 were expected  VPN: tunnel" in listed.stdout
    assert "Mail: größer" in listed.stdout
    assert "2 of 2 surges." in listed.stderr


@pytest.mark.usefixtures("engine")
def test_the_list_is_one_json_document(invoke: Run) -> None:
    """Scripts read it, in whatever state they ask for."""
    found = json.loads(invoke(app, "list", "--state", "over", "--json").stdout)

    assert found["n"] == 1
    (surge,) = found["surges"]
    assert (surge["name"], surge["state"], surge["value"]) == ("Mail: größer", "over", "VPN")
    assert surge["ended_at"] == NINE.isoformat()
    assert surge["tickets"] == ["INC1", "INC2"]


def test_an_unknown_state_is_refused_with_those_that_there_are(invoke: Run) -> None:
    """A typing error must not read as: there are none."""
    with pytest.raises(InvalidInput, match=r"No state 'opne'\. Known: open, major, dismissed, over\."):
        invoke(app, "list", "--state", "opne")


def test_without_a_surge_the_list_says_so(invoke: Run) -> None:
    """An empty output could be a fault."""
    assert "No surges." in invoke(app, "list").stderr
    assert json.loads(invoke(app, "list", "--json").stdout) == {"n": 0, "surges": []}


def test_a_history_is_played_and_each_alarm_told(invoke: Run, export: Callable[[int], Path], home: Path) -> None:
    """The lead sees the false alarms before he trusts the watch; nothing is stored by looking."""
    told = invoke(app, "replay", str(export(6)))

    (line,) = told.stdout.strip().splitlines()
    assert line.startswith("2026-03-02 09:04")
    assert "VPN: tunnel" in line
    assert "1 alarm in 0.9 months, 1.07 a month, from 2026-02-02 on; 356 incidents." in told.stderr
    assert not (home / "triage.db").exists()


def test_a_replay_is_one_json_document(invoke: Run, export: Callable[[int], Path]) -> None:
    """Whoever compares thresholds or desks reads it with a program."""
    found = json.loads(invoke(app, "replay", str(export(6)), "--json").stdout)

    (alarm,) = found["alarms"]
    assert (alarm["started_at"], alarm["n_observed"]) == (NINE.isoformat(), 20)
    assert found["incidents"] == 6 * 7 * 8 + 20
    assert found["alarms_a_month"] == pytest.approx(1 / found["months"], rel=0.02)


def test_too_short_a_history_and_one_without_dates_are_refused(
    invoke: Run, export: Callable[[int], Path], tmp_path: Path
) -> None:
    """'0 alarms' would be a promise that nobody can keep."""
    undated = tmp_path / "undated.csv"
    undated.write_text("id,subject\nT1,vpn down\nT2,mail down\n", encoding="utf-8")

    with pytest.raises(InvalidInput, match="Two weeks of history are needed"):
        invoke(app, "replay", str(export(1)))
    with pytest.raises((InvalidInput, UnusableFile)):
        invoke(app, "replay", str(undated))
