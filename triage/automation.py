"""How much is done without a person: four presets, and which of them holds for a ticketing system.

Two things decide together: the mode and precision of each target, which hold for all systems and are set without a
restart, and the mode of the system, a line of `triage.toml`. A further preset is a value in `PRESETS`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from triage.prediction import Mode
from triage.sources import SourceMode
from triage.targets import Target

__all__ = ["PRESETS", "Preset", "asked_under", "preset_in_force"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How much a desk lets be done by itself.

    Attributes:
        name: what people call it.
        meaning: what it does to tickets, a sentence.
        mode: of every target that is not off.
        precision: that is asked of every target; None leaves what is asked.
        source_mode: that a system needs for it; None where any will do.
    """

    name: str
    meaning: str
    mode: Mode
    precision: float | None = None
    source_mode: SourceMode | None = None


WATCH = Preset(
    name="watch",
    meaning="Nothing is written and nothing is shown; answers are recorded, so that they can be replayed.",
    mode="monitor",
)
SUGGEST = Preset(
    name="suggest",
    meaning="A note and tags say what the model would do; people set every field.",
    mode="suggest",
)
CAUTIOUS = Preset(
    name="cautious",
    meaning="Fields are set where it is proved that 99 of 100 answers are right; everything else is suggested.",
    mode="auto",
    precision=0.99,
    source_mode="auto",
)
FULL = Preset(
    name="full",
    meaning="Fields are set at the precision or the costs that each target is asked for; the rest is suggested.",
    mode="auto",
    source_mode="auto",
)

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in (WATCH, SUGGEST, CAUTIOUS, FULL)}
"""By name, from the least to the most."""


def asked_under(asked: Target, preset: Preset) -> Target:
    """What is asked of a target under a preset; one that is off stays off."""
    if asked.mode == "off":
        return asked
    if preset.precision is None:
        return replace(asked, mode=preset.mode)
    return replace(asked, mode=preset.mode, precision=preset.precision, cost_wrong=None, cost_by_hand=None)


def preset_in_force(asked: Iterable[Target], source_mode: SourceMode) -> Preset:
    """What comes of the targets' settings at a system of this mode."""
    every = [target for target in asked if target.mode != "off"]
    if source_mode == "watch" or all(target.mode == "monitor" for target in every):
        return WATCH
    applied = [target for target in every if target.mode == "auto"]
    if source_mode != "auto" or not applied:
        return SUGGEST
    is_cautious = all(target.asked_precision >= (CAUTIOUS.precision or 1) for target in applied)
    return CAUTIOUS if is_cautious else FULL
