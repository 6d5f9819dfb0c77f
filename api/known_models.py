"""The versions that may serve, for programs and for pages: what they reached, who let them serve, what was refused."""

from pathlib import Path

from api.desk import Desk
from api.model_schemas import KnownVersion, ModelList, Refusal, RefusedRule, TargetOfVersion
from models.bundle import read_manifest
from models.journal import Entry, read_journal
from models.manifest import Manifest
from models.policies import TargetPolicy, asked_targets, read_policies
from models.registry import champion_version, served_versions
from triage.errors import ModelUnusable

__all__ = ["model_list"]

MEASURES = (
    "n", "accuracy", "macro_f1", "weighted_f1", "top3", "ece", "coverage", "precision_at_coverage", "baseline_accuracy",
)  # fmt: skip
"""What is told of a target's measures, in the words of `triage models evaluate`."""


def model_list(desk: Desk, bundles: Path) -> ModelList:
    """Every version that lies where the service reads them, and the refusals of the gate."""
    journal, champion = read_journal(bundles), champion_version(bundles)
    return ModelList(
        champion=champion,
        answering=_answering(desk),
        versions=[_known(bundles, version, champion, journal) for version in served_versions(bundles)],
        refusals=[_refusal(entry) for entry in reversed(journal) if entry.event == "refused"],
    )


def _answering(desk: Desk) -> str | None:
    try:
        return desk.models.current().version
    except ModelUnusable:
        return None


def _known(bundles: Path, version: str, champion: str | None, journal: list[Entry]) -> KnownVersion:
    let_serve = [one for one in journal if one.version == version and one.event in ("promoted", "rolled back")]
    manifest, policies, fault = None, {}, None
    try:
        manifest = read_manifest(bundles / version)
        policies = read_policies(bundles, version)
    except ModelUnusable as error:
        fault = type(error).__name__
    return KnownVersion(
        version=version,
        is_champion=version == champion,
        trained_at=None if manifest is None else manifest.trained_at,
        promoted_at=let_serve[-1].at if let_serve else None,
        promoted_by=let_serve[-1].who if let_serve else None,
        fault=fault,
        targets={} if manifest is None else _targets(manifest, policies),
    )


def _targets(manifest: Manifest, policies: dict[str, TargetPolicy]) -> dict[str, TargetOfVersion]:
    asked = asked_targets(manifest, policies)
    found = {}
    for trained in manifest.questions:
        head = policies[trained.target].on(trained) if trained.target in policies else trained
        measured = manifest.metrics.get(head.target)
        found[head.target] = TargetOfVersion(
            mode=head.mode,
            precision=asked[head.target].precision if asked[head.target].cost_wrong is None else None,
            suggest_from=head.suggest_from,
            thresholds=dict(zip(head.labels, head.thresholds, strict=True)),
            metrics=None if measured is None else {name: measured.get(name) for name in MEASURES},
        )
    return found


def _refusal(entry: Entry) -> Refusal:
    """Lines of before the journal kept sentences have the rules' names alone."""
    said = entry.evidence or tuple(rule.replace("_", " ") for rule in entry.objections)
    return Refusal(
        at=entry.at,
        who=entry.who,
        version=entry.version,
        champion=entry.before,
        objections=[
            RefusedRule(rule=rule, detail=detail) for rule, detail in zip(entry.objections, said, strict=False)
        ],
    )
