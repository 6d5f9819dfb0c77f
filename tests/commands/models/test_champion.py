"""Comparing and promoting, as somebody types it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from commands import models as noun
from data import audit
from data.database import open_database, reading
from data.samples.desk import Desk, generate_desk
from data.samples.export import write_desk
from models.registry import ServedModel
from tests.conftest import Run
from triage.settings import read_settings

DESK = generate_desk(n_tickets=900, n_customers=60, seed=1)


def with_groups(desk: Desk, groups: list[str | None]) -> Desk:
    """The same desk, other groups."""
    return replace(desk, tickets=[replace(t, assignment_group=g) for t, g in zip(desk.tickets, groups, strict=True)])


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ordinary export."""
    path = tmp_path_factory.mktemp("desk") / "good.csv.gz"
    write_desk(DESK, path)
    return path


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same export, with the groups of the oldest three quarters shuffled: what is learned from them is nonsense."""
    groups = [ticket.assignment_group for ticket in DESK.tickets]
    n_old = 3 * len(groups) // 4
    shuffled = np.random.default_rng(0).permutation(n_old).tolist()
    path = tmp_path_factory.mktemp("desk") / "bad.csv.gz"
    write_desk(with_groups(DESK, [groups[i] for i in shuffled] + groups[n_old:]), path)
    return path


def train(run: Run, tickets: Path) -> str:
    """A version of one target; its number."""
    return str(
        run("models", "train", "--tickets", tickets, "--fast", "--targets", "assignment_group", "--json").json[
            "version"
        ]
    )


def test_a_worse_model_is_refused_forced_and_rolled_back(run: Run, good: Path, bad: Path) -> None:
    """The whole story, with models that were trained."""
    train(run, good)
    first = run("models", "promote", "challenger")
    train(run, good)
    same = run("models", "promote", "challenger", "--json", "--asked-by=ops (key:1)")
    train(run, bad)

    refused = run("models", "promote", "challenger")
    refused_json = run("models", "promote", "challenger", "--json")
    forced = run("models", "promote", "challenger", "--force", "--reason", "we know better", "--json")
    back = run("models", "rollback")
    listed = {version["version"]: version for version in run("models", "list", "--json").json}
    shown = run("models", "show", "3").out

    assert "There was no champion, so nothing was compared." in first.err
    assert same.json == {"champion": "2", "refused": [], "objections": [], "forced": False, "notes": []}
    assert (refused.code, refused.out) == (1, "")
    assert "macro_f1_fell: Over all labels" in refused.err
    assert "Model 3 was not promoted and model 2 stays the champion" in refused.err.splitlines()[-1]
    assert refused_json.code == 1
    assert refused_json.json["champion"] == "2"
    assert "macro_f1_fell" in refused_json.json["refused"]
    assert refused_json.json["objections"] == refused.err.splitlines()[:-1]
    verdict = {name: refused_json.json[name] for name in ("refused", "objections")}
    assert forced.json == {"champion": "3", "forced": True, "notes": [], **verdict}
    assert (back.code, back.out) == (0, "Model 2 is the champion again in place of model 3.\n")
    assert ServedModel(read_settings().bundles).current().version == "2"
    assert listed["2"]["aliases"] == ["champion"]
    assert listed["1"]["bundle_hash"] == listed["2"]["bundle_hash"] != listed["3"]["bundle_hash"]
    assert [entry["event"] for entry in listed["3"]["history"]] == ["refused", "refused", "promoted"]
    assert f"bundle hash {listed['3']['bundle_hash']}" in shown
    assert "we know better" in shown
    engine = open_database(read_settings().database)
    with reading(engine) as connection:
        recorded = audit.entries(connection)[::-1]
    engine.dispose()
    assert [(entry.action, entry.object) for entry in recorded] == [
        ("model.promoted", "model:1"),
        ("model.promoted", "model:2"),
        ("model.promoted", "model:3"),
        ("model.rolled_back", "model:2"),
    ]
    assert [entry.details.get("reason") for entry in recorded] == [None, None, "we know better", None]
    assert [entry.details.get("asked_by") for entry in recorded] == [None, "ops (key:1)", None, None]
    assert recorded[2].details["overruled"] == forced.json["refused"]


def test_a_comparison_says_on_what_it_rests(run: Run, good: Path, bad: Path) -> None:
    """From the answers that the runs have kept, and from an export that both answer afresh."""
    train(run, good)
    train(run, bad)
    later = generate_desk(n_tickets=400, n_customers=60, seed=2)
    write_desk(later, Path("later.csv"))

    kept = run("models", "compare", "1", "2", "--json").json
    fresh = run("models", "compare", "1", "2", "--tickets", "later.csv", "--json").json
    flattered = run("models", "compare", "1", "2", "--tickets", good, "--json")
    shown = run("models", "compare", "1", "2")

    for document in (kept, fresh):
        group = document["targets"]["assignment_group"]
        assert (document["before"], document["after"]) == ("1", "2")
        assert group["measures"]["macro_f1"]["high"] < 0
        assert group["n"] >= 100
        assert group["per_class"]
    assert fresh["left_out"] == 0
    assert flattered.json["left_out"] > 800
    assert "one of the two has learned from them" in flattered.err
    assert "model 2 is worse than model 1 in accuracy" in shown.out


def test_show_as_json_is_the_manifest_with_its_hash(run: Run, good: Path) -> None:
    """Whoever wants to know whether a retraining changed anything compares one string."""
    train(run, good)

    shown = run("models", "show", "1", "--json").json

    assert len(shown["bundle_hash"]) == 64
    assert shown["heads"][0]["target"] == "assignment_group"


@pytest.mark.parametrize("words", [("--force",), ("--reason", "because"), ("--force", "--reason", "  ")])
def test_force_and_reason_belong_together(run: Run, words: tuple[str, ...]) -> None:
    """A gate that is overruled without a reason is a gate that is not there."""
    assert run("models", "promote", "1", *words).code == 2


def test_a_champion_that_cannot_be_asked_does_not_stop_a_training(run: Run, good: Path) -> None:
    """The note says why; the new version can still be compared by what the two runs held out."""
    train(run, good)
    run("models", "promote", "1")
    next((read_settings().home / "mlflow").rglob("bundle/weights.npy")).unlink()

    trained = run("models", "train", "--tickets", good, "--fast", "--targets", "assignment_group")

    assert trained.code == 0
    assert "The champion could not be asked about the same tickets." in trained.err
    assert run("models", "promote", "2").code == 0


def test_the_verbs_of_the_champion_are_verbs_of_models() -> None:
    """They are kept in modules of their own, and mounted where people look for them."""
    verbs = {command.callback.__name__ for command in noun.app.registered_commands if command.callback}

    assert {"compare", "promote", "rollback"} <= verbs


def test_a_model_that_cannot_be_used_is_said_before_an_export_is_read(run: Run, good: Path) -> None:
    """A year of tickets takes minutes to read, and the answer would be the same."""
    version = train(run, good)
    for manifest in read_settings().home.rglob("manifest.json"):
        manifest.write_text("{}")

    refused = run("models", "evaluate", version, "--tickets", good)

    assert refused.code == 1
    assert "manifest" in refused.err
    assert "rows read" not in refused.err
