"""An export as somebody looks at it on the command line: what was read as what, and the way out of a refusal."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from commands.score import score
from commands.tickets import app
from tests.conftest import Run
from triage.errors import UnusableFile


def test_read_as_says_of_what_and_how_often(invoke: Callable[..., Result], tmp_path: Path) -> None:
    """Of three records one has no group; the line must not name a column that holds nothing."""
    group = {"link": "https://x", "value": "Network"}
    records = [
        {"number": f"INC{n}", "short_description": f"VPN {n}", "assignment_group": group if n else ""} for n in range(3)
    ]
    export = tmp_path / "export.json"
    export.write_text(json.dumps({"result": records}), encoding="utf-8")

    shown = invoke(app, "check", str(export), "--preset", "servicenow").stdout
    told = json.loads(invoke(app, "check", str(export), "--preset", "servicenow", "--json").stdout)

    assert "assignment_group=assignment_group.value (2)" in " ".join(shown.split())
    assert "id=number," in " ".join(shown.split())
    assert told["bound"]["assignment_group"] == {"assignment_group.value": 2, "assignment_group": 0}


def test_the_line_that_a_refusal_names_is_the_way_out(invoke: Callable[..., Result], tmp_path: Path) -> None:
    """It is copied from the message, and works for looking and for importing."""
    export = tmp_path / "export.csv"
    export.write_text("id,subject,opened_at\n1,VPN,3/4/2026 16:14\n2,Mail,5/4/2026 16:14\n", encoding="utf-8")

    with pytest.raises(UnusableFile, match=r"Add --date-format '%d/%m/%Y %H:%M' or --date-format '%m/%d/%Y %H:%M'"):
        invoke(app, "check", str(export))
    found = json.loads(invoke(app, "check", str(export), "--date-format", "%d/%m/%Y %H:%M", "--json").stdout)
    imported = json.loads(invoke(app, "import", str(export), "--date-format", "%m/%d/%Y %H:%M", "--json").stdout)

    assert found["dates"]["first"] == "2026-04-03T16:14:00+00:00"
    assert imported["new"] == 2


@pytest.mark.parametrize(
    "words", [("score", "--help"), ("customers", "profile", "--help"), ("tickets", "import", "--help")]
)
def test_whatever_reads_an_export_takes_a_date_format(run: Run, words: tuple[str, ...]) -> None:
    """The refusal is the same for all of them."""
    assert "--date-format" in run(*words).out


def test_a_score_reads_dates_as_a_check_does() -> None:
    """One option, one meaning."""
    assert "date_formats" in score.__annotations__
