"""What a desk lists: services, devices, applications and sites, from its file; and the names its own tickets hold.

A CSV file has the columns `name`, `kind`, `aliases` (with `|` between them) and `owner`; only the name must be there:

    name,kind,aliases,owner
    VPN,service,remote access|tunnel,Network

A TOML file has the same in tables named `[[names]]`, may name CSV files that lie beside it, and describes how the
desk's own identifiers look: `#` is a digit, `@` a letter, `*` several of both.

    lists = ["cmdb.csv"]
    [identifiers]
    asset_tag = ["LT-#####"]
    [wanted]
    VPN = ["error_message", "location"]
    [[names]]
    name = "VPN"
    aliases = ["remote access"]

`wanted` says by category, group or type which details of `triage/missing.toml` a ticket should have.

A new key is a line in `_KEYS` or `_TABLES`, and one where it is read.
"""

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from pathlib import Path

from sqlalchemy import Connection, select

from data.details import read_details
from data.tables import tickets
from triage.affected import Lists, kind_of_field
from triage.errors import InvalidInput, UnusableServices
from triage.gazetteer import Gazetteer, ListedName
from triage.identifiers import DeskFormats, read_formats
from triage.redaction import MARKS

__all__ = ["DeskServices", "last_reported", "names_in_tickets", "parse_services", "read_services"]

MOST_NAMES, LONGEST = 200_000, 200
"""Names of a list, and characters of one."""

N_READ, LEAST_TICKETS = 10_000, 3
"""Tickets whose fields are read for names, the newest ones, and how many must hold a name that counts: fewer are what
one person typed."""

N_PAST = 20
"""Tickets of a customer among which the last service or device is looked for."""

_KEYS = ("name", "kind", "aliases", "owner")
_TABLES = ("lists", "identifiers", "wanted", "names")
_USUAL_KIND = "service"
_MARKS = frozenset(MARKS.values())


@dataclass(frozen=True, slots=True)
class DeskServices:
    """What a desk's file lists.

    Attributes:
        names: in the order of the file.
        formats: how its own identifiers look.
        wanted: by category, group or type the names of the details that a ticket should have.
    """

    names: tuple[ListedName, ...] = ()
    formats: DeskFormats = ()
    wanted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def lists(self) -> Lists:
        """The same, ready to be looked for."""
        return Lists(Gazetteer(self.names), self.formats)


def read_services(path: Path | None) -> DeskServices:
    """What the file lists; nothing where there is none.

    Raises:
        UnusableServices: it cannot be read or does not fit its form; one sentence, with the line.
    """
    if path is None:
        return DeskServices()
    return parse_services(_text_of(path), str(path), beside=path.parent)


def parse_services(text: str, name: str, *, beside: Path = Path()) -> DeskServices:
    """What the text of a file lists.

    Args:
        text: TOML or CSV.
        name: of the file; one that ends in `.toml` is TOML, any other CSV.
        beside: the folder in which further lists are.

    Raises:
        UnusableServices: it does not fit its form.
    """
    found = _from_toml(text, name, beside) if name.lower().endswith(".toml") else DeskServices(_from_csv(text, name))
    if len(found.names) > MOST_NAMES:
        raise UnusableServices(f"{name} lists {len(found.names):,} names; {MOST_NAMES:,} is the most.")
    return found


def names_in_tickets(connection: Connection, *, n_read: int = N_READ) -> tuple[ListedName, ...]:
    """Services and devices that stand in fields of the newest tickets, of three at least, the commonest first."""
    newest = select(tickets.c.attributes).order_by(tickets.c.opened_at.desc()).limit(n_read)
    counted: Counter[tuple[str, str]] = Counter()
    for (attributes,) in connection.execute(newest):
        counted.update(_values(attributes))
    return tuple(ListedName(value, kind) for (kind, value), n in counted.most_common() if n >= LEAST_TICKETS)


def last_reported(connection: Connection, customer_ids: Sequence[str], before: datetime) -> dict[str, str]:
    """By field the service and the device of a customer's latest tickets that have one.

    Args:
        connection: to read with.
        customer_ids: all of one person's, as stored.
        before: tickets opened before this moment, aware.
    """
    of_customer = (
        select(tickets.c.attributes)
        .where(tickets.c.customer_id.in_(customer_ids), tickets.c.opened_at < before)
        .order_by(tickets.c.opened_at.desc())
        .limit(N_PAST)
    )
    found: dict[str, str] = {}
    kinds: set[str] = set()
    for (attributes,) in connection.execute(of_customer):
        for name, value in attributes.items():
            kind = kind_of_field(name)
            if kind is not None and kind not in kinds and _is_name(value):
                kinds.add(kind)
                found[name] = value
    return found


