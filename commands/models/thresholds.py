"""Show what thresholds would do, and set them: the verbs of `triage models` that need no training."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, get_args

import typer
from rich.table import Table

from commands.models.registry import find_bundle
from commands.tables import print_table
from models.bundle import read_manifest
from models.journal import write_entry
from models.manifest import Manifest
from models.policies import TargetPolicy, asked_targets, read_policies, set_policy
from models.registry import set_version
from models.unseen import read_unseen
from triage.operating_points import OperatingPoint, Share, operating_point, operating_points
from triage.prediction import Mode
from triage.settings import Settings, read_settings
from triage.targets import Target, check_names
from triage.thresholds import UnseenAnswers

__all__ = ["app", "set_", "thresholds"]

app = typer.Typer()

Ref = Annotated[str, typer.Argument(metavar="REF", help="A version's number, or an alias such as champion.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def thresholds(
    ref: Ref,
    target: Annotated[str | None, typer.Option(metavar="T", help="Of one target; else of all.")] = None,
    as_json: Json = False,
) -> None:
    """Show for each threshold the share right, wrong and left to people, on tickets unseen in training."""
    found = _SetVersion.of(read_settings(), ref)
    check_names([target] if target else [], found.asked)
    document: dict[str, object] = {}
    for head in found.manifest.questions:
        if target not in (None, head.target):
            continue
        current = found.policies[head.target].thresholds if head.target in found.policies else head.thresholds
        unseen, asked = found.unseen[head.target], found.asked[head.target]
        now, points = operating_point(unseen, current), operating_points(unseen)
        n = unseen.is_right.size
        document[head.target] = {
            "asked": asdict(asked),
            "n": n,
            "now": asdict(now),
            "points": [asdict(point) for point in points],
        }
        if not as_json:
            typer.echo(f"{head.target}: {_asked_in_words(asked)}; {n:,} tickets unseen in training.")
            print_table(_table(now, points))
    if as_json:
        typer.echo(json.dumps({"model": found.version, "targets": document}))


@app.command("set")
def set_(  # noqa: PLR0913, PLR0917 - each is an option
    ref: Ref,
    target: Annotated[str, typer.Option(metavar="T", help="Of which target.")],
    precision: Annotated[
        float | None, typer.Option(metavar="P", help="How often what is applied by itself should be right, 0 to 1.")
    ] = None,
    per_label: Annotated[
        bool | None,
        typer.Option("--per-label/--per-target", help="Whether each label must prove that, or the target as a whole."),
    ] = None,
    cost_wrong: Annotated[
        float | None, typer.Option(metavar="C", help="What a wrong answer costs, in any unit; instead of a precision.")
    ] = None,
    cost_by_hand: Annotated[
        float | None, typer.Option(metavar="C", help="What a ticket costs that a person decides.")
    ] = None,
    suggest_from: Annotated[
        float | None, typer.Option(metavar="F", help="Below this confidence an answer is withheld, 0 to 1.")
    ] = None,
    mode: Annotated[str | None, typer.Option(metavar="M", help=f"{', '.join(get_args(Mode))}.")] = None,
    as_json: Json = False,
) -> None:
    """Set a target's mode and thresholds without training anew; the journal says who did."""
    if precision is not None and (cost_wrong is not None or cost_by_hand is not None):
        raise typer.BadParameter("A precision and costs exclude one another.", param_hint="--precision")
    if mode is not None and mode not in get_args(Mode):
        raise typer.BadParameter(f"{mode!r} is none of {', '.join(get_args(Mode))}.", param_hint="--mode")
    given = {
        "mode": mode,
        "precision": precision,
        "per_label": per_label,
        "cost_wrong": cost_wrong,
        "cost_by_hand": cost_by_hand,
        "suggest_from": suggest_from,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise typer.BadParameter("Say what to set: --precision, costs, --suggest-from or --mode.")
    settings = read_settings()
    found = _SetVersion.of(settings, ref)
    check_names([target], found.asked)
    before, unseen = found.asked[target], found.unseen[target]
    after = _changed(before, changes)
    head = next(head for head in found.manifest.questions if head.target == target)
    policy = set_policy(head, after, unseen)
    set_version(settings.bundles, found.version, found.policies | {target: policy})
    change = f"{target}: {_asked_in_words(before)}, now {_asked_in_words(after)}"
    write_entry(settings.bundles, "set", found.version, before=found.version, change=change)
    now = operating_point(unseen, policy.thresholds)
    if as_json:
        typer.echo(json.dumps({"model": found.version, "target": target, "asked": asdict(after), "now": asdict(now)}))
        return
    typer.echo(f"Model {found.version}, {change}.")
    typer.echo(
        f"Of {unseen.is_right.size:,} tickets unseen in training {now.right.share:.1%} would be answered "
        f"rightly by itself, {now.wrong.share:.1%} wrongly, and {now.by_hand.share:.1%} left to people"
        + ("." if after.mode == "auto" else f", were the mode auto; it is {after.mode}.")
    )


@dataclass(frozen=True, slots=True)
class _SetVersion:
    """A version, what a desk asks of it now, and the answers that its thresholds rest on."""

    version: str
    manifest: Manifest
    unseen: dict[str, UnseenAnswers]
    policies: dict[str, TargetPolicy]

    @classmethod
    def of(cls, settings: Settings, ref: str) -> "_SetVersion":
        """The version that is called so."""
        with find_bundle(settings, ref) as (version, folder):
            manifest = read_manifest(folder)
            unseen = read_unseen(folder, manifest)
        return cls(version, manifest, unseen, read_policies(settings.bundles, version))

    @property
    def asked(self) -> dict[str, Target]:
        """For each of its targets what is asked."""
        return asked_targets(self.manifest, self.policies)


def _changed(asked: Target, changes: dict[str, Any]) -> Target:
    """What is asked after a change; a precision takes the place of costs, and costs that of a precision."""
    if "precision" in changes or changes.get("per_label"):
        asked = replace(asked, cost_wrong=None, cost_by_hand=None)
    elif {"cost_wrong", "cost_by_hand"} & changes.keys():
        asked = replace(asked, per_label=False, cost_wrong=None, cost_by_hand=None)
        own = {name: changes.get(name) for name in ("cost_wrong", "cost_by_hand")}
        return replace(asked, **{**changes, **own})
    return replace(asked, **changes)


def _asked_in_words(asked: Target) -> str:
    if asked.cost_wrong is not None and asked.cost_by_hand is not None:
        promise = f"cost {asked.cost_wrong:g} for a wrong answer and {asked.cost_by_hand:g} by hand"
    else:
        promise = f"precision {asked.precision:g}{' of each label' if asked.per_label else ''}"
    floor = "" if asked.suggest_from is None else f", suggested from {asked.suggest_from:g}"
    return f"mode {asked.mode}, {promise}{floor}"


def _table(now: OperatingPoint, points: list[OperatingPoint]) -> Table:
    table = Table("threshold", "right", "wrong", "left to people", "right among the applied")
    for column in table.columns:
        column.justify = "right"
    for name, point in (("as set now", now), *((f"{p.threshold:.4f}", p) for p in points)):
        table.add_row(name, *(_share(part) for part in (point.right, point.wrong, point.by_hand, point.precision)))
    return table


def _share(found: Share) -> str:
    return f"{found.share:.3f} ({found.low:.3f}-{found.high:.3f})"
