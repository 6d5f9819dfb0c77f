"""Commands, run as a user runs them."""

from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The installation that the commands work on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "var"))
    monkeypatch.delenv("TRIAGE_DATABASE_URL", raising=False)
    return tmp_path / "var"


@pytest.fixture
def invoke(home: Path) -> Callable[..., Result]:  # noqa: ARG001  (sets the environment)
    """Runs one noun's command: `invoke(app, "list", "--json")`; what it raises is raised."""

    def typed(app: typer.Typer, *words: str, answers: str | None = None) -> Result:
        return CliRunner().invoke(app, words, input=answers, catch_exceptions=False)

    return typed
