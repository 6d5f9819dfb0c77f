"""Train, evaluate, compare, list, show and promote models."""

import typer

from commands.models import champion, rollback, train, versions

__all__ = ["app"]

app = typer.Typer()
for verbs in (train, versions, champion, rollback):
    app.registered_commands += verbs.app.registered_commands
