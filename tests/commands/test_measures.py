"""`triage measures` counts first, and says on top what stands out."""

from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture
def desk(run: Run, tmp_path: Path) -> None:
    """A generated desk, imported."""
    run("tickets", "sample", tmp_path / "desk.csv", "--tickets", 400, "--customers", 40)
    run("tickets", "import", tmp_path / "desk.csv")


@pytest.mark.usefixtures("desk")
def test_it_counts_and_then_tells(run: Run) -> None:
    """Whoever has just imported a history wants to see it, and not to wait for a service."""
    found = run("measures", "--until", "2026-06-30", "--since", "2026-06-01")

    assert found.code == 0
    first, *rest = found.out.splitlines()
    assert first.endswith(".")
    assert any("Handed on" in line for line in rest)
    assert "Open now:" in found.out


@pytest.mark.usefixtures("desk")
def test_json_is_one_document(run: Run) -> None:
    """With everything that the page shows."""
    found = run("measures", "--json", "--by", "week", "--since", "2026-05-01", "--until", "2026-06-30")

    assert found.code == 0
    assert found.json["by"] == "week"
    assert found.json["total"]["opened"] == sum(row["opened"] for row in found.json["rows"])
    assert len(found.json["rows"]) == 10


@pytest.mark.usefixtures("desk")
def test_an_empty_window_is_told_and_where_there_are_tickets(run: Run) -> None:
    """The history of a desk that is tried out ends before today."""
    found = run("measures", "--since", "2020-01-01", "--until", "2020-01-31")

    assert found.out.startswith("No ticket was opened or resolved in this time.")
    assert "try --until 2026-0" in found.err


def test_a_desk_without_tickets_is_no_failure(run: Run) -> None:
    """The first command that somebody types may be this one."""
    found = run("measures")

    assert found.code == 0
    assert "No forecast: 0 days of history are too few." in found.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--by", "person"), 1, "Known: group, channel, service, type, week."),
        (("--since", "2026-03-02", "--until", "2026-03-01"), 1, "ends before it begins"),
        (("--since", "soon"), 2, "is not a date"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    """With what would have worked."""
    found = run("measures", *words)

    assert (found.code, found.out) == (code, "")
    assert said in found.err
