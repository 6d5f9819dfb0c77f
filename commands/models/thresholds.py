"""Show what thresholds would do, and set them: the verbs of `triage models` that need no training."""

import json
from dataclasses import asdict
from typing import Annotated, get_args

import typer
from rich.table import Table

from commands.models.registry import find_bundle
from commands.recorded import record_beside
from commands.tables import print_table
from models.dial import Dial, asked_in_words, changed, set_targets
from triage.operating_points import OperatingPoint, Share, operating_points
from triage.prediction import Mode
from triage.settings import Settings, read_settings
from triage.targets import check_names

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
    found = _dial(read_settings(), ref)
    check_names([target] if target else [], found.asked)
    document: dict[str, object] = {}
    for head in found.manifest.questions:
        if target not in (None, head.target):
            continue
        unseen, asked = found.unseen[head.target], found.asked[head.target]
        now, points = found.now(head.target), operating_points(unseen)
        n = unseen.is_right.size
        document[head.target] = {
            "asked": asdict(asked),
            "n": n,
            "now": asdict(now),
            "points": [asdict(point) for point in points],
        }
        if not as_json:
            typer.echo(f"{head.target}: {asked_in_words(asked)}; {n:,} tickets unseen in training.")
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
    found = _dial(settings, ref)
    check_names([target], found.asked)
    after = changed(found.asked[target], changes)
    (change,) = set_targets(settings.bundles, found, {target: after})
    record_beside(settings, "model.set", f"model:{found.version}", {"change": change})
    unseen = found.unseen[target]
    _, now = found.turned(after)
    if as_json:
        typer.echo(json.dumps({"model": found.version, "target": target, "asked": asdict(after), "now": asdict(now)}))
        return
    typer.echo(f"Model {found.version}, {change}.")
    typer.echo(
        f"Of {unseen.is_right.size:,} tickets unseen in training {now.right.share:.1%} would be answered "
        f"rightly by itself, {now.wrong.share:.1%} wrongly, and {now.by_hand.share:.1%} left to people"
        + ("." if after.mode == "auto" else f", were the mode auto; it is {after.mode}.")
    )


def _dial(settings: Settings, ref: str) -> Dial:
    """That of the version that is called so."""
    with find_bundle(settings, ref) as (version, folder):
        return Dial.of(settings.bundles, version, folder)


def _table(now: OperatingPoint, points: list[OperatingPoint]) -> Table:
    table = Table("threshold", "right", "wrong", "left to people", "right among the applied")
    for column in table.columns:
        column.justify = "right"
    for name, point in (("as set now", now), *((f"{p.threshold:.4f}", p) for p in points)):
        table.add_row(name, *(_share(part) for part in (point.right, point.wrong, point.by_hand, point.precision)))
    return table


def _share(found: Share) -> str:
    return f"{found.share:.3f} ({found.low:.3f}-{found.high:.3f})"
