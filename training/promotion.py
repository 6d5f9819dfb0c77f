"""Promotion: a trained version becomes the champion that serving reads, unless the gate finds it worse.

A new reason to refuse is a rule function in `RULES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import beta

from models.journal import read_journal, write_entry
from models.mlflow_registry import CHAMPION, MlflowRegistry, RegisteredVersion
from models.registry import champion_version, serve_version
from training.evaluation.comparison import FEWEST, Comparison, TargetComparison, compare
from training.pairing import stored_answers
from triage.errors import BundleMalformed, NotFound, PromotionRefused

__all__ = ["RULES", "Objection", "Promotion", "current_champion", "examine", "objections_to", "promote"]

ECE_TOLERANCE = 0.01
"""A confidence that is off by one in a hundred more changes no decision."""

REAL_F1, ENOUGH_OF_CLASS, REMAINDER = 0.3, 20, 0.25
"""A class collapses where it had this F1 at least, on so many tickets, and keeps less than this share of it."""

CHANGED = 0.05
"""People correct fewer labels than this once a ticket is closed."""

CHANCE = 0.975
"""The one side of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Objection:
    """A rule that speaks against a promotion: its name, what it says, and where it holds, in numbers."""

    rule: str
    meaning: str
    evidence: str

    def __str__(self) -> str:
        """In words, for people."""
        return f"{self.rule}: {self.meaning} {self.evidence}."


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of a promotion that went through.

    Attributes:
        version: the new champion.
        former: the champion until then; None where there was none.
        objections: what the gate had against it; it was forced where there is any.
        notes: what a person should know, a sentence each.
    """

    version: RegisteredVersion
    former: str | None
    objections: tuple[Objection, ...]
    notes: tuple[str, ...]


def target_missing(found: TargetComparison) -> str | None:
    """A question that the champion answers would be answered no more."""
    return None if found.is_answered else "no answers"


def labels_changed(found: TargetComparison) -> str | None:
    """More than a twentieth of the tickets have another label now: an export gone wrong, or labels renamed."""
    n = found.n + found.n_relabelled
    changed = n >= FEWEST and found.n_relabelled > CHANGED * n
    return f"{found.n_relabelled:,} of {n:,} tickets" if changed else None


def macro_f1_fell(found: TargetComparison) -> str | None:
    """Over all labels, small groups counting as much as large ones, answers are worse by more than chance explains."""
    macro_f1 = found.measures.get("macro_f1")
    return f"macro-F1 {macro_f1}" if macro_f1 and macro_f1.is_fall else None


def class_collapsed(found: TargetComparison) -> str | None:
    """A label that was answered well, in twenty tickets at least, has lost three quarters of its F1 or more."""
    collapsed = [
        f"{label!r} {f1.before:.2f} to {f1.after:.2f} in {n:,} tickets"
        for label, (n, f1) in found.per_class.items()
        if n >= ENOUGH_OF_CLASS and f1.before >= REAL_F1 and f1.after < REMAINDER * f1.before and f1.is_fall
    ]
    return ", ".join(collapsed) or None


def confidence_less_true(found: TargetComparison) -> str | None:
    """Confidences lie further from the share of right answers, by more than 0.01 and by more than chance explains."""
    ece = found.measures.get("ece")
    return f"calibration error {ece}" if ece and ece.is_rise and ece.change > ECE_TOLERANCE else None


def coverage_fell(found: TargetComparison) -> str | None:
    """Fewer answers lie above the threshold, by more than chance explains, though no more precision is asked for."""
    coverage = found.measures.get("coverage")
    asked_before, asked_after = found.asked
    return f"coverage {coverage}" if coverage and coverage.is_fall and asked_after <= asked_before else None


def precision_not_kept(found: TargetComparison) -> str | None:
    """Answers above the threshold are right less often than was asked for, by more than chance explains."""
    n, n_right, asked = found.n_covered, found.n_covered_right, found.asked[1]
    # Clopper and Pearson 1934: the highest precision that these counts still allow
    if not found.is_comparable or n_right == n or beta.ppf(CHANCE, n_right + 1, n - n_right) >= asked:
        return None
    return f"{n_right:,} of {n:,} are right, {n_right / n:.3f}, where {asked:g} was asked for"


RULES: tuple[Callable[[TargetComparison], str | None], ...] = (
    target_missing,
    labels_changed,
    macro_f1_fell,
    class_collapsed,
    confidence_less_true,
    coverage_fell,
    precision_not_kept,
)
"""Every rule, asked about every target of the champion: it answers with the evidence where it objects, else with None;
its name and its docstring are what people are shown."""


def objections_to(comparison: Comparison) -> tuple[Objection, ...]:
    """What speaks against letting the second model take the first's place, in the order of `RULES`."""
    found = []
    for rule in RULES:
        evidence = [
            f"{name}: {where}" for name, target in comparison.targets.items() if (where := rule(target)) is not None
        ]
        if evidence:
            found.append(Objection(rule.__name__, rule.__doc__ or "", "; ".join(evidence)))
    if not comparison.is_comparable:
        n = max((target.n for target in comparison.targets.values()), default=0)
        found.append(_not_comparable(f"{n:,} tickets that both answered unseen, {FEWEST} are the least"))
    return tuple(found)


