"""What articles did, which topics have none, and what support knows that development was not told."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from commands.progress import progress_steps
from commands.tables import print_table
from triage.errors import InvalidInput
from triage.settings import Settings

if TYPE_CHECKING:
    from data.knowledge import KnowledgeCount

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="See what articles did, which topics have none, and what is not shared.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=500, help="How many at most.")]


@app.command()
def articles(*, limit: Limit = 30, as_json: AsJson = False) -> None:
    """List the articles of a year with how many of their tickets stayed closed; the most used first."""
    from api.knowledge import article_answer

    found = _counted()
    shown = [article_answer(each) for each in found.articles[:limit]]
    if as_json:
        told = {"counted_at": found.at.isoformat(), "n": found.n_articles, "closed": found.n_closed}
        answers = [each.model_dump(mode="json") for each in shown]
        typer.echo(json.dumps(told | {"with_article": found.n_with_article, "articles": answers}, indent=2))
        return
    table = Table("article", "closed of used", "expected", "last used")
    for each in shown:
        table.add_row(
            each.article, f"{each.closed} of {each.used}", f"{100 * each.ratio:.0f} %", f"{each.last_used_at:%Y-%m-%d}"
        )
    print_table(table)
    _say_rest(found.n_articles - len(shown), "article")


@app.command("gaps")
def list_gaps(*, limit: Limit = 30, as_json: AsJson = False) -> None:
    """List topics of which many incidents tell and hardly any used an article; the article that spares most first."""
    from api.knowledge import gap_answer

    found = _counted()
    shown = [gap_answer(each) for each in found.gaps[:limit]]
    if as_json:
        answers = [each.model_dump(mode="json") for each in shown]
        typer.echo(json.dumps({"counted_at": found.at.isoformat(), "n": found.n_gaps, "gaps": answers}, indent=2))
        return
    table = Table("topic", "kind", "incidents", "hours lost", "reopened", "for example")
    for each in shown:
        reopened = "-" if each.reopened_ratio is None else f"{100 * each.reopened_ratio:.0f} %"
        hours = f"{each.benefit_hours:.0f}"
        table.add_row(each.topic, each.kind, str(each.incidents), hours, reopened, " ".join(each.examples[:3]))
    print_table(table)
    _say_rest(found.n_gaps - len(shown), "topic")


@app.command("unshared")
def list_unshared(
    *,
    out: Annotated[Path | None, typer.Option("--out", help="Write a CSV file instead; it must not be there.")] = None,
    as_json: AsJson = False,
) -> None:
    """List problems with a workaround of which no ticket names a problem or a change in development."""
    from dataclasses import asdict

    from data.database import open_database, reading
    from data.knowledge import unshared, unshared_csv

    if out is not None and out.exists():
        raise InvalidInput(f"{out} exists already and is not overwritten; name another file.")
    engine = open_database(Settings().database)
    with reading(engine) as connection:
        found = unshared(connection)
    engine.dispose()
    if out is not None:
        _write(out, unshared_csv(found))
    if as_json:
        typer.echo(json.dumps({"problems": [asdict(each) for each in found]}, indent=2, default=datetime.isoformat))
    elif out is None:
        table = Table("problem", "name", "service", "tickets", "hours lost", "workaround")
        for each in found:
            cells = (str(each.problem_id), each.name, each.service or "-", str(each.n_tickets))
            table.add_row(*cells, f"{each.hours_lost:.0f}", each.workaround[:80])
        print_table(table)
    if out is not None:
        typer.echo(f"{len(found)} problems were written to {out}.", err=True)


def _counted() -> "KnowledgeCount":
    from data.database import open_database, reading
    from data.knowledge import count_knowledge

    engine = open_database(Settings().database)
    with progress_steps("Counting") as step, reading(engine) as connection:
        step("a year of tickets")
        found = count_knowledge(connection, datetime.now(UTC))
    engine.dispose()
    return found


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror}.") from None


def _say_rest(n: int, what: str) -> None:
    if n > 0:
        typer.echo(f"{n} more {what}{'s' if n > 1 else ''}: --limit or --json shows them.", err=True)
