"""The dial: what a version is asked, what another demand would do, and asking it."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.dial import Dial, asked_in_words, changed, set_targets
from models.journal import read_journal
from models.registry import load_served, serve_version
from triage.errors import InvalidInput
from triage.operating_points import operating_point
from triage.targets import Target
from triage.thresholds import label_thresholds

TARGET = "assignment_group"
COSTLY = Target("a", cost_wrong=10.0, cost_by_hand=2.0)


@pytest.fixture
def bundles(tmp_path: Path, bundle: Path) -> Path:
    """A folder in which 1 serves."""
    serve_version(tmp_path / "models", "1", bundle)
    return tmp_path / "models"


def test_the_dial_stands_where_it_was_learned_until_it_is_set(bundles: Path) -> None:
    """And afterwards where it was set."""
    dial = Dial.of(bundles, "1")
    head = dial.head(TARGET)
    assert dial.thresholds(TARGET) == head.thresholds
    assert dial.now(TARGET) == operating_point(dial.unseen[TARGET], head.thresholds)

    after = replace(dial.asked[TARGET], mode="auto", precision=0.6)
    policy, point = dial.turned(after)
    changes = set_targets(bundles, dial, {TARGET: after}, who="ann")

    found = label_thresholds(dial.unseen[TARGET], len(head.labels), after)
    assert policy.thresholds == tuple(each.threshold for each in found)
    assert policy.thresholds != head.thresholds
    dial = Dial.of(bundles, "1")
    assert (dial.asked[TARGET], dial.now(TARGET), dial.thresholds(TARGET)) == (after, point, policy.thresholds)
    assert changes == (f"{TARGET}: mode suggest, precision 0.95, now mode auto, precision 0.6",)
    assert [(entry.who, entry.change) for entry in read_journal(bundles)] == [("ann", changes[0])]
    assert load_served(bundles, "1").heads[0].mode == "auto"


def test_several_targets_are_set_together_and_others_stay(bundles: Path) -> None:
    """One write of the file, one line of the journal each."""
    dial = Dial.of(bundles, "1")
    set_targets(bundles, dial, {TARGET: replace(dial.asked[TARGET], mode="off")})

    dial = Dial.of(bundles, "1")
    set_targets(bundles, dial, {"ticket_type": replace(dial.asked["ticket_type"], mode="monitor")})

    assert {name: asked.mode for name, asked in Dial.of(bundles, "1").asked.items()} == {
        TARGET: "off",
        "ticket_type": "monitor",
    }
    assert len(read_journal(bundles)) == 2


def test_an_unknown_target_is_told_and_nothing_is_written(bundles: Path) -> None:
    """Before anything changes."""
    dial = Dial.of(bundles, "1")

    with pytest.raises(InvalidInput, match="No target named 'colour'"):
        set_targets(bundles, dial, {"colour": Target("colour")})

    assert read_journal(bundles) == []


@pytest.mark.parametrize(
    ("asked", "changes", "words"),
    [
        (COSTLY, {"precision": 0.9}, "mode suggest, precision 0.9"),
        (COSTLY, {"mode": "auto"}, "mode auto, cost 10 for a wrong answer and 2 by hand"),
        (COSTLY, {"per_label": True}, "mode suggest, precision 0.95 of each label"),
        (
            Target("a", per_label=True),
            {"cost_wrong": 4.0, "cost_by_hand": 1.0},
            "mode suggest, cost 4 for a wrong answer and 1 by hand",
        ),
        (Target("a"), {"suggest_from": 0.2}, "mode suggest, precision 0.95, suggested from 0.2"),
    ],
)
def test_a_precision_takes_the_place_of_costs_and_costs_that_of_a_precision(
    asked: Target, changes: dict[str, object], words: str
) -> None:
    """Nobody has to take one back before asking for the other."""
    assert asked_in_words(changed(asked, changes)) == words
