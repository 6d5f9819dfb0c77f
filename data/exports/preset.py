"""A preset: how one ticketing system names its columns and values, in our words; read from a TOML.

The form is documented in `docs/presets.md`. A new system is a TOML in `presets/` and its name in `PRESET_NAMES`.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.exports.moments import Order
from data.exports.nearest import suggestion
from triage.errors import UnusablePreset
from triage.identity import NOBODY, nobody_with
from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS

__all__ = ["PRESET_NAMES", "Preset", "load_preset", "with_date_formats", "with_map"]

PRESET_NAMES: tuple[str, ...] = (
    "generic",
    "servicenow",
    "servicenow-log",
    "jira",
    "zendesk",
    "freshservice",
    "zammad",
    "glpi",
    "rt",
)
"""The presets that come with triage, one TOML each."""

_CANONICAL = FILED_COLUMNS + WORKED_COLUMNS
_KEYS = ("system", "extends", "missing", "nobody", "columns", "filed", "values", "dates", "units", "events")
_UNITS = ("seconds", "minutes", "hours")
_NOT_MAPPED = ("id", "subject", "body", "opened_at", "resolved_at", "closed_at", "resolution")
_MISSING = (
    "",
    "?",
    "-",
    "--",
    "null",
    "none",
    "n/a",
    "#n/a",
    "nan",
    "nat",
    "<na>",
    "(empty)",
    "(blank)",
    "0000-00-00 00:00:00",
    "0000-00-00",
)
_ORDER = re.compile(r"%d([/.-])%m|%m([/.-])%d")
_OF_DATES_ALONE = re.compile(r"%d([/.-])%m\1%[Yy]|%m([/.-])%d\2%[Yy]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How to read the exports of one system.

    Names of columns are as the system writes them, best first; the first that a file has is used. `values` leads from
    the desk's word, case-folded, to ours; an empty word of ours means "not known". `filed` names the attributes that
    are known when a ticket is filed. `event_order` is not None for a log with one row a change. `overridden` are the
    canonical columns that a person chose for this file, and which therefore must be there. `date_order` is what comes
    first in dates of numbers where a file does not say it. `updated` names the column that says which of two rows of a
    ticket is the newer. `nobody` are the keys of persons that stand for none.
    """

    name: str
    system: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: frozenset[str] = frozenset(_MISSING)
    nobody: frozenset[str] = NOBODY
    date_formats: tuple[str, ...] = ()
    date_order: Order | None = None
    updated: tuple[str, ...] = ()
    zone: tzinfo = UTC
    effort_unit: str = "minutes"
    event_order: tuple[str, ...] | None = None
    overridden: frozenset[str] = frozenset()

    @property
    def settled_order(self) -> Order | None:
        """What comes first in dates of numbers by the listed formats; None where they leave it to the file."""
        found = next(filter(None, map(_ORDER.search, self.date_formats)), None)
        return None if found is None else Order.DAY_FIRST if found[1] else Order.MONTH_FIRST

    @property
    def own_formats(self) -> tuple[str, ...]:
        """The listed formats that say more than which of two numbers comes first."""
        return tuple(each for each in self.date_formats if not _OF_DATES_ALONE.match(each))


