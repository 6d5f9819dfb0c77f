"""What a desk sets for a version after its training."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.policies import TargetPolicy, asked_targets, read_policies, set_policy, with_policies, write_policies
from models.registry import ServedModel, champion_version, load_served, serve_version, set_version
from tests.builders import make_model, make_ticket
from training.experiment import Experiment
from triage.errors import PolicyUnusable
from triage.policy import NEVER
from triage.targets import Target
from triage.thresholds import UnseenAnswers

POLICY = TargetPolicy(Target("assignment_group", mode="auto", precision=0.8), (0.1, 0.2, NEVER), 0.05)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """To the last digit: a threshold that rounding lowers is not the one that was proved."""
    write_policies(tmp_path / "models", "7", {"assignment_group": POLICY})

    assert read_policies(tmp_path / "models", "7") == {"assignment_group": POLICY}
    assert read_policies(tmp_path / "models", "8") == {}
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["7.policy.json"]


def test_a_policy_takes_the_place_of_what_was_trained() -> None:
    """Mode, thresholds and floor; the other target stays as it was."""
    model = make_model()

    found = with_policies(model, {"assignment_group": POLICY})

    assert found.heads[0] == model.heads[0]
    assert found.heads[1] == replace(
        model.heads[1], mode="auto", thresholds=POLICY.thresholds, suggest_from=POLICY.suggest_from
    )


@pytest.mark.parametrize(
    "policies",
    [{"assignment_group": replace(POLICY, thresholds=(0.5,))}, {"colour": replace(POLICY, asked=Target("colour"))}],
)
def test_a_policy_for_another_model_is_refused(policies: dict[str, TargetPolicy]) -> None:
    """A version number that was used twice must not lend one model the other's thresholds."""
    with pytest.raises(PolicyUnusable):
        with_policies(make_model(), policies)


def written(asked: str = "", thresholds: str = "0.5", suggest_from: str = "0", name: str = "assignment_group") -> str:
    """A policy as JSON."""
    return (
        f'{{"assignment_group": {{"asked": {{"name": "{name}"{asked}}}, "thresholds": [{thresholds}], '
        f'"suggest_from": {suggest_from}}}}}'
    )


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"assignment_group": {}}',
        written(thresholds="7"),
        written(suggest_from="NaN"),
        written(name="other"),
        written(asked=', "mode": "now"'),
        written(asked=', "precision": 3'),
        written(asked=', "colour": 3'),
    ],
)
def test_a_file_that_nobody_wrote_so_is_refused(tmp_path: Path, content: str) -> None:
    """Half a file must stop a model, and not let everything through."""
    (tmp_path / "7.policy.json").write_text(content)

    with pytest.raises(PolicyUnusable, match=r"7\.policy\.json does not hold"):
        read_policies(tmp_path, "7")


def test_the_floor_that_was_learned_stays_unless_another_is_asked_for() -> None:
    """Who sets a precision says nothing of what is worth suggesting."""
    head = replace(make_model().heads[1], suggest_from=0.4)
    unseen = UnseenAnswers(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=bool))

    kept, asked = (set_policy(head, Target(head.target, suggest_from=floor), unseen) for floor in (None, 0.1))

    assert (kept.suggest_from, asked.suggest_from) == (0.4, 0.1)
    assert kept.thresholds == (NEVER,) * 3


def test_a_running_service_takes_up_what_is_set(experiment: Experiment, bundle: Path, tmp_path: Path) -> None:
    """Whoever turns the dial looks at the queue a minute later."""
    bundles = tmp_path / "models"
    serve_version(bundles, "1", bundle)
    served = ServedModel(bundles)
    before = served.current()

    lenient = TargetPolicy(Target("assignment_group", mode="auto"), (0.0,) * 3, 0.0)
    set_version(bundles, "1", {"assignment_group": lenient})

    after = served.current()
    assert {p.decision for p in before.score([make_ticket()])[0]} <= {"suggest", "abstain"}
    assert after.score([make_ticket()])[0][0].decision == "auto"
    assert after.version == champion_version(bundles) == "1"
    assert load_served(bundles, "1").heads == after.heads
    assert experiment.scorer.heads == before.heads


def test_setting_a_version_that_does_not_serve_moves_no_pointer(bundle: Path, tmp_path: Path) -> None:
    """Preparing the challenger is not promoting it."""
    serve_version(tmp_path, "1", bundle)
    pointer = (tmp_path / "champion").stat().st_ino

    set_version(tmp_path, "2", {"assignment_group": POLICY})

    assert (tmp_path / "champion").stat().st_ino == pointer
    assert champion_version(tmp_path) == "1"


def test_what_is_asked_is_what_was_set_else_what_was_configured(experiment: Experiment) -> None:
    """The table says it above the figures."""
    configured: dict[str, Any] = json.loads(json.dumps(experiment.manifest.parameters))
    configured["targets"]["ticket_type"] = {"mode": "auto", "precision": 0.9}
    manifest = replace(experiment.manifest, parameters=configured)

    asked = asked_targets(manifest, {"assignment_group": POLICY})

    assert asked == {
        "assignment_group": POLICY.asked,
        "ticket_type": Target("ticket_type", mode="auto", precision=0.9),
    }
