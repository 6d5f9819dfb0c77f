"""Compare versions and promote one: the verbs of `triage models` that decide which is the champion."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from commands.exports import DateFormatOption, MapOption, PresetOption, read_history
from commands.models.registry import open_registry
from commands.progress import progress_bar
from commands.recorded import record_beside
from commands.tables import print_table
from triage.errors import PromotionRefused, TriageError
from triage.settings import read_settings

if TYPE_CHECKING:
    from training.evaluation.comparison import Comparison

__all__ = ["app", "compare", "promote"]

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def compare(
    before: Annotated[str, typer.Argument(metavar="REF", help="A version or alias, usually champion.")],
    after: Annotated[str, typer.Argument(metavar="REF", help="What to compare with it, usually challenger.")],
    tickets: Annotated[
        Path | None,
        typer.Option("--tickets", metavar="FILE", help="An export that both answer; else what their runs have kept."),
    ] = None,
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    date_formats: DateFormatOption = None,
    as_json: Json = False,
) -> None:
    """Set two versions side by side on the same tickets, none of which either has learned from."""
    from training.evaluation.comparison import compare as compare_answers
    from training.pairing import fresh_answers, stored_answers

    settings = read_settings()
    registry = open_registry(settings)
    first, second = registry.find(before), registry.find(after)
    n_left_out = 0
    if tickets is None:
        one, other = stored_answers(registry, first, second)
    else:
        history, _ = read_history(tickets, preset, overrides, settings.rejected, date_formats=date_formats)
        with progress_bar("Answering") as advance:
            one, other, n_left_out = fresh_answers(
                registry, first, second, history, redaction=settings.redaction, on_progress=advance
            )
    with progress_bar("Comparing") as advance:
        found = compare_answers(one, other, names=(first.version, second.version), on_progress=advance)
    if n_left_out:
        typer.echo(f"Warning: {n_left_out:,} tickets were left out, as one of the two has learned from them.", err=True)
    if as_json:
        source = "held out in training" if tickets is None else tickets.name
        document = {"source": source, "left_out": n_left_out, **found.as_dict()}
        typer.echo(json.dumps(document))
        return
    _show(found)
    for target in found.targets:
        typer.echo(found.sentence(target))


@app.command()
def promote(
    ref: Annotated[str, typer.Argument(metavar="REF", help="A version's number, or an alias such as challenger.")],
    force: Annotated[bool, typer.Option("--force", help="Promote against the gate's objections.")] = False,
    reason: Annotated[
        str | None, typer.Option(metavar='"..."', help="Why, for the journal; belongs to --force.")
    ] = None,
    as_json: Json = False,
    asked_by: Annotated[
        str | None, typer.Option(metavar="WHO", help="Whom the journal names, where a program promotes for somebody.")
    ] = None,
) -> None:
    """Let a version serve, unless it is worse than the champion: compare, verify its bundle, export it."""
    from training.promotion import promote as promote_version

    if force != bool(reason and reason.strip()):
        raise typer.BadParameter("--force and --reason belong together: the journal says why the gate was overruled.")
    settings = read_settings()
    try:
        promoted = promote_version(open_registry(settings), settings.bundles, ref, reason=reason, who=asked_by)
    except PromotionRefused as refused:
        for objection in refused.objections:
            typer.echo(objection, err=True)
        if as_json:
            typer.echo(_verdict(refused.champion, refused.rules, refused.objections, forced=False))
        raise
    except TriageError as error:
        if as_json:
            typer.echo(json.dumps({"champion": None, "refused": [], "fault": type(error).__name__}))
        raise
    overruled_rules = [objection.rule for objection in promoted.objections]
    asked = {} if asked_by is None else {"asked_by": asked_by}
    promotion = {"forced": bool(overruled_rules), "overruled": overruled_rules, "reason": reason, **asked}
    record_beside(settings, "model.promoted", f"model:{promoted.version.version}", promotion)
    for note in promoted.notes:
        typer.echo(f"Note: {note}", err=True)
    for overruled in promoted.objections:
        typer.echo(f"Overruled: {overruled}", err=True)
    if as_json:
        rules = [objection.rule for objection in promoted.objections]
        said = [str(objection) for objection in promoted.objections]
        typer.echo(_verdict(promoted.version.version, rules, said, forced=bool(rules), notes=promoted.notes))
    else:
        typer.echo(f"Model {promoted.version.version} is the champion; running services take it up by themselves.")


def _verdict(
    champion: str, rules: Sequence[str], objections: Sequence[str], *, forced: bool, notes: Sequence[str] = ()
) -> str:
    """What programs are told: who serves now, and what the gate had to say."""
    return json.dumps(
        {"champion": champion, "refused": rules, "objections": objections, "forced": forced, "notes": notes}
    )


def _show(found: "Comparison") -> None:
    from training.evaluation.comparison import MEASURES

    for target, compared in found.targets.items():
        if not compared.measures:
            continue
        table = Table(target, f"model {found.before}", f"model {found.after}", "change", "95 %", "")
        for column in table.columns[1:5]:
            column.justify = "right"
        for name, one in compared.measures.items():
            beyond_chance = "rose" if one.is_rise else "fell" if one.is_fall else ""
            numbers = (
                f"{one.before:.3f}",
                f"{one.after:.3f}",
                f"{one.change:+.3f}",
                f"{one.low:+.3f} to {one.high:+.3f}",
            )
            table.add_row(MEASURES[name], *numbers, beyond_chance)
        print_table(table)
