"""Train, evaluate, compare, list, show, set and promote models."""

import typer

from commands.models import champion, retrain, rollback, thresholds, train, versions

__all__ = ["app"]

app = typer.Typer()
for verbs in (train, retrain, versions, thresholds, champion, rollback):
    app.registered_commands += verbs.app.registered_commands
