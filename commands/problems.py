"""Look for incidents that keep coming back, and say how far each has come."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Engine

from commands.progress import progress_bar
from commands.recorded import record
from commands.tables import print_table
from data import problems
from data.database import open_database, reading, writing
from data.found_problems import JOB, find_and_keep
from data.jobs import claim, finish
from data.problems import Said, StoredProblem
from data.schema import prepare
from data.subscribers import read_subscribers
from triage.customers.profile import HOURS_A_DAY
from triage.errors import Overloaded
from triage.identity import ticket_key
from triage.problems.state import STATES, state_of
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer()

Id = Annotated[int, typer.Argument(metavar="ID", min=1, help="As the list shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

_LONGEST = timedelta(minutes=10)
"""After which another look may begin, should this one have been broken off."""

_SHOWN_TICKETS = 20


@app.command("find")
def find_(
    fewest: Annotated[
        int | None, typer.Option("--tickets", min=2, help="So many incidents make a problem; else as it is set.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look for problems now, among the incidents of a year; what people said of known ones stays."""
    settings, now = read_settings(), datetime.now(UTC)
    engine = open_database(settings.database)
    prepare(engine)
    held = claim(engine, JOB, timedelta(0), now, _LONGEST)
    if held is None:
        raise Overloaded("Problems are being looked for already, or a look was broken off: try again in some minutes.")
    subscribers, floor = read_subscribers(settings.sources), fewest or settings.problem_tickets
    with progress_bar("Looking for problems") as advance:
        found = find_and_keep(engine, subscribers, now, floor, on_progress=advance)
    with writing(engine) as connection:
        finish(connection, held, found.content, now)
    if as_json:
        told = {"found": found.n_found, "new": list(found.new), "back": list(found.back), "gone": found.n_gone}
        typer.echo(json.dumps(told))
    else:
        typer.echo(
            f"{found.n_found:,} problems found: {len(found.new):,} new, {len(found.back):,} back, though resolved."
        )


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help=f"Only those: {', '.join(STATES)}.")] = None,
    most: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="So many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List problems: what came in the last sixty days first, and of that what costs most working time."""
    states = None if state is None else [state_of(state)]
    with reading(_database()) as connection:
        found = problems.problems_of(connection, states=states, most=most, still_at=datetime.now(UTC))
    if as_json:
        typer.echo(json.dumps([_document(one) for one in found]))
        return
    if not found:
        typer.echo("None; `triage problems find` looks for them.", err=True)
        return
    table = Table("id", "problem", "state", "owner", "incidents", "30 days", "before", "workdays lost", "last seen")
    for one in found:
        growth = one.measures.growth
        table.add_row(
            str(one.id), one.name, one.state, one.owner or "", f"{one.n_tickets:,}", f"{growth.n_last:,}",
            f"{growth.n_before:,}", f"{one.workdays_lost:,.1f}", f"{one.last_seen_at:%Y-%m-%d}",
        )  # fmt: skip
    print_table(table)


@app.command()
def show(id_: Id, as_json: Json = False) -> None:
    """Show all there is to know of one problem."""
    with reading(_database()) as connection:
        problem = problems.find(connection, id_)
        tickets = problems.tickets_of(connection, problem.id, _SHOWN_TICKETS)
    if as_json:
        latest = [{"id": one.shown_id, "open": one.is_open, "by_hand": one.is_by_hand} for one in tickets]
        typer.echo(json.dumps(_document(problem) | {"latest": latest}))
        return
    grid = Table.grid(padding=(0, 2))
    for name, value in _lines(problem):
        grid.add_row(name, value)
    grid.add_row("latest", ", ".join(one.shown_id for one in tickets))
    print_table(grid)


@app.command()
def merge(
    id_: Id,
    others: Annotated[list[int], typer.Argument(metavar="ID...", help="The problems that become part of it.")],
    as_json: Json = False,
) -> None:
    """Make other problems part of one; no later look parts them."""
    now = datetime.now(UTC)
    with writing(_database()) as connection:
        problem, merged = problems.merge(connection, id_, others, now)
        record(connection, "problem.merged", f"problem:{problem.id}", {"merged": merged}, now)
    _tell(f"Problem {problem.id} has {problem.n_tickets:,} incidents now.", problem, as_json=as_json)


