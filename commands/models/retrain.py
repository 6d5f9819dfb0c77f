"""Train the champion again on what people have decided since, and let the gate judge: a verb of `triage models`."""

import json
from typing import Annotated

import typer

from commands.models.learning import STORE, Lesson, learn, read_store
from commands.models.measures_table import measures_table
from commands.models.registry import open_registry
from commands.recorded import record_beside
from commands.tables import print_table
from triage.errors import PromotionRefused
from triage.settings import read_settings

__all__ = ["app", "retrain"]

app = typer.Typer()


@app.command()
def retrain(
    from_store: Annotated[
        bool, typer.Option("--from-store", help="From the database: imported tickets, and what people decided since.")
    ] = False,
    promote: Annotated[bool, typer.Option("--promote", help="Let the new version serve if the gate lets it.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Train even though little is new.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Learn the champion again with its configuration and targets, compare the two, and say which is better."""
    from training.features.distillation import open_distillation
    from training.promotion import examine
    from training.promotion import promote as promote_version
    from training.retraining import require_news, retraining_of

    if not from_store:
        raise typer.BadParameter(
            "A model is trained again from the database; `triage models train` takes a file.",
            param_hint="--from-store",
        )
    settings = read_settings()
    registry = open_registry(settings)
    asked = retraining_of(registry, settings.bundles)
    champion = asked.champion.version
    stored = read_store(settings)
    n_new = stored.n_new(asked.manifest.trained_at, asked.targets) if force else require_news(stored, asked)
    weight = asked.parameters.correction_weight
    lesson = Lesson(
        tickets=stored.tickets,
        source=STORE,
        parameters=asked.parameters,
        targets=asked.targets,
        clean=asked.clean,
        weights=stored.weights(weight),
        provenance=stored.provenance(weight, asked.targets),
    )
    learned = learn(lesson, settings, registry, open_distillation(asked.parameters, settings.encoders))
    version = learned.registered.version
    objections, notes = examine(registry, champion, registry.find(version))
    for note in notes:
        typer.echo(f"Note: {note}", err=True)
    for objection in objections:
        typer.echo(str(objection), err=True)
    if as_json:
        verdict = {
            "version": version,
            "champion": champion,
            "new_labels": n_new,
            "refused": [objection.rule for objection in objections],
            "objections": [str(objection) for objection in objections],
            "promoted": promote and not objections,
            "seconds": round(learned.seconds, 2),
        }
        typer.echo(json.dumps(verdict))
    else:
        print_table(measures_table(learned.experiment.measures))
    if promote:
        promote_version(registry, settings.bundles, version)
        promotion = {"forced": False, "overruled": [], "reason": None}
        record_beside(settings, "model.promoted", f"model:{version}", promotion)
    elif objections:
        rules = tuple(objection.rule for objection in objections)
        raise PromotionRefused(
            f"Model {version} is worse than model {champion}, or nothing shows that it is not ({', '.join(rules)}): "
            f"`triage models compare {champion} {version}` shows more.",
            champion=champion,
            objections=tuple(map(str, objections)),
            rules=rules,
        )
    if not as_json:
        typer.echo(
            f"Model {version} is the champion; running services take it up by themselves."
            if promote
            else f"The gate lets model {version} take the place of model {champion}: `triage models promote {version}`."
        )
