"""Changes and releases from a file, as ticketing systems and release tools export them; a new name is a word here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

from data.changes import Change
from data.exports.moments import Order, numbers, read_moment
from data.exports.nearest import folded, suggestion
from data.exports.rows import Row, open_rows
from triage.errors import InvalidInput, UnusableFile

__all__ = ["FIELDS", "ReadChanges", "read_changes"]

_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "number", "change number", "change id", "key", "issue key", "release id", "sys id"),
    "title": ("title", "short description", "summary", "name", "version name", "fix version", "description"),
    "service": (
        *("service", "affected service", "business service", "service offering", "configuration item", "cmdb ci"),
        *("ci", "application", "component", "components", "component/s", "product", "project name", "project"),
    ),
    "at": (
        *("at", "work start", "actual start", "actual start date", "released at", "release date", "releasedate"),
        *("deployed at", "implemented at", "start date", "planned start date", "work end", "actual end", "end date"),
        *("closed at", "closed", "resolved"),
    ),
    "kind": ("kind", "record type", "type", "issue type", "change type"),
}
"""By field the columns that it is read from, the best first; folded, with blanks for `_`, `.` and dashes."""

FIELDS = tuple(_NAMES)

_SHOWN = (" display value", " name", " value")
"""What interfaces put behind a column that refers to something."""

_RELEASE = ("release", "version")


@dataclass(frozen=True, slots=True)
class ReadChanges:
    """What a file holds.

    Attributes:
        changes: in the file's order.
        columns: by field the column that it was read from.
        n_unusable: rows without an id or a moment that can be read.
        first_unusable: the line of the first of them; None without one.
        why: what is wrong with that one.
    """

    changes: tuple[Change, ...]
    columns: Mapping[str, str]
    n_unusable: int
    first_unusable: int | None
    why: str


def read_changes(path: Path, overrides: Sequence[str] = (), kind: str | None = None, zone: str = "UTC") -> ReadChanges:
    """Reads a file of changes.

    Args:
        path: of any kind that tickets are read from.
        overrides: `FIELD=COLUMN`, where a column has another name.
        kind: of all of them; None where the file says it, and where it does not they are changes.
        zone: of moments without an offset.

    Raises:
        InvalidInput: an override or a zone that is none.
        UnusableFile: it cannot be read, or has no column for an id or a moment.
    """
    asked, local = _asked(overrides), _zone(zone)
    with open_rows(path, lambda columns: len(_bound(columns, asked))) as source:
        rows = list(source.rows())
    bound = _bound(rows[0].columns, asked) if rows else {}
    columns = {row.columns: _bound(row.columns, asked) for row in rows}
    for each in columns.values():
        bound = each | bound
    missing = [name for name in ("id", "at") if name not in bound]
    if missing and rows:
        raise UnusableFile(_missing(path, missing[0], rows[0].columns))
    order = _order(rows, columns)
    changes, unusable = [], []
    for row in rows:
        found = row.problem or _change(_values(row, columns[row.columns]), kind, order, local)
        if isinstance(found, str):
            unusable.append((row.line, found))
        else:
            changes.append(found)
    line, why = unusable[0] if unusable else (None, "")
    return ReadChanges(tuple(changes), bound, len(unusable), line, why)


def _change(said: Mapping[str, str], kind: str | None, order: Order | None, zone: ZoneInfo) -> Change | str:
    """The change of a row, or why it is none."""
    if not said.get("id"):
        return "it has no id"
    moment = read_moment(said.get("at", ""), order)
    if moment is None:
        return f"'{said['at'][:40]}' is no date that can be read" if said.get("at") else "it has no date"
    at = (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
    if not 1970 <= at.year < 2200:
        return "its date is not between 1970 and 2199"
    told = said.get("kind", "").casefold()
    found = kind or ("release" if any(word in told for word in _RELEASE) else "change")
    return Change(said["id"], found, said.get("title") or said["id"], said.get("service") or None, at)


def _values(row: Row, columns: Mapping[str, str]) -> dict[str, str]:
    cells = dict(zip(row.columns, row.cells, strict=False))
    return {name: " ".join(cells.get(column, "").split()) for name, column in columns.items()}


def _bound(columns: Sequence[str], asked: Mapping[str, str]) -> dict[str, str]:
    """By field the column that it is read from."""
    by_name: dict[str, str] = {}
    for column in columns:
        plain = _plain(column)
        for shown in _SHOWN:
            by_name.setdefault(plain.removesuffix(shown), column)
        by_name[plain] = column
    found = {}
    for field, names in _NAMES.items():
        wanted = [_plain(asked[field])] if field in asked else names
        read_from = next((by_name[name] for name in wanted if name in by_name), None)
        if read_from is not None:
            found[field] = read_from
    return found


def _plain(column: str) -> str:
    return folded("".join(" " if character in "_.-" else character for character in column))


def _order(rows: Sequence[Row], columns: Mapping[tuple[str, ...], Mapping[str, str]]) -> Order | None:
    """Whether day or month comes first in dates of numbers, as soon as one of them says it."""
    for row in rows:
        text = "" if row.problem else _values(row, columns[row.columns]).get("at", "")
        found = numbers(text)
        if found is not None and found.order is not None:
            return found.order
    return None


def _asked(overrides: Sequence[str]) -> dict[str, str]:
    asked = {}
    for override in overrides:
        field, equals, column = override.partition("=")
        if not equals or field.strip() not in FIELDS or not column.strip():
            raise InvalidInput(f"{override!r} is no FIELD=COLUMN; a field is one of {', '.join(FIELDS)}.")
        asked[field.strip()] = column.strip()
    return asked


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise InvalidInput(f"{name!r} is no time zone; one is written Europe/Berlin.") from None


def _missing(path: Path, field: str, columns: Sequence[str]) -> str:
    words = "an id" if field == "id" else "when each came into effect"
    meant = suggestion(_NAMES[field], columns)
    return (
        f"{path.name} has no column that says {words}. Name it: --map {field}=COLUMN. "
        f"It has: {', '.join(columns[:30])}.{meant}"
    )