def current_champion(registry: MlflowRegistry, bundles: Path) -> RegisteredVersion | None:
    """The champion that a new version is up against: what serves from this folder, else what the registry names.

    None where there is neither, or the registry does not know it.
    """
    try:
        return registry.find(_serving(bundles) or CHAMPION)
    except NotFound:
        return None


def examine(
    registry: MlflowRegistry, champion: str, challenger: RegisteredVersion
) -> tuple[tuple[Objection, ...], list[str]]:
    """What the gate has against a challenger, by the answers that the two runs have kept; and what it could not see."""
    try:
        before, after = stored_answers(registry, registry.find(champion), challenger)
    except NotFound as missing:
        return (_not_comparable(str(missing).rstrip(".")),), []
    found = compare(before, after, names=(champion, challenger.version))
    blind = [found.sentence(name) for name, one in found.targets.items() if one.is_answered and not one.is_comparable]
    return objections_to(found), blind


def promote(
    registry: MlflowRegistry, bundles: Path, ref: str, *, reason: str | None = None, who: str | None = None
) -> Promotion:
    """Compare a version with the champion, verify its bundle, let it serve, and let the alias follow last.

    What is asked for is written into the journal, refusals included. The champion itself may always be promoted again:
    that mends its copy and its alias, and is no event.

    Args:
        registry: where versions are kept.
        bundles: the folder that serving reads.
        ref: a version's number or alias.
        reason: why the gate is to be overruled, should it object; None lets it refuse.
        who: asks for it; the user of the operating system where nobody is named.

    Raises:
        NotFound: there is no such version.
        PromotionRefused: the gate objects and nobody overruled it; the champion stays as it was.
        ModelUnusable: its bundle may not serve; the champion stays as it was.
    """
    version = registry.find(ref)
    champion = _serving(bundles)
    objections: tuple[Objection, ...] = ()
    notes: list[str] = []
    if champion is None:
        notes.append("There was no champion, so nothing was compared.")
    elif champion != version.version:
        objections, notes = examine(registry, champion, version)
    rules, evidence = tuple(objection.rule for objection in objections), tuple(map(str, objections))
    if champion is not None and objections and reason is None:
        write_entry(bundles, "refused", version.version, before=champion, objections=rules, evidence=evidence, who=who)
        raise PromotionRefused(
            f"Model {version.version} was not promoted and model {champion} stays the champion ({', '.join(rules)}): "
            f"`triage models compare {champion} {version.version}` shows more, with --tickets FILE on other tickets, "
            'and --force --reason "..." overrules the gate.',
            champion=champion,
            objections=evidence,
            rules=rules,
        )
    with registry.bundle(version) as folder:
        serve_version(bundles, version.version, folder)
    if champion != version.version:
        overruled = reason if objections else None
        write_entry(
            bundles,
            "promoted",
            version.version,
            before=champion,
            objections=rules,
            evidence=evidence,
            reason=overruled,
            who=who,
        )
    registry.point(CHAMPION, version.version)
    return Promotion(version, champion, objections, tuple(notes))


def _serving(bundles: Path) -> str | None:
    """The version that serves; where the pointer was spoilt, the one that the journal says was let to."""
    try:
        return champion_version(bundles)
    except BundleMalformed:
        changes = [entry.version for entry in read_journal(bundles) if entry.event != "refused"]
        return changes[-1] if changes else None


def _not_comparable(evidence: str) -> Objection:
    return Objection("not_comparable", "Nothing shows that it is no worse than the champion.", evidence)
