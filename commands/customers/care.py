"""Let a customer opt out of being profiled, say who looked at a profile, remove all that is kept of one, or join two.

They are loaded without the other verbs of `triage customers` (see `commands/cli.py`): a machine that only serves
can then do what a customer asks for.
"""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from sqlalchemy import Connection, Engine

from commands.recorded import record
from data import customers, forgetting, opt_outs, persons, profile_views
from data.callers import names_of
from data.database import open_database, reading, writing
from data.forgetting import Holdings
from data.persons import Person
from data.pseudonyms import stored_id
from data.schema import prepare
from triage.errors import InvalidInput
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer()

_NOBODY = "customer"
"""Whom the audit log says these were done to: its entries stay, and whoever is named in one could not be forgotten."""


def _named(value: str) -> str:
    bare = value.strip()  # as ids are stored
    if not bare:
        raise typer.BadParameter("a customer's id is more than blanks.")
    return bare


def _id(metavar: str = "ID") -> Any:  # noqa: ANN401  (as Typer says)
    return typer.Argument(
        metavar=metavar, help="As in the tickets' customer_id, in any spelling, or as a list shows it.", callback=_named
    )


CustomerId = Annotated[str, _id()]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; needed where nobody could answer.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("opt-out")
def opt_out(
    id_: CustomerId,
    back: Annotated[bool, typer.Option("--back", help="They want a profile again.")] = False,
    as_json: Json = False,
) -> None:
    """Make no profile of a customer any more: no segments, no plan, in no list."""
    engine, key = _installation()
    now = datetime.now(UTC)
    with writing(engine) as connection:
        ids = _person(connection, id_, key, now).ids
        is_new = opt_outs.opt_in(connection, ids) if back else opt_outs.opt_out(connection, ids, now)
        if is_new:
            record(connection, "customer.opted_in" if back else "customer.opted_out", _NOBODY, {}, now)
    if back:
        sentence = f"{id_} is profiled again." if is_new else f"{id_} had not opted out."
    else:
        sentence = f"{id_} is profiled no more." if is_new else f"{id_} had opted out already."
    typer.echo(sentence, err=as_json)
    if as_json:
        typer.echo(json.dumps({"customer": id_, "opted_out": not back, "changed": is_new}))


@app.command()
def views(id_: CustomerId, as_json: Json = False) -> None:
    """Who looked at a customer's profile within a year, programs and people by name, the latest first."""
    engine, key = _installation()
    with writing(engine) as connection:
        found = profile_views.views_of(connection, _person(connection, id_, key, datetime.now(UTC)).ids)
        names = names_of(connection, {view.caller for view in found})
    if as_json:
        rows = [{"name": names[v.caller], "caller": v.caller, "at": v.at.isoformat()} for v in found]
        typer.echo(json.dumps({"customer": id_, "views": rows}))
        return
    for view in found:
        typer.echo(f"{view.at:%Y-%m-%d %H:%M} UTC  {names[view.caller]}")
    if not found:
        typer.echo(f"Nobody has looked at the profile of {id_} within a year.", err=True)


@app.command()
def forget(
    id_: CustomerId,
    yes: Yes = False,
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
        if not removed.is_nothing:
            record(connection, "customer.forgotten", _NOBODY, asdict(removed), datetime.now(UTC))
    if removed.is_nothing:
        typer.echo(f"Nothing is known of {id_}, so nothing was removed.", err=as_json)
    else:
        typer.echo(f"Removed {_listed(removed)} of {id_}.", err=as_json)
    if as_json:
        typer.echo(json.dumps({"customer": id_} | {name.removeprefix("n_"): n for name, n in asdict(removed).items()}))


@app.command()
def same(
    id_: CustomerId,
    other: Annotated[str, _id("OTHER")],
    undo: Annotated[bool, typer.Option("--undo", help="They are two persons after all.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Join two ids that are one person, such as two addresses, or take that back; nothing is lost by either.

    Every ticket keeps its own id. Profiles, lists, plans, opt-outs and forgetting cover both.
    """
    if not yes and not _is_asked():
        raise InvalidInput("Two profiles become one, or one becomes two, and nobody can be asked here: add --yes.")
    engine, key = _installation()
    now = datetime.now(UTC)
    with writing(engine) as connection:
        first, second = _person(connection, id_, key, now), _person(connection, other, key, now)
        one, two = _stored(id_, key), _stored(other, key)
        n_tickets = [customers.n_tickets_of(connection, person.ids) for person in (first, second)]
    if one == two:
        raise InvalidInput(f"{id_} and {other} are two spellings of one id, so there is nothing to join or to part.")
    is_one = two in first.ids
    if is_one == undo and not yes:
        typer.confirm(_question(id_, other, n_tickets, undo=undo), abort=True, err=True)
    change = persons.part if undo else persons.join
    with writing(engine) as connection:
        is_new = change(connection, one, two, now)
        if is_new:
            record(connection, "customer.parted" if undo else "customer.joined", _NOBODY, {}, now)
    if undo:
        state = "are two persons again" if is_new else "were two persons"
    else:
        total = _n(sum(n_tickets), "ticket")
        state = f"are one person now, with {total}" if is_new else "were one person already"
    sentence = f"{id_} and {other} {state}."
    typer.echo(sentence, err=as_json)
    if as_json:
        typer.echo(json.dumps({"customer": id_, "other": other, "same": not undo, "changed": is_new}))


def _question(id_: str, other: str, n_tickets: list[int], *, undo: bool) -> str:
    if undo:
        return f"Take {id_} and {other} for two persons again?"
    first, second = (_n(n, "ticket") for n in n_tickets)
    return f"Take {id_} with {first} and {other} with {second} for one person?"


def _person(connection: Connection, id_: str, key: SecretStr | None, now: datetime) -> Person:
    person = persons.person_named(connection, id_, key, now)
    if person is None:
        raise InvalidInput(f"{id_} stands for nobody, as tickets without a customer have it; name a person.")
    return person


def _stored(id_: str, key: SecretStr | None) -> str:
    return stored_id(id_, key) or id_


def _n(n: int, noun: str) -> str:
    return f"{n:,} {noun if n == 1 else _plural(noun)}"


def _listed(held: Holdings) -> str:
    counts = (
        (held.n_tickets, "ticket"),
        (held.n_predictions, "prediction"),
        (held.n_plans, "plan"),
        (held.n_profile_views, "look at the profile"),
        (held.n_opt_outs, "opt-out"),
        (held.n_vips, "VIP mark"),
        (held.n_deliveries, "kept delivery"),
        (held.n_events, "event"),
        (held.n_answers, "kept answer"),
    )
    *first, last = [_n(n, noun) for n, noun in counts if n]
    return f"{', '.join(first)} and {last}" if first else last


def _plural(noun: str) -> str:
    if " at " in noun:
        return noun.replace("look", "looks")
    return noun.removesuffix("y") + "ies" if noun.endswith("y") else f"{noun}s"


def _is_asked() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty()


def _installation() -> tuple[Engine, SecretStr | None]:
    """The database, ready, and the key that its customers' ids are hashed with."""
    settings = read_settings()
    engine = open_database(settings.database)
    prepare(engine)
    return engine, settings.customer_key