def load_preset(name_or_path: str) -> Preset:
    """The preset of that name, or the one that a TOML of the same form describes.

    Raises:
        UnusablePreset: No preset has that name and no file is there, or the TOML does not fit the form; the message
            lists the known names or names the offending key.
    """
    if name_or_path in PRESET_NAMES:
        return _parsed(name_or_path, _built_in(name_or_path))
    path = Path(name_or_path)
    if not path.is_file():
        raise UnusablePreset(
            f"No preset named '{name_or_path}', and no such file.{suggestion([name_or_path], PRESET_NAMES)} "
            f"Known: {', '.join(PRESET_NAMES)}; or a path to a TOML of the same form."
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnusablePreset(f"{path} cannot be read as TOML: {error}.") from error
    return _parsed(str(path), table)


def with_map(preset: Preset, overrides: Sequence[str]) -> Preset:
    """The preset with single columns replaced (`body=Text`), added, or dropped (`body=`).

    Raises:
        UnusablePreset: An override is not of that form or names no canonical column.
    """
    columns = dict(preset.columns)
    overridden = set(preset.overridden)
    for override in overrides:
        canonical, equals, column = override.partition("=")
        canonical, column = canonical.strip(), column.strip()
        if not equals:
            raise UnusablePreset(f"'{override}' is not of the form canonical=Column, as in body=Description.")
        _require_canonical(canonical, f"--map {override}")
        overridden.discard(canonical)
        columns.pop(canonical, None)
        if column:
            columns[canonical] = (column,)
            overridden.add(canonical)
    return replace(preset, columns=columns, overridden=frozenset(overridden))


def with_date_formats(preset: Preset, formats: Sequence[str]) -> Preset:
    """The preset with other date formats, as in Python's strptime; the same preset if there are none.

    Raises:
        UnusablePreset: one is no such format, or says neither day and month nor a moment.
    """
    if not formats:
        return preset
    moment = datetime(2026, 11, 21, 16, 14, 33, tzinfo=UTC)
    for each in formats:
        try:
            found = datetime.strptime(moment.strftime(each), each)  # noqa: DTZ007 - only whether it can be read
        except (ValueError, re.error) as error:
            raise UnusablePreset(f"--date-format '{each}' is no format of Python's strptime: {error}.") from error
        if found.date() != moment.date():
            raise UnusablePreset(
                f"--date-format '{each}' does not say day, month and year; write it as '%d/%m/%Y %H:%M'."
            )
    return replace(preset, date_formats=tuple(formats), date_order=None)


def _built_in(name: str) -> dict[str, Any]:
    """The TOML of a preset that comes with triage."""
    return tomllib.loads(resources.files("data").joinpath("presets", f"{name}.toml").read_text(encoding="utf-8"))


def _parsed(name: str, table: Mapping[str, Any]) -> Preset:
    """A preset from its TOML, merged into the one it extends."""
    base = table.get("extends")
    if base is not None:
        if base not in PRESET_NAMES:
            raise UnusablePreset(f"{name}: extends = {base!r} is no preset. Known: {', '.join(PRESET_NAMES)}.")
        below = _built_in(base)
        nobody = [*_names(below.get("nobody", []), name), *_names(table.get("nobody", []), f"{name}: nobody")]
        table = _merged(below, table) | {"nobody": nobody}  # a list that grows: a desk adds what it knows
    for key in table:
        _require_known(key, _KEYS, name)
    dates = _table(table, "dates", name, known=("formats", "order", "updated", "timezone"))
    units = _table(table, "units", name, known=("effort_minutes",))
    missing = table.get("missing")
    return Preset(
        name=name,
        system=_word(table.get("system", ""), f"{name}: system"),
        columns=_columns(table, name),
        filed={key: _names(value, f"{name}: filed.{key}") for key, value in _table(table, "filed", name).items()},
        values=_values(table, name),
        missing=frozenset(
            _MISSING if missing is None else [word.strip().casefold() for word in _names(missing, f"{name}: missing")]
        ),
        nobody=nobody_with(_names(table.get("nobody", []), f"{name}: nobody")),
        date_formats=_names(dates.get("formats", []), f"{name}: dates.formats"),
        date_order=_date_order(dates.get("order"), name),
        updated=_names(dates.get("updated", []), f"{name}: dates.updated"),
        zone=_zone(_word(dates.get("timezone", "UTC"), f"{name}: dates.timezone"), name),
        effort_unit=_effort_unit(units.get("effort_minutes", "minutes"), name),
        event_order=_event_order(table, name),
    )


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The base with the preset's own keys on top; tables are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in own.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _columns(table: Mapping[str, Any], name: str) -> dict[str, tuple[str, ...]]:
    columns = {}
    for canonical, value in _table(table, "columns", name).items():
        _require_canonical(canonical, f"{name}: columns.{canonical}")
        names = _names(value, f"{name}: columns.{canonical}")
        if names:
            columns[canonical] = names
    return columns


def _values(table: Mapping[str, Any], name: str) -> dict[str, dict[str, str]]:
    maps = {}
    mappable = tuple(canonical for canonical in _CANONICAL if canonical not in _NOT_MAPPED)
    for canonical, words in _table(table, "values", name).items():
        where = f"{name}: values.{canonical}"
        _require_known(canonical, mappable, where)
        if not isinstance(words, dict):
            raise UnusablePreset(f"{where} must be a table of our word = the desk's words.")
        maps[canonical] = {
            theirs.strip().casefold(): ours for ours, value in words.items() for theirs in _names(value, where)
        }
    return maps


def _event_order(table: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    if "events" not in table:
        return None
    events = _table(table, "events", name, known=("order",))
    return _names(events.get("order", []), f"{name}: events.order")


def _zone(key: str, name: str) -> tzinfo:
    if key == "UTC":
        return UTC  # also where no time zone database is installed
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnusablePreset(f"{name}: dates.timezone = '{key}' is no time zone; write it as Europe/Berlin.") from error


def _date_order(value: object, name: str) -> Order | None:
    if value is None:
        return None
    word = _word(value, f"{name}: dates.order")
    known = {order.value: order for order in Order}
    if word not in known:
        raise UnusablePreset(f"{name}: dates.order = '{word}'. Known: {', '.join(known)}.")
    return known[word]


def _effort_unit(value: object, name: str) -> str:
    unit = _word(value, f"{name}: units.effort_minutes")
    if unit not in _UNITS:
        raise UnusablePreset(f"{name}: units.effort_minutes = '{unit}'. Known: {', '.join(_UNITS)}.")
    return unit


def _table(table: Mapping[str, Any], key: str, name: str, known: Sequence[str] | None = None) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise UnusablePreset(f"{name}: {key} must be a table, [{key}].")
    for inner in value if known is not None else ():
        _require_known(inner, known or (), f"{name}: {key}")
    return value


def _names(value: object, where: str) -> tuple[str, ...]:
    """One name or a list of names, as a tuple."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise UnusablePreset(f"{where} must be a text or a list of texts.")
    return tuple(names)


def _word(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise UnusablePreset(f"{where} must be a text.")
    return value


def _require_canonical(canonical: str, where: str) -> None:
    if canonical not in _CANONICAL:
        raise UnusablePreset(
            f"{where}: no canonical column '{canonical}'.{suggestion([canonical], _CANONICAL)} "
            f"Known: {', '.join(_CANONICAL)}."
        )


def _require_known(key: str, known: Sequence[str], where: str) -> None:
    if key not in known:
        raise UnusablePreset(f"{where}: no key '{key}'.{suggestion([key], known)} Known: {', '.join(known)}.")
