"""Let the champion before this one serve again.

The service must not wait for MLflow, and a machine that only serves can go back without it.
"""

import json
from typing import Annotated

import typer

from commands.models.registry import open_registry
from commands.recorded import record_beside
from models.journal import roll_back
from triage.errors import StoreUnusable
from triage.settings import Settings, read_settings

__all__ = ["app", "rollback"]

app = typer.Typer()


@app.command()
def rollback(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Let the champion before this one serve again; running services take it up by themselves."""
    settings = read_settings()
    done = roll_back(settings.bundles)
    typer.echo(f"Model {done.version} is the champion again in place of model {done.before}.", err=as_json)
    record_beside(settings, "model.rolled_back", f"model:{done.version}", {"before": done.before})
    fault = _let_alias_follow(settings, done.version)
    if fault is not None:
        typer.echo(
            f"Note: the alias `champion` did not follow. {fault} "
            f"`triage models promote {done.version}` points it to model {done.version} later.",
            err=True,
        )
    if as_json:
        document = {"champion": done.version, "rolled_back": done.before, "alias_followed": fault is None}
        typer.echo(json.dumps(document))


def _let_alias_follow(settings: Settings, version: str) -> str | None:
    """What kept the registry's alias from following, as a sentence; None where it did."""
    try:
        # Only now, as it takes seconds, and may not be installed where a model only serves.
        from models.mlflow_registry import CHAMPION

        open_registry(settings).point(CHAMPION, version)
    except ModuleNotFoundError as missing:
        return f"{(missing.name or '').partition('.')[0]} is not installed here."
    except StoreUnusable as error:
        return str(error)
    return None
