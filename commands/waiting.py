"""The verbs of what waits for a worker, whichever it is: `list`, `show`, `retry` and `drop`.

`outbox`, `deliveries` and `events` are such nouns; another one is a `Noun` and a `View` in a module of its own.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Protocol, TypeVar

import typer
from rich.table import Table
from sqlalchemy import Connection, Engine

from commands.recorded import record
from commands.tables import print_table
from data.database import open_database, reading, writing
from data.queue_rows import Progress
from data.schema import prepare
from triage.settings import read_settings

__all__ = ["WIDTH", "Json", "Noun", "Store", "View", "create_app"]

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)

WIDTH = 18
"""Of what stands before the values that `show` prints."""

Id = Annotated[int, typer.Argument(metavar="ID", help="As the list shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


class Store(Protocol[Row_co]):
    """Where the rows are, such as the module `data/outbox.py`."""

    def listed(self, connection: Connection, state: Any, most: int) -> Sequence[Row_co]:  # noqa: ANN401  (one of its own)
        """The newest rows, of one state or all."""

    def counts(self, connection: Connection) -> Mapping[Any, int]:
        """How many there are in each state."""

    def shown(self, connection: Connection, id_: int) -> Row_co:
        """One row."""

    def retry(self, connection: Connection, id_: int, now: datetime) -> Row_co:
        """Lets one be tried again."""

    def retry_all_dead(self, connection: Connection, now: datetime) -> int:
        """Does the same for every dead one, and says for how many."""

    def drop(self, connection: Connection, id_: int, now: datetime) -> Row_co:
        """Takes one out."""


@dataclass(frozen=True, slots=True)
class Noun:
    """What rows are called, and what is done with them.

    Attributes:
        typed: the command.
        one: of them; `several` are more.
        several: see there.
        states: all that a row can be in.
        dropped: what comes of dropping, before what it is about: `Nothing is written to`.
        stays_dead: why dead ones cannot all be tried again; None where they can.
        listing: the help of `list`.
        showing: the help of `show`.
    """

    typed: str
    one: str
    several: str
    states: Sequence[str]
    dropped: str
    listing: str
    showing: str
    stays_dead: str | None = None


@dataclass(frozen=True, slots=True)
class View(Generic[Row]):
    """How a row is shown.

    Attributes:
        progress: how far it has come.
        created_at: since when it is there.
        columns: of the list, between its id and its state; `cells` are theirs.
        cells: see there.
        about: what it is of, in words.
        origin: the same for the audit log.
        document: what JSON says of it beside its progress.
        details: what JSON says of one that is shown beside that.
        heading: what `show` prints before its progress, line by line; `contents` comes after it.
        contents: see there.
    """

    progress: Callable[[Row], Progress]
    created_at: Callable[[Row], datetime]
    columns: tuple[str, ...]
    cells: Callable[[Row], tuple[str, ...]]
    about: Callable[[Row], str]
    origin: Callable[[Row], Mapping[str, object]]
    document: Callable[[Row], Mapping[str, Any]]
    details: Callable[[Row], Mapping[str, Any]]
    heading: Callable[[Row], Iterable[tuple[str, str]]]
    contents: Callable[[Row], Iterable[tuple[str, str]]]


def create_app(noun: Noun, store: Store[Row], view: View[Row]) -> typer.Typer:
    """The verbs of a noun."""
    app, verbs, one = typer.Typer(), _Verbs(noun, store, view), _with_article(noun.one)
    app.command("list", help=noun.listing)(verbs.list_)
    app.command("show", help=noun.showing)(verbs.show)
    app.command("retry", help=f"Try {one} again from now on, as if it were new.")(verbs.retry)
    app.command("drop", help=f"Take {one} out; asks first where somebody can answer. Retrying it takes that back.")(
        verbs.drop
    )
    return app


class _Verbs(Generic[Row]):
    """Each verb, as Typer calls it."""

    def __init__(self, noun: Noun, store: Store[Row], view: View[Row]) -> None:
        self._noun, self._store, self._view = noun, store, view

    def list_(
        self,
        state: Annotated[str | None, typer.Option(metavar="STATE", help="Only those in this state.")] = None,
        dead: Annotated[bool, typer.Option("--dead", help="The same as --state dead.")] = False,
        most: Annotated[int, typer.Option(min=1, help="So many at most.")] = 100,
        as_json: Json = False,
    ) -> None:
        if state is not None and state not in self._noun.states:
            raise typer.BadParameter(f"no state named '{state}'. Known: {', '.join(self._noun.states)}.")
        asked = "dead" if dead else state
        with reading(_database()) as connection:
            rows, n_by_state = self._store.listed(connection, asked, most), self._store.counts(connection)
        total = sum(n_by_state.values()) if asked is None else n_by_state.get(asked, 0)
        if len(rows) < total:
            typer.echo(f"The newest {len(rows):,} of {total:,}; --most shows more.", err=True)
        if as_json:
            typer.echo(json.dumps([_document(self._view, row) for row in rows]))
        else:
            _print(self._view, rows)

    def show(self, id_: Id, as_json: Json = False) -> None:
        with reading(_database()) as connection:
            row = self._store.shown(connection, id_)
        if as_json:
            typer.echo(json.dumps({**_document(self._view, row), **self._view.details(row)}))
            return
        for name, value in (*self._view.heading(row), *_lines(self._view, row), *self._view.contents(row)):
            typer.echo(f"{name:<{WIDTH}}{value}")

    def retry(
        self,
        id_: Annotated[int | None, typer.Argument(metavar="[ID]", help="As the list shows it.")] = None,
        all_dead: Annotated[bool, typer.Option("--all-dead", help="Every dead one, as after an outage.")] = False,
        as_json: Json = False,
    ) -> None:
        if all_dead == (id_ is not None):
            raise typer.BadParameter("name one ID, or say --all-dead.")
        now = datetime.now(UTC)
        if id_ is None:
            self._retry_all_dead(now, as_json=as_json)
            return
        with writing(_database()) as connection:
            row = self._store.retry(connection, id_, now)
            self._record(connection, "retried", row, now)
        self._say(row, "is tried again", as_json=as_json)

    def drop(
        self,
        id_: Id,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask, also where somebody could answer.")] = False,
        as_json: Json = False,
    ) -> None:
        engine, now = _database(), datetime.now(UTC)
        if not yes and _is_asked():
            with reading(engine) as connection:
                about = self._view.about(self._store.shown(connection, id_))
            typer.confirm(f"Drop {self._noun.one} {id_}? {self._noun.dropped} {about}.", abort=True, err=True)
        with writing(engine) as connection:
            row = self._store.drop(connection, id_, now)
            self._record(connection, "dropped", row, now)
        self._say(row, "is dropped", as_json=as_json)

    def _retry_all_dead(self, now: datetime, *, as_json: bool) -> None:
        noun = self._noun
        with writing(_database()) as connection:
            n_retried = self._store.retry_all_dead(connection, now)
            n_dead = self._store.counts(connection).get("dead", 0)
            if n_retried:
                record(connection, f"{noun.typed}.retried", noun.typed, {noun.several: n_retried}, now)
        are = f"{noun.one} is" if n_retried == 1 else f"{noun.several} are"
        typer.echo(f"{n_retried:,} dead {are} tried again.", err=as_json)
        if n_dead:
            stay, them = ("stays", "it") if n_dead == 1 else ("stay", "them")
            typer.echo(f"{n_dead:,} {stay} dead: {noun.stays_dead}. Drop {them}.", err=True)
        if as_json:
            typer.echo(json.dumps({"retried": n_retried, "dead": n_dead}))

    def _record(self, connection: Connection, what: str, row: Row, now: datetime) -> None:
        id_ = self._view.progress(row).id
        record(connection, f"{self._noun.typed}.{what}", f"{self._noun.typed}:{id_}", self._view.origin(row), now)

    def _say(self, row: Row, what: str, *, as_json: bool) -> None:
        typer.echo(f"{self._noun.one.capitalize()} {self._view.progress(row).id} {what}.", err=as_json)
        if as_json:
            typer.echo(json.dumps(_document(self._view, row)))


def _print(view: View[Row], rows: Iterable[Row]) -> None:
    table = Table("id", *view.columns, "state", "why", "attempts", "created", "next attempt")
    for row in rows:
        progress = view.progress(row)
        upcoming = _minute(progress.next_attempt_at) if progress.state == "waiting" else ""
        what = (str(progress.id), *view.cells(row), progress.state, _why(progress))
        table.add_row(*what, str(progress.n_attempts), _minute(view.created_at(row)), upcoming)
    print_table(table)


def _lines(view: View[Row], row: Row) -> Iterable[tuple[str, str]]:
    """What `show` prints of a row's progress."""
    progress = view.progress(row)
    yield "state", progress.state
    if _why(progress):
        yield "why", _why(progress)
    yield "attempts", str(progress.n_attempts)
    yield "created", _minute(view.created_at(row))
    if progress.state == "waiting":
        yield "next attempt", _minute(progress.next_attempt_at)
    if progress.leased_until:
        yield "worker until", _minute(progress.leased_until)
    if progress.settled_at:
        yield "settled", _minute(progress.settled_at)


def _document(view: View[Row], row: Row) -> dict[str, Any]:
    progress = view.progress(row)
    return {
        "id": progress.id,
        **view.document(row),
        "state": progress.state,
        "reason": progress.reason,
        "attempts": progress.n_attempts,
        "next_attempt_at": progress.next_attempt_at.isoformat() if progress.state == "waiting" else None,
        "leased_until": _iso(progress.leased_until),
        "last_error": progress.last_error,
        "created_at": view.created_at(row).isoformat(),
        "settled_at": _iso(progress.settled_at),
    }


def _database() -> Engine:
    engine = open_database(read_settings().database)
    prepare(engine)
    return engine


def _is_asked() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty()


def _with_article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _why(progress: Progress) -> str:
    return progress.reason or progress.last_error or ""


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
