"""`triage knowledge` prints what articles did, which topics have none, and writes what was not shared."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.database import open_database, writing
from data.schema import upgrade
from data.tickets import import_worked
from tests.builders import make_ticket, make_worked
from tests.conftest import Run
from tests.data.stores.test_knowledge import put_problem
from triage.settings import Settings


@pytest.fixture(autouse=True)
def desk(run: Run) -> None:  # noqa: ARG001  (which makes the home that the database is in)
    """Twelve VPN incidents without an article, one with, and a problem that was not shared."""
    at = datetime.now(UTC) - timedelta(days=2)
    engine = open_database(Settings().database)
    upgrade(engine)
    with writing(engine) as connection:
        tickets = [
            make_worked(
                filed=make_ticket(id=f"V{n:02d}", opened_at=at, attributes={"service": "VPN" if n else "Mail"}),
                closed_at=at + timedelta(hours=2),
                knowledge_article=None if n else "KB1",
            )
            for n in range(13)
        ]
        import_worked(connection, tickets, datetime.now(UTC))
        put_problem(connection)
    engine.dispose()


def test_articles_and_gaps_are_listed(run: Run) -> None:
    """For people, and as one document for programs."""
    articles, gaps = run("knowledge", "articles"), run("knowledge", "gaps")
    told = run("knowledge", "articles", "--json").json, run("knowledge", "gaps", "--json").json

    assert "KB1" in articles.out
    assert "1 of 1" in articles.out
    assert "VPN" in gaps.out
    assert [each["article"] for each in told[0]["articles"]] == ["KB1"]
    assert [(each["topic"], each["incidents"]) for each in told[1]["gaps"]] == [("VPN", 12)]


def test_what_was_not_shared_is_written_once(run: Run, tmp_path: Path) -> None:
    """A file that is there belongs to somebody."""
    out = tmp_path / "unshared.csv"
    first, second = run("knowledge", "unshared", "--out", out), run("knowledge", "unshared", "--out", out)
    listed = json.loads(run("knowledge", "unshared", "--json").out)

    (row,) = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
    assert (first.code, first.out, row["workaround"]) == (0, "", "Use the other gateway.")
    assert second.code == 1
    assert "exists already" in second.err
    assert [each["name"] for each in listed["problems"]] == ["VPN: split tunnel"]


def test_a_folder_that_is_not_there_is_one_sentence(run: Run, tmp_path: Path) -> None:
    """Nobody reads a traceback."""
    outcome = run("knowledge", "unshared", "--out", tmp_path / "no" / "file.csv")

    assert outcome.code == 1
    assert "cannot be written" in outcome.err
