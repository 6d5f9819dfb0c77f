"""Let a customer opt out of being profiled, say who looked at a profile, or remove all that is kept of one.

They are loaded without the other verbs of `triage customers` (see `commands/cli.py`): a machine that only serves
can then do what a customer asks for.
"""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import SecretStr
from sqlalchemy import Engine

from data import forgetting, keys, opt_outs, profile_views
from data.database import open_database, reading, writing
from data.forgetting import Holdings
from data.pseudonyms import stored_id
from data.schema import prepare
from triage.errors import InvalidInput
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer()


def _named(value: str) -> str:
    bare = value.strip()  # as ids are stored
    if not bare:
        raise typer.BadParameter("a customer's id is more than blanks.")
    return bare


CustomerId = Annotated[
    str,
    typer.Argument(metavar="ID", help="As in the tickets' customer_id, or as a list shows it.", callback=_named),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("opt-out")
def opt_out(
    id_: CustomerId,
    back: Annotated[bool, typer.Option("--back", help="They want a profile again.")] = False,
    as_json: Json = False,
) -> None:
    """Make no profile of a customer any more: no segments, no plan, in no list."""
    engine, key = _installation()
    customer_id = stored_id(id_, key)
    with writing(engine) as connection:
        if back:
            is_new = opt_outs.opt_in(connection, customer_id)
        else:
            is_new = opt_outs.opt_out(connection, customer_id, datetime.now(UTC))
    if back:
        sentence = f"{id_} is profiled again." if is_new else f"{id_} had not opted out."
    else:
        sentence = f"{id_} is profiled no more." if is_new else f"{id_} had opted out already."
    typer.echo(sentence, err=as_json)
    if as_json:
        typer.echo(json.dumps({"customer": id_, "opted_out": not back, "changed": is_new}))


@app.command()
def views(id_: CustomerId, as_json: Json = False) -> None:
    """Who looked at a customer's profile within a year, the latest first."""
    engine, key = _installation()
    with reading(engine) as connection:
        found = profile_views.views_of(connection, stored_id(id_, key))
        names = {one.id: one.name for one in keys.list_keys(connection)}  # revoked ones too
    if as_json:
        rows = [{"key": names[v.api_key_id], "key_id": v.api_key_id, "at": v.at.isoformat()} for v in found]
        typer.echo(json.dumps({"customer": id_, "views": rows}))
        return
    for view in found:
        typer.echo(f"{view.at:%Y-%m-%d %H:%M} UTC  {names[view.api_key_id]}")
    if not found:
        typer.echo(f"Nobody has looked at the profile of {id_} within a year.", err=True)


@app.command()
def forget(
    id_: CustomerId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed where nobody could answer.")] = False,
    as_json: Json = False,
) -> None:
    """Remove a customer from the database for good: tickets with their texts, plans, all that names them."""
    if not yes and not _is_asked():
        raise InvalidInput("What is forgotten is gone for good, and nobody can be asked here: add --yes.")
    engine, key = _installation()
    if not yes:
        with reading(engine) as connection:
            held = forgetting.holdings_of(connection, id_, key)
        if not held.is_nothing:
            typer.confirm(f"Remove {_listed(held)} of {id_} for good?", abort=True, err=True)
    with writing(engine) as connection:
        removed = forgetting.forget(connection, id_, key)
    if removed.is_nothing:
        typer.echo(f"Nothing is known of {id_}, so nothing was removed.", err=as_json)
    else:
        typer.echo(f"Removed {_listed(removed)} of {id_}.", err=as_json)
    if as_json:
        typer.echo(json.dumps({"customer": id_} | {name.removeprefix("n_"): n for name, n in asdict(removed).items()}))


def _listed(held: Holdings) -> str:
    counts = (
        (held.n_tickets, "ticket"),
        (held.n_predictions, "prediction"),
        (held.n_plans, "plan"),
        (held.n_profile_views, "look at the profile"),
        (held.n_opt_outs, "opt-out"),
        (held.n_answers, "kept answer"),
    )
    *first, last = [f"{n:,} {_plural(noun) if n > 1 else noun}" for n, noun in counts if n]
    return f"{', '.join(first)} and {last}" if first else last


def _plural(noun: str) -> str:
    return noun.replace("look", "looks") if " at " in noun else f"{noun}s"


def _is_asked() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty()


def _installation() -> tuple[Engine, SecretStr | None]:
    """The database, ready, and the key that its customers' ids are hashed with."""
    settings = read_settings()
    engine = open_database(settings.database)
    prepare(engine)
    return engine, settings.customer_key
