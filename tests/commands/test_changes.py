"""`triage changes`, as a user types it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from commands.audit import app as audit_app
from commands.changes import app
from triage.errors import UnusableFile

Invoke = Callable[..., Result]


def test_a_file_is_imported_and_listed_and_the_same_again_changes_nothing(invoke: Invoke, tmp_path: Path) -> None:
    """A desk does it every night, and the audit log says when something came."""
    file = tmp_path / "changes.csv"
    file.write_text("number,short_description,cmdb_ci,work_start\nC1,Client 5.1,VPN,2026-03-02 18:00\n,x,y,z\n")

    first, second = (invoke(app, "import", str(file), "--json") for _ in range(2))
    listed = json.loads(invoke(app, "list", "--json").stdout)

    assert json.loads(first.stdout) == {"new": 1, "changed": 0, "unchanged": 0, "left_out": 1}
    assert json.loads(second.stdout) == {"new": 0, "changed": 0, "unchanged": 1, "left_out": 1}
    assert "line 3: it has no id" in first.stderr
    assert [(one["id"], one["service"], one["at"]) for one in listed] == [("C1", "VPN", "2026-03-02T18:00:00+00:00")]
    assert "C1" in invoke(app, "list", "--service", "VPN").stdout
    assert invoke(audit_app, "list", "--json").stdout.count("changes.imported") == 1


def test_a_file_that_is_none_and_a_kind_that_is_none_are_refused(invoke: Invoke, tmp_path: Path) -> None:
    """With a sentence, before anything is stored."""
    with pytest.raises(UnusableFile):
        invoke(app, "import", str(tmp_path / "nothing.csv"))
    assert invoke(app, "import", "x.csv", "--kind", "surprise").exit_code == 2


def test_an_empty_list_says_how_changes_come(invoke: Invoke) -> None:
    """On the first day."""
    assert "triage changes import" in invoke(app, "list").stderr
