"""The gate, asked by a process that only serves."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.model_changes import Asked, Change
from commands import gate
from commands.gate import ask_gate
from models.journal import read_journal
from models.registry import champion_version
from tests.builders import make_history
from tests.conftest import learn_small
from training.tracking import log_experiment
from triage.errors import GateUnavailable, InvalidInput, NotFound, Overloaded, PromotionRefused
from triage.settings import read_settings

ANSWERED = {"champion": "2", "refused": [], "objections": [], "forced": False, "notes": ["A note."]}
REFUSED = {"champion": "1", "refused": ["coverage_fell"], "objections": ["coverage_fell: fewer."], "forced": False}

Printed = tuple[int, str, str]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[Printed], list[list[str]]]:
    """Lets the command line say something, and keeps what was typed."""

    def saying(printed: Printed) -> list[list[str]]:
        typed: list[list[str]] = []

        def run(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
            typed.append(words[1:])
            return subprocess.CompletedProcess(words, *printed)

        monkeypatch.setattr(gate.subprocess, "run", run)
        return typed

    return saying


def test_the_verdict_is_read(says: Callable[[Printed], list[list[str]]]) -> None:
    """Whatever a library prints before the document."""
    typed = says((0, f"a library says hello\n{json.dumps(ANSWERED)}\n", "Note: A note.\n"))

    done = ask_gate(Asked("2", "ops (key:1)"))

    assert done == Change("2", None, (), ("A note.",))
    assert typed == [["-m", "commands", "models", "promote", "--json", "--asked-by=ops (key:1)", "--", "2"]]


def test_the_gate_is_overruled_in_the_same_words(says: Callable[[Printed], list[list[str]]]) -> None:
    """What a caller wrote stands behind an equals sign, so it is never taken for an option."""
    typed = says((0, json.dumps(ANSWERED), ""))

    ask_gate(Asked("2", "--json", "--help"))

    assert typed[0][5:] == ["--asked-by=--json", "--force", "--reason=--help", "--", "2"]


def test_a_refusal_keeps_its_words(says: Callable[[Printed], list[list[str]]]) -> None:
    """They are what the administrator decides by."""
    says((1, json.dumps(REFUSED), "coverage_fell: fewer.\nModel 2 was not promoted.\n"))

    with pytest.raises(PromotionRefused, match="was not promoted") as refused:
        ask_gate(Asked("2", "ops"))

    assert (refused.value.champion, refused.value.rules) == ("1", ("coverage_fell",))
    assert refused.value.objections == ("coverage_fell: fewer.",)


@pytest.mark.parametrize(
    ("printed", "kind"),
    [
        ((1, json.dumps({"refused": [], "fault": "NotFound"}), "No version 9."), NotFound),
        ((1, "", "No version 9."), InvalidInput),
        ((1, "[]", "No version 9."), InvalidInput),
        ((1, json.dumps({"fault": "annotations"}), "No version 9."), InvalidInput),
    ],
)
def test_another_refusal_keeps_its_kind_and_sentence(
    says: Callable[[Printed], list[list[str]]], printed: Printed, kind: type[Exception]
) -> None:
    """So that the HTTP status is right."""
    says(printed)

    with pytest.raises(kind, match=r"No version 9\."):
        ask_gate(Asked("9", "ops"))


def test_where_only_serving_is_installed_it_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells where to do it, and what to install."""
    monkeypatch.setattr(gate, "find_spec", lambda name: None if name == "mlflow" else object())

    with pytest.raises(GateUnavailable, match=r"^Only serving is installed here, .* `triage models promote` .*\.$"):
        ask_gate(Asked("2", "ops"))


def test_it_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that hangs must not keep every later promotion from being asked for."""
    monkeypatch.setattr(gate, "GATE_SECONDS", 0.05)

    with pytest.raises(Overloaded, match=r"nothing within 0\.05 seconds"):
        ask_gate(Asked("2", "ops"))


def test_the_real_one_promotes_refuses_and_names_who_asked(
    empty_mlflow: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once through the real command line: a first version, the same one again, one that there is not."""
    home.mkdir()
    shutil.copy(empty_mlflow, home / "mlflow.db")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    version = _trained()

    done = ask_gate(Asked(version, "ops (key:1)"))
    again = ask_gate(Asked("champion", "ops (key:1)"))
    with pytest.raises(NotFound):
        ask_gate(Asked("9", "ops (key:1)"))

    (entry,) = read_journal(read_settings().bundles)
    assert (done.champion, done.before) == ("1", None)
    assert done.notes == ("There was no champion, so nothing was compared.",)
    assert (again.champion, again.before) == ("1", "1")
    assert champion_version(read_settings().bundles) == "1"
    assert (entry.event, entry.version, entry.who) == ("promoted", "1", "ops (key:1)")


def _trained() -> str:
    from models.mlflow_registry import MlflowRegistry  # noqa: PLC0415

    settings = read_settings()
    registry = MlflowRegistry(settings.mlflow, settings.mlflow_artifacts)
    return log_experiment(registry, learn_small(make_history()), "desk.csv")
