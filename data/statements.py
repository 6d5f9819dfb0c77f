"""Statements that every batch of tickets executes: compiled once, with lists for parameters, read as plain tuples.

SQLAlchemy compiles a list anew for each length and makes each value of each row ready by itself, which takes longer
than what the database does. Any other statement is made and executed where it is needed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import (
    JSON,
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Delete,
    Dialect,
    Float,
    Select,
    Subquery,
    Table,
    bindparam,
    column,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeEngine

from data.database import Json, driver_cursor, driver_errors, insert
from triage.customers.profile import HOURS_A_DAY

__all__ = ["BulkInsert", "Statement", "as_rows", "hours_lost", "latest_of_each", "listed", "one_of"]

_Convert = Callable[[Any], Any]
_Row = tuple[Any, ...]
_Cursor = Any  # every driver has its own
_Compilable = Select[Any] | CompoundSelect[Any] | Delete


class _Elements(FunctionElement[Any]):
    """The elements of a JSON array as rows, in the column `value`."""

    inherit_cache = True


@compiles(_Elements, "sqlite")
def _elements_on_sqlite(elements: _Elements, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401  (theirs)
    return f"json_each{compiler.process(elements.clause_expr, **kw)}"


@compiles(_Elements, "postgresql")
def _elements_on_postgresql(elements: _Elements, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401  (theirs)
    return f"jsonb_array_elements{compiler.process(elements.clause_expr, **kw)}"


def listed(parameter: str, *names: str) -> Subquery:
    """A table of texts with columns of these names; its rows are a parameter of the statement."""
    rows: BindParameter[Any] = bindparam(parameter, type_=Json)
    value = _Elements(rows).table_valued(column("value", Json)).c.value
    return select(*(value[n].as_string().label(name) for n, name in enumerate(names))).subquery(parameter)


class _HoursLost(FunctionElement[float]):
    """Hours between two moments, of every day (UTC) that they touch `HOURS_A_DAY` at most."""

    type = Float()
    inherit_cache = True


@compiles(_HoursLost, "sqlite")
def _hours_lost_on_sqlite(lost: _HoursLost, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401  (theirs)
    begin, end = (f"julianday({compiler.process(each, **kw)})" for each in lost.clauses)
    # a Julian day begins at noon
    n_days = f"CAST({end} + 0.5 AS INTEGER) - CAST({begin} + 0.5 AS INTEGER) + 1"
    return f"max(0.0, min(24 * ({end} - {begin}), {HOURS_A_DAY} * ({n_days})))"


@compiles(_HoursLost, "postgresql")
def _hours_lost_on_postgresql(lost: _HoursLost, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401  (theirs)
    begin, end = (compiler.process(each, **kw) for each in lost.clauses)
    hours = f"CAST(EXTRACT(epoch FROM {end} - {begin}) AS double precision) / 3600"
    n_days = f"CAST({end} AT TIME ZONE 'UTC' AS date) - CAST({begin} AT TIME ZONE 'UTC' AS date) + 1"
    return f"greatest(0.0, least({hours}, {HOURS_A_DAY} * ({n_days})))"


def hours_lost(begin: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[float]:
    """What an incident cost from its beginning to its end, as a profile counts it; NULL where either is not known."""
    return _HoursLost(begin, end)


class _OneOf(ColumnElement[Any]):
    """Whether a text is among those that a select finds.

    Of no type: SQLAlchemy would hold a boolean against 1 on SQLite, which then reads every row instead of an index.
    """

    inherit_cache = False
    type = NullType()

    def __init__(self, text: ColumnElement[Any], found: Select[Any]) -> None:
        self.text, self.found = text, found


@compiles(_OneOf, "sqlite")
def _one_of_on_sqlite(one_of: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401  (theirs)
    return f"{compiler.process(one_of.text, **kw)} IN ({compiler.process(one_of.found, **kw)})"


@compiles(_OneOf, "postgresql")
def _one_of_on_postgresql(one_of: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401  (theirs)
    # an array is looked up in an index, where a subquery may be joined with every row of the table
    return f"{compiler.process(one_of.text, **kw)} = ANY (ARRAY({compiler.process(one_of.found, **kw)}))"


def one_of(text: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Whether a text is one of those that are a parameter of the statement, given by `as_rows`."""
    return _OneOf(text, select(listed(parameter, "one").c.one))