def _values(attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in attributes.items():
        if (kind := kind_of_field(name)) is not None and _is_name(value):
            yield kind, value.strip()


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= LONGEST and value.strip() not in _MARKS


def _from_toml(text: str, name: str, beside: Path) -> DeskServices:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnusableServices(f"{name} is no TOML: {error}.") from None
    if unknown := [key for key in tables if key not in _TABLES]:
        raise UnusableServices(
            f"{name}, line {_line_of_key(text, unknown[0])}: {unknown[0]!r} is no key. Known: {', '.join(_TABLES)}."
        )
    listed = tables.get("names", [])
    if not isinstance(listed, list):
        raise UnusableServices(f"{name}, line {_line_of_key(text, 'names')}: names are tables, each [[names]].")
    lines = _lines_of_tables(text)
    names = [
        _named(entry, f"{name}, line {lines[i] if i < len(lines) else _line_of_key(text, 'names')}")
        for i, entry in enumerate(listed)
    ]
    for file in _texts(tables.get("lists", []), f"{name}, line {_line_of_key(text, 'lists')}: lists"):
        names += _from_csv(_text_of(beside / file), file)
    wanted = _wanted(tables.get("wanted", {}), text, name)
    return DeskServices(tuple(names), _formats(tables.get("identifiers", {}), text, name), wanted)


def _wanted(given: object, text: str, name: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, dict):
        raise UnusableServices(f"{name}, line {_line_of_key(text, 'wanted')}: [wanted] must be a table of lists.")
    found = {}
    for what, listed in given.items():
        at = f"{name}, line {_line_of_key(text, what)}"
        found[what] = tuple(_texts(listed, f"{at}: {what}"))
        try:
            read_details().wanting({what: found[what]})
        except InvalidInput as refused:
            raise UnusableServices(f"{at}: {refused}") from None
    return found


def _formats(given: object, text: str, name: str) -> DeskFormats:
    at = f"{name}, line {_line_of_key(text, 'identifiers')}: [identifiers]"
    if not isinstance(given, dict):
        raise UnusableServices(f"{at} must be a table of formats by kind.")
    found: list[tuple[str, re.Pattern[str]]] = []
    for kind, listed in given.items():
        at = f"{name}, line {_line_of_key(text, kind)}: {kind}"
        try:
            found += read_formats({kind: _texts(listed, at)})
        except UnusableServices:
            raise
        except InvalidInput as refused:
            raise UnusableServices(f"{at}: {refused}") from None
    return tuple(found)


def _from_csv(text: str, name: str) -> tuple[ListedName, ...]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [column.strip().lower() for column in next(rows, [])]
        if unknown := [column for column in header if column not in _KEYS]:
            raise UnusableServices(f"{name}, line 1: {unknown[0]!r} is no column of it. Known: {', '.join(_KEYS)}.")
        if "name" not in header:
            raise UnusableServices(f"{name}, line 1: there is no column 'name'.")
        found = []
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            at = f"{name}, line {rows.line_num}"
            if len(row) != len(header):
                raise UnusableServices(f"{at}: it has {len(row)} cells, the first line {len(header)}.")
            cells: dict[str, object] = {
                key: cell.strip() for key, cell in zip(header, row, strict=True) if cell.strip()
            }
            if "aliases" in cells:
                cells["aliases"] = [alias.strip() for alias in str(cells["aliases"]).split("|") if alias.strip()]
            found.append(_named(cells, at))
    except csv.Error as error:
        raise UnusableServices(f"{name}, line {rows.line_num}: it is no CSV: {error}.") from None
    return tuple(found)


def _named(given: object, at: str) -> ListedName:
    if not isinstance(given, dict):
        raise UnusableServices(f"{at}: a name is a table with the key 'name'.")
    if unknown := [key for key in given if key not in _KEYS]:
        raise UnusableServices(f"{at}: {str(unknown[0])[:LONGEST]!r} is no key of a name. Known: {', '.join(_KEYS)}.")
    texts = {key: given[key] for key in ("name", "kind", "owner") if key in given}
    for key, value in texts.items():
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
            raise UnusableServices(f"{at}: {key} must be a text of 1 to {LONGEST} characters.")
    if "name" not in texts:
        raise UnusableServices(f"{at}: it has no name.")
    aliases = tuple(_texts(given.get("aliases", []), f"{at}: aliases"))
    owner = texts.get("owner")
    return ListedName(
        texts["name"].strip(), texts.get("kind", _USUAL_KIND).strip(), aliases, None if owner is None else owner.strip()
    )


def _texts(given: object, what: str) -> list[str]:
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(
        isinstance(one, str) and 0 < len(one.strip()) <= LONGEST for one in listed
    ):
        raise UnusableServices(f"{what} must be a list of texts of 1 to {LONGEST} characters.")
    return [one.strip() for one in listed]


def _lines_of_tables(text: str) -> list[int]:
    """Where each `[[names]]` stands, counted from one."""
    return [i for i, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*names\s*\]\]", line)]


def _line_of_key(text: str, key: str) -> int:
    """Where a key or its table stands first; 1 where it is written in a way that is not looked for."""
    pattern = re.compile(rf"\s*\[{{0,2}}\s*[\"']?{re.escape(key)}[\"']?\s*[\]=.]")
    return next((i for i, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnusableServices(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnusableServices(f"{path} cannot be read: it is not UTF-8.") from error