@app.command()
def split(
    id_: Id,
    tickets: Annotated[str, typer.Option(metavar="ID,ID", help="The tickets that become a problem of their own.")],
    as_json: Json = False,
) -> None:
    """Make some tickets of a problem one of their own; no later look joins them again."""
    ids = [ticket_key(part.strip()) for part in tickets.split(",") if part.strip()]
    now = datetime.now(UTC)
    with writing(_database()) as connection:
        new = problems.split(connection, id_, ids, now)
        details = {"new": new.id, "n_tickets": len(set(ids))}
        record(connection, "problem.split", f"problem:{new.content['split_from']}", details, now)
    _tell(f"Problem {new.id} has {new.n_tickets:,} incidents now.", new, as_json=as_json)


@app.command()
def state(
    id_: Id,
    state_: Annotated[str, typer.Argument(metavar="STATE", help=f"One of {', '.join(STATES)}.")],
    owner: Annotated[str | None, typer.Option(help="Who sees to it; empty takes it from them.")] = None,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    workaround: Annotated[str | None, typer.Option(help="What people are told to do until it is resolved.")] = None,
    as_json: Json = False,
) -> None:
    """Say how far a problem has come, and who sees to it."""
    now = datetime.now(UTC)
    with writing(_database()) as connection:
        problem, told = problems.change(connection, id_, Said(state_, owner, name, workaround), now)
        if told:
            record(connection, "problem.changed", f"problem:{problem.id}", told, now)
    _tell(f"Problem {problem.id} is {problem.state.replace('_', ' ')}.", problem, as_json=as_json)


def _database() -> Engine:
    engine = open_database(read_settings().database)
    prepare(engine)
    return engine


def _tell(sentence: str, problem: StoredProblem, *, as_json: bool) -> None:
    typer.echo(json.dumps(_document(problem)) if as_json else sentence)


def _document(problem: StoredProblem) -> dict[str, Any]:
    measures = problem.measures.to_json()
    return {
        "id": problem.id,
        "name": problem.name,
        "state": problem.state,
        "owner": problem.owner,
        "workaround": problem.workaround,
        "service": problem.service,
        "tickets": problem.n_tickets,
        "hours_lost": problem.hours_lost,
        "workdays_lost": round(problem.workdays_lost, 2),
        "causes": list(problem.content.get("causes", ())),
        "measures": measures,
    }


def _lines(problem: StoredProblem) -> list[tuple[str, str]]:
    measures, back = problem.measures, problem.recurrence
    growth = measures.growth
    lines = [
        ("id", str(problem.id)),
        ("problem", problem.name),
        ("state", problem.state.replace("_", " ")),
        ("owner", problem.owner or "nobody"),
        ("workaround", problem.workaround or "none"),
        ("incidents", f"{problem.n_tickets:,}, and {measures.n_alerts:,} that machines reported"),
        ("people hit", f"{measures.n_customers:,}"),
        ("30 days", f"{growth.n_last:,}, in the 30 before {growth.n_before:,}"),
        ("workdays lost", f"{problem.workdays_lost:,.1f} of {HOURS_A_DAY:g} hours"),
        ("groups", ", ".join(measures.groups) or "not known"),
        ("seen", f"{problem.first_seen_at:%Y-%m-%d} to {problem.last_seen_at:%Y-%m-%d}"),
    ]
    if back is not None:
        lines.append(("back", f"{back[1]:,} incidents since it was resolved on {back[0]:%Y-%m-%d}"))
    return lines + [("change", _cause(told)) for told in problem.content.get("causes", ())]


def _cause(told: Mapping[str, Any]) -> str:
    began = "came more often" if told["n_before"] else "began"
    return f"it {began} behind {told['change_id']} ({told['title']}), by chance with probability {told['chance']:.3f}"