def as_rows(texts: Iterable[str]) -> list[tuple[str]]:
    """The texts as rows of one column."""
    return [(text,) for text in texts]


class Statement:
    """A statement that is compiled once for each kind of database.

    Args:
        statement: with a name for each parameter.
        on_sqlite: what does the same on SQLite, where that takes another form.
    """

    def __init__(self, statement: _Compilable, *, on_sqlite: _Compilable | None = None) -> None:
        self._statement = statement
        self._on_sqlite = statement if on_sqlite is None else on_sqlite
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, parameters: Mapping[str, object]) -> list[_Row]:
        """The rows that it finds, with the values that its columns' types make of what is stored."""
        compiled = self._for(connection.dialect)
        with driver_errors(connection):
            cursor = compiled.execute(connection, parameters)
            columns = list(zip(*cursor.fetchall(), strict=True))
        for at, read in compiled.readers(cursor) if columns else ():
            columns[at] = tuple(map(read, columns[at]))
        return list(zip(*columns, strict=True))

    def execute(self, connection: Connection, parameters: Mapping[str, object]) -> None:
        """The same for a statement that finds nothing but does something."""
        with driver_errors(connection):
            self._for(connection.dialect).execute(connection, parameters)

    def _for(self, dialect: Dialect) -> "_Compiled":
        if dialect.name not in self._compiled:
            statement = self._on_sqlite if dialect.name == "sqlite" else self._statement
            self._compiled[dialect.name] = _Compiled(statement, dialect)
        return self._compiled[dialect.name]


