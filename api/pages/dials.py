"""The dial as a page shows it: what is asked in an address or a form, and what it would do to a desk's tickets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, get_args

from data.volume import Volume
from models.dial import Dial, asked_in_words, changed
from triage.automation import PRESETS, Preset, asked_under
from triage.errors import InvalidInput
from triage.operating_points import OperatingPoint, Share
from triage.policy import NEVER
from triage.prediction import Mode
from triage.targets import Target

__all__ = ["MODES", "Daily", "Effect", "PresetEffect", "Turn", "asked_of", "preset_effects", "read_number", "turn"]

MODES: Mapping[str, str] = {
    "off": "off: not asked",
    "monitor": "monitor: recorded, shown to nobody",
    "suggest": "suggest: shown to people",
    "auto": "auto: applied where it is proved",
}
"""What people read of each mode."""


@dataclass(frozen=True, slots=True)
class Daily:
    """Tickets a day, between what they lie where only the tickets that were counted on are chance (95 %)."""

    n: float
    low: float
    high: float

    @classmethod
    def of(cls, share: Share, volume: Volume) -> "Daily":
        """Of the tickets that a desk gets, this share."""
        return cls(share.share * volume.a_day, share.low * volume.a_day, share.high * volume.a_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What is asked of a target, and what it does, were the mode auto.

    Attributes:
        asked: mode, and precision or costs.
        words: the same as the journal has it.
        point: the shares.
        by_hand_a_day: tickets that are left to people; None where nobody knows how many there are.
        n_labels: how many labels it has.
        n_labels_applied: how many of these may be applied from some confidence on.
    """

    asked: Target
    words: str
    point: OperatingPoint
    by_hand_a_day: Daily | None
    n_labels: int
    n_labels_applied: int

    @property
    def is_auto(self) -> bool:
        """Whether anything is applied by itself."""
        return self.asked.mode == "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The dial of one target, as it is set and as somebody holds it.

    Attributes:
        version: of the model.
        target: the question.
        n: tickets unseen in training, on which both are counted.
        now: as it is set.
        then: as it is held; None where that cannot be.
        fault: why it cannot be, a sentence.
    """

    version: str
    target: str
    n: int
    now: Effect
    then: Effect | None = None
    fault: str | None = None

    @property
    def is_moved(self) -> bool:
        """Whether anything would be otherwise."""
        return self.then is not None and self.then.words != self.now.words


@dataclass(frozen=True, slots=True)
class PresetEffect:
    """A preset, and what it would do to each target that is not off."""

    preset: Preset
    effects: tuple[Effect, ...]


def turn(dial: Dial, target: str, given: Mapping[str, str], volume: Volume | None) -> Turn:
    """The dial, held as an address or a form says; as it is set where that says nothing.

    Raises:
        InvalidInput: the version has no such target.
    """
    head = dial.head(target)
    now = _effect(dial.asked[target], dial.now(target), dial.thresholds(target), volume)
    found = Turn(version=dial.version, target=head.target, n=dial.unseen[target].is_right.size, now=now)
    try:
        asked = asked_of(dial.asked[target], given)
        policy, point = dial.turned(asked)
    except InvalidInput as refused:
        return replace(found, fault=str(refused))
    if asked == dial.asked[target]:
        return replace(found, then=now)
    return replace(found, then=_effect(asked, point, policy.thresholds, volume))


def asked_of(asked: Target, given: Mapping[str, str]) -> Target:
    """What is asked of a target by these fields: `mode`, `ask` (precision or costs), and the numbers of either.

    Raises:
        InvalidInput: a number is none, or no threshold can be set for it.
    """
    changes: dict[str, Any] = {}
    if mode := given.get("mode"):
        changes["mode"] = _mode(mode)
    if given.get("ask") == "costs":
        names = {"cost_wrong": "what a wrong answer costs", "cost_by_hand": "what a ticket by hand costs"}
        changes |= {name: read_number(given.get(name, ""), words) for name, words in names.items()}
    elif given.get("precision", "").strip():
        precision = read_number(given["precision"], "the precision")
        if precision != asked.precision or asked.cost_wrong is not None:
            changes["precision"] = precision
    return changed(asked, changes)


def read_number(typed: str, words: str) -> float:
    """A number that somebody has typed, with a point or a comma.

    Raises:
        InvalidInput: it is none.
    """
    try:
        found = float(typed.strip().replace(",", "."))
    except ValueError:
        found = float("nan")
    if not isfinite(found):
        raise InvalidInput(f"Say {words} as a number, such as 0.95.")
    return found


def preset_effects(dial: Dial, volume: Volume | None) -> tuple[PresetEffect, ...]:
    """What each preset would do."""
    return tuple(
        PresetEffect(
            preset,
            tuple(_turned(dial, asked_under(asked, preset), volume) for asked in dial.asked.values() if _is_on(asked)),
        )
        for preset in PRESETS.values()
    )


def _turned(dial: Dial, asked: Target, volume: Volume | None) -> Effect:
    policy, point = dial.turned(asked)
    return _effect(asked, point, policy.thresholds, volume)


def _is_on(asked: Target) -> bool:
    return asked.mode != "off"


def _effect(asked: Target, point: OperatingPoint, thresholds: tuple[float, ...], volume: Volume | None) -> Effect:
    return Effect(
        asked=asked,
        words=asked_in_words(asked),
        point=point,
        by_hand_a_day=None if volume is None else Daily.of(point.by_hand, volume),
        n_labels=len(thresholds),
        n_labels_applied=sum(threshold < NEVER for threshold in thresholds),
    )


def _mode(given: str) -> Mode:
    for mode in get_args(Mode):
        if mode == given:
            found: Mode = mode
            return found
    raise InvalidInput(f"The mode must be one of {', '.join(get_args(Mode))}.")
