"""The presets of automation."""

from dataclasses import replace

import pytest

from triage.automation import PRESETS, asked_under, preset_in_force
from triage.sources import SourceMode
from triage.targets import Target

COSTLY = Target("group", mode="suggest", cost_wrong=10.0, cost_by_hand=1.0)


@pytest.mark.parametrize(
    ("name", "mode", "precision", "costs"),
    [
        ("watch", "monitor", 0.95, 10.0),
        ("suggest", "suggest", 0.95, 10.0),
        ("cautious", "auto", 0.99, None),
        ("full", "auto", 0.95, 10.0),
    ],
)
def test_a_preset_sets_the_mode_and_cautious_the_precision(
    name: str, mode: str, precision: float, costs: float | None
) -> None:
    """What a desk asks otherwise is kept."""
    found = asked_under(COSTLY, PRESETS[name])

    assert (found.mode, found.precision, found.cost_wrong) == (mode, precision, costs)


@pytest.mark.parametrize("name", PRESETS)
def test_a_target_that_is_off_stays_off(name: str) -> None:
    """Somebody has switched it off for a reason that no preset knows."""
    off = Target("group", mode="off")

    assert asked_under(off, PRESETS[name]) == off


@pytest.mark.parametrize(
    ("mode", "precision", "source_mode", "expected"),
    [
        ("off", 0.95, "auto", "watch"),
        ("monitor", 0.95, "auto", "watch"),
        ("suggest", 0.95, "auto", "suggest"),
        ("auto", 0.95, "suggest", "suggest"),
        ("auto", 0.95, "watch", "watch"),
        ("auto", 0.95, "auto", "full"),
        ("auto", 0.99, "auto", "cautious"),
        ("auto", 0.989, "auto", "full"),
    ],
)
def test_what_holds_follows_from_targets_and_system(
    mode: str, precision: float, source_mode: SourceMode, expected: str
) -> None:
    """Neither alone writes a field."""
    asked = Target("group", mode=mode, precision=precision)  # type: ignore[arg-type] # parametrized

    assert preset_in_force([asked, Target("other", mode="off")], source_mode).name == expected


def test_one_target_with_less_makes_it_full() -> None:
    """Cautious is a promise about all that is applied."""
    careful = Target("a", mode="auto", precision=0.99)

    assert preset_in_force([careful, replace(careful, name="b", precision=0.9)], "auto").name == "full"
    assert preset_in_force([careful, replace(careful, name="b", mode="suggest", precision=0.9)], "auto").name == (
        "cautious"
    )