class _Compiled:
    """A statement as a driver takes it."""

    def __init__(self, statement: _Compilable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  (what such a statement compiles to)
        self._dialect = dialect
        self._sql, self._order = str(compiled), compiled.positiontup
        self._constants: dict[str, Any] = {}
        self._asked: list[tuple[str, _Convert | None]] = []
        for name, bound in compiled.binds.items():
            write = _writer(bound.type, dialect)
            if bound.required:
                self._asked.append((name, write))
            else:
                self._constants[name] = bound.value if write is None else write(bound.value)
        self._types = [] if isinstance(statement, Delete) else [each.type for each in statement.selected_columns]
        self._readers: list[tuple[int, _Convert]] | None = None

    def execute(self, connection: Connection, parameters: Mapping[str, object]) -> _Cursor:
        given = dict(self._constants)
        for name, write in self._asked:
            given[name] = parameters[name] if write is None else write(parameters[name])
        cursor = driver_cursor(connection)
        cursor.execute(self._sql, given if self._order is None else [given[name] for name in self._order])
        return cursor

    def readers(self, cursor: _Cursor) -> list[tuple[int, _Convert]]:
        """By the columns' places what reads their values, where they need that; the driver's types tell how."""
        if self._readers is None:
            described = zip(self._types, cursor.description, strict=True)
            found = [_reader(kind, self._dialect, description[1]) for kind, description in described]
            self._readers = [(at, read) for at, read in enumerate(found) if read is not None]
        return self._readers


class BulkInsert:
    """An insert of many rows that leaves alone those that are there, or renews them, where a key is given.

    Args:
        table: to insert into.
        own: the columns of which each row has its own value, in the order in which rows are given.
        shared: those of which all rows of a call have the same one.
        unless: the columns of a unique key; a row whose key is there already is left out.
        renews: whether such a row gets the new values instead.
    """

    def __init__(
        self,
        table: Table,
        own: Sequence[str],
        shared: Sequence[str] = (),
        *,
        unless: Sequence[str] = (),
        renews: bool = False,
    ) -> None:
        self._table, self._unless, self._renews = table, tuple(unless), renews
        self._own, self._shared = tuple(own), tuple(shared)
        self._compiled: dict[str, _CompiledInsert] = {}

    def write(self, connection: Connection, rows: Sequence[Sequence[Any]], shared: Sequence[Any] = ()) -> int:
        """Inserts the rows, whose JSON is given as text, and says how many of them were not there.

        Raises:
            ValueError: for a moment without a time zone.
        """
        if not rows:
            return 0
        compiled = self._compiled.get(connection.dialect.name)
        if compiled is None:
            compiled = self._compile(connection)
            self._compiled[connection.dialect.name] = compiled
        with driver_errors(connection):
            cursor = driver_cursor(connection)
            cursor.executemany(compiled.sql, compiled.parameters(rows, shared))
        n: int = cursor.rowcount
        return n

    def _compile(self, connection: Connection) -> "_CompiledInsert":
        statement = insert(connection, self._table).inline()
        if self._unless and self._renews:
            new = {name: statement.excluded[name] for name in (*self._own, *self._shared) if name not in self._unless}
            statement = statement.on_conflict_do_update(index_elements=self._unless, set_=new)
        elif self._unless:
            statement = statement.on_conflict_do_nothing(index_elements=self._unless)
        compiled = statement.compile(dialect=connection.dialect, column_keys=[*self._own, *self._shared])
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  (what an insert compiles to)
        return _CompiledInsert(compiled, [self._table.c[name] for name in (*self._own, *self._shared)])


class _CompiledInsert:
    """An insert as a driver takes it."""

    def __init__(self, compiled: SQLCompiler, columns: Sequence[Column[Any]]) -> None:
        self.sql = str(compiled)
        self._names = [each.name for each in columns]
        self._writers = [
            None if isinstance(each.type, JSON) else _writer(each.type, compiled.dialect) for each in columns
        ]
        order = compiled.positiontup
        self._order = None if order is None else [self._names.index(name) for name in order]

    def parameters(self, rows: Sequence[Sequence[Any]], shared: Sequence[Any]) -> list[Any]:
        """The rows as tuples or dictionaries, whichever the driver takes."""
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        n_own = len(columns)
        for at, write in enumerate(self._writers[:n_own]):
            if write is not None:
                columns[at] = map(write, columns[at])
        for value, write in zip(shared, self._writers[n_own:], strict=True):
            columns.append(repeat(value if write is None else write(value), len(rows)))
        if self._order is not None:
            return list(zip(*(columns[at] for at in self._order), strict=True))
        return [dict(zip(self._names, row, strict=True)) for row in zip(*columns, strict=True)]


def latest_of_each(
    keys: Subquery, key: Column[Any], moment: Column[Any], columns: Sequence[Column[Any]], *, most: str
) -> Statement:
    """For each of several keys the rows with the latest moments after `since` and up to `until`, in any order.

    An index of key and moment is read from its end, so that it makes no difference how many rows a key has.

    Args:
        keys: `listed`, with one column.
        key: of the table, to be one of them.
        moment: of the table.
        columns: of the table; they come behind the key.
        most: rows of a key, a parameter of the statement; so are `since` and `until`.
    """
    (asked,), theirs = keys.c, key.table.alias("latest")
    at = theirs.c[moment.name]
    matching = (theirs.c[key.name] == asked, at > bindparam("since"), at <= bindparam("until"))

    def latest(*found: ColumnElement[Any]) -> Select[Any]:
        latest_first = select(*found).select_from(theirs).where(*matching).order_by(at.desc())
        return latest_first.limit(bindparam(most)).correlate(keys)

    of_one = latest(*(theirs.c[each.name] for each in columns)).lateral("found")
    # SQLite knows no LATERAL, but reads a table by row numbers that depend on another one
    is_latest = literal_column(f"{key.table.name}.rowid").in_(latest(literal_column("latest.rowid")))
    return Statement(
        select(asked, *of_one.c).join_from(keys, of_one, true()),
        on_sqlite=select(asked, *columns).join_from(keys, key.table, is_latest),
    )


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect, coltype: object) -> _Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, coltype)
