"""Profile the people who write, and say who will call often."""

import typer

from commands.customers import care, effect, evaluate, profile

__all__ = ["app"]

app = typer.Typer()
for verbs in (profile, care, effect, evaluate):
    app.registered_commands += verbs.app.registered_commands
