"""What a desk has set for a version since it was trained: mode, and from where on its answers may be applied.

    models/7.policy.json    beside the bundle in models/7, which stays as it was learned

For each target that was set: what was asked, and the thresholds that follow from the bundle's unseen answers.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args

from models.bundle import replace_text
from models.manifest import Manifest
from triage.batch import Head
from triage.errors import InvalidInput, PolicyUnusable
from triage.model import TriageModel
from triage.prediction import Mode
from triage.targets import Target
from triage.thresholds import UnseenAnswers, label_thresholds

__all__ = ["TargetPolicy", "asked_targets", "read_policies", "set_policy", "with_policies", "write_policies"]


@dataclass(frozen=True, slots=True)
class TargetPolicy:
    """What was set for one target.

    Attributes:
        asked: the mode, and the precision or costs.
        thresholds: one a label, in the order of the bundle's labels.
        suggest_from: the confidence below which an answer is withheld.
    """

    asked: Target
    thresholds: tuple[float, ...]
    suggest_from: float

    def on(self, head: Head) -> Head:
        """The head as it answers from now on."""
        return replace(head, mode=self.asked.mode, thresholds=self.thresholds, suggest_from=self.suggest_from)


def asked_targets(manifest: Manifest, policies: Mapping[str, TargetPolicy]) -> dict[str, Target]:
    """For each question what is asked of it now: as it was set, else as the training was configured."""
    configured: Mapping[str, dict[str, Any]] = manifest.parameters.get("targets", {})
    return {
        head.target: policies[head.target].asked
        if head.target in policies
        else Target(**{"name": head.target, **configured.get(head.target, {})})
        for head in manifest.questions
    }


def set_policy(head: Head, asked: Target, unseen: UnseenAnswers) -> TargetPolicy:
    """The policy that keeps what is asked; the floor is the one that was learned, unless it is asked for as well."""
    thresholds = tuple(found.threshold for found in label_thresholds(unseen, len(head.labels), asked))
    return TargetPolicy(asked, thresholds, head.suggest_from if asked.suggest_from is None else asked.suggest_from)


def read_policies(bundles: Path, version: str) -> dict[str, TargetPolicy]:
    """For each target of a version that was set, its policy.

    Raises:
        PolicyUnusable: the file is not one that `write_policies` wrote.
    """
    path = _path(bundles, version)
    try:
        content = json.loads(path.read_bytes())
        return {target: _policy(target, given) for target, given in content.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, InvalidInput) as error:
        raise PolicyUnusable(f"{path} does not hold what a desk has set: {error}") from error


def write_policies(bundles: Path, version: str, policies: Mapping[str, TargetPolicy]) -> None:
    """Write what was set, seen onto the disk; whoever reads sees the file before or the file after."""
    bundles.mkdir(parents=True, exist_ok=True)
    path = _path(bundles, version)
    content = {target: asdict(policy) for target, policy in policies.items()}
    replace_text(path, json.dumps(content, ensure_ascii=False, indent=1))


def with_policies(model: TriageModel, policies: Mapping[str, TargetPolicy]) -> TriageModel:
    """The model as the desk has set it.

    Raises:
        PolicyUnusable: a policy is for another model.
    """
    for head in model.questions:
        if head.target in policies and len(policies[head.target].thresholds) != len(head.labels):
            raise PolicyUnusable(f"What was set for {head.target} does not fit the labels of model {model.version}.")
    if unknown := policies.keys() - set(model.targets):
        raise PolicyUnusable(f"Model {model.version} does not answer {min(unknown)}, for which something was set.")
    heads = tuple(policies[h.target].on(h) if h.target in policies else h for h in model.heads)
    priority = model.priority
    if priority is not None and priority.head.target in policies:
        priority = replace(priority, head=policies[priority.head.target].on(priority.head))
    return replace(model, heads=heads, priority=priority)


def _path(bundles: Path, version: str) -> Path:
    return bundles / f"{version}.policy.json"


def _policy(target: str, content: Mapping[str, Any]) -> TargetPolicy:
    asked = Target(**content["asked"])
    thresholds = tuple(float(threshold) for threshold in content["thresholds"])
    suggest_from = float(content["suggest_from"])
    if asked.name != target or asked.mode not in get_args(Mode):
        raise ValueError(f"the policy of {target} is for another target, or its mode is none")
    if not all(0 <= threshold <= 1 for threshold in (*thresholds, suggest_from)):
        raise ValueError(f"a threshold of {target} is not from 0 to 1")
    return TargetPolicy(asked, thresholds, suggest_from)
