"""The dial: what a version is asked for each target, what asking otherwise would do to tickets, and asking otherwise.

What it would do is counted on the version's own answers to tickets that were unseen in training. The command line and
the page turn the same dial, so they tell the same figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.bundle import read_manifest
from models.journal import write_entry
from models.manifest import Manifest
from models.policies import TargetPolicy, asked_targets, read_policies, set_policy
from models.registry import set_version
from models.unseen import read_unseen
from triage.batch import Head
from triage.operating_points import OperatingPoint, operating_point
from triage.targets import Target, check_names
from triage.thresholds import UnseenAnswers

__all__ = ["Dial", "asked_in_words", "changed", "set_targets"]


@dataclass(frozen=True, slots=True)
class Dial:
    """A version, what a desk asks of it now, and the answers that its thresholds rest on.

    Attributes:
        version: its number.
        manifest: what its bundle says of itself.
        unseen: for each target the answers to tickets that were unseen in training.
        policies: what was set for targets since.
    """

    version: str
    manifest: Manifest
    unseen: Mapping[str, UnseenAnswers]
    policies: Mapping[str, TargetPolicy]

    @classmethod
    def of(cls, bundles: Path, version: str, folder: Path | None = None) -> "Dial":
        """That of a version.

        Args:
            bundles: the folder that serving reads.
            version: its number.
            folder: its bundle, where that lies elsewhere.

        Raises:
            ModelUnusable: the bundle's manifest or answers cannot be read, or what was set cannot.
        """
        folder = folder or bundles / version
        manifest = read_manifest(folder)
        return cls(version, manifest, read_unseen(folder, manifest), read_policies(bundles, version))

    @property
    def asked(self) -> dict[str, Target]:
        """For each of its targets what is asked."""
        return asked_targets(self.manifest, self.policies)

    def head(self, target: str) -> Head:
        """A target's question, as it was learned.

        Raises:
            InvalidInput: the version has no such target.
        """
        check_names([target], self.asked)
        return next(head for head in self.manifest.questions if head.target == target)

    def thresholds(self, target: str) -> tuple[float, ...]:
        """From where on answers may be applied today, one a label."""
        return self.policies[target].thresholds if target in self.policies else self.head(target).thresholds

    def now(self, target: str) -> OperatingPoint:
        """What these do."""
        return operating_point(self.unseen[target], self.thresholds(target))

    def turned(self, asked: Target) -> tuple[TargetPolicy, OperatingPoint]:
        """The policy that keeps what is asked, and what it would do.

        Raises:
            InvalidInput: the version has no such target.
        """
        unseen = self.unseen[self.head(asked.name).target]
        policy = set_policy(self.head(asked.name), asked, unseen)
        return policy, operating_point(unseen, policy.thresholds)


def changed(asked: Target, changes: Mapping[str, Any]) -> Target:
    """What is asked after a change; a precision takes the place of costs, and costs that of a precision.

    Raises:
        InvalidInput: no threshold can be set for that.
    """
    if "precision" in changes or changes.get("per_label"):
        asked = replace(asked, cost_wrong=None, cost_by_hand=None)
    elif {"cost_wrong", "cost_by_hand"} & changes.keys():
        asked = replace(asked, per_label=False, cost_wrong=None, cost_by_hand=None)
        own = {name: changes.get(name) for name in ("cost_wrong", "cost_by_hand")}
        return replace(asked, **{**changes, **own})
    return replace(asked, **changes)


def asked_in_words(asked: Target) -> str:
    """What is asked of a target, for the journal and for people."""
    if asked.cost_wrong is not None and asked.cost_by_hand is not None:
        promise = f"cost {asked.cost_wrong:g} for a wrong answer and {asked.cost_by_hand:g} by hand"
    else:
        promise = f"precision {asked.precision:g}{' of each label' if asked.per_label else ''}"
    floor = "" if asked.suggest_from is None else f", suggested from {asked.suggest_from:g}"
    return f"mode {asked.mode}, {promise}{floor}"


def set_targets(bundles: Path, dial: Dial, asked: Mapping[str, Target], *, who: str | None = None) -> tuple[str, ...]:
    """Keep what is asked from now on; running services take it up where the version serves.

    Args:
        bundles: the folder that serving reads.
        dial: of the version, as it was read a moment ago.
        asked: by target.
        who: asks for it; the user of the operating system where nobody is named.

    Returns:
        For each target what was changed, as the journal has it.

    Raises:
        InvalidInput: the version has no such target.
    """
    policies = {target: dial.turned(after)[0] for target, after in asked.items()}
    before = dial.asked
    set_version(bundles, dial.version, {**dial.policies, **policies})
    changes = tuple(
        f"{target}: {asked_in_words(before[target])}, now {asked_in_words(after)}" for target, after in asked.items()
    )
    for change in changes:
        write_entry(bundles, "set", dial.version, before=dial.version, change=change, who=who)
    return changes
