"""What cells say: text, a word of the desk mapped to ours, a date, a number, yes or no.

A rule is written for one cell: it returns None for a cell that says nothing and raises ValueError for one that cannot
be read. A column asks its rule once for each different cell, which is the same in a fraction of the time. A new kind of
field in `triage/ticket.py` is a row in `_READERS`.
"""

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from sys import intern
from typing import Final, TypeVar, get_type_hints

from data.exports.preset import Preset
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["UNREADABLE", "Cells", "ColumnReader"]

ColumnReader = Callable[[Sequence[str]], list[object]]
"""From a column's cells to what they say, in their order: a value, None for nothing, or `UNREADABLE`."""

UNREADABLE: Final = object()
"""Stands for a cell that says something, but nothing of its column's kind."""

_Value = TypeVar("_Value")

_KINDS = {**get_type_hints(NewTicket), **get_type_hints(WorkedTicket)}
_TEXTS = ("id", "subject", "body", "resolution")  # each different: nothing to map or to remember
_YES = {"true", "yes", "y", "t", "1", "1.0", "on"}
_NO = {"false", "no", "n", "f", "0", "0.0", "off"}
_MINUTES = {"s": 1 / 60, "m": 1.0, "h": 60.0, "d": 1440.0}
_DURATION = re.compile(r"([\d.]+)\s*(s|m|h|d)[a-z]*", re.IGNORECASE)
_CLOCK = re.compile(r"(\d+):([0-5]\d)(?::([0-5]\d))?")
_CARRIAGE_RETURN = re.compile(r"_x000d_", re.IGNORECASE)
_THOUSANDS_OR_DECIMAL = re.compile(r"[1-9]\d{0,2},\d{3}")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199  # a mistyped century would move every "today"
_LONGEST_COUNT = 10  # digits; every database holds a billion, and no ticket was reopened as often
_LARGEST = 1e12  # beyond it sums overflow, and nothing at a desk is so large; NaN is no number either
_LOOSE_OFFSET = re.compile(r"\s+(?:UTC|GMT|Z|([+-]\d\d:?\d\d))$", re.IGNORECASE)
_REMEMBERED = 50_000  # words or dates; a desk has few, and a column that is all different is forgotten and begun again
_LONGEST_WORD = 200  # characters; what is longer is prose and will not come again


class Cells:
    """Reads cells by a preset, remembers what it has read before, and counts what a person should be told."""

    def __init__(self, preset: Preset) -> None:
        self._preset = preset
        self._missing = preset.missing
        self._longest_missing = max(map(len, preset.missing), default=0)
        self._formats = list(preset.date_formats)
        self.n_with_offset = 0
        self.n_without_offset = 0
        self.n_cells_with_nul = 0

    def column(self, canonical: str) -> ColumnReader:
        """The reader of a canonical column, by the type of its field."""
        kind = _KINDS[canonical]
        if kind == datetime | None:
            return self._dates_column(canonical)
        if canonical == "effort_minutes":
            return _by_cell(self._mapped(canonical, self._minutes))
        if kind in _READERS:
            return _by_cell(self._mapped(canonical, _READERS[kind]))
        if canonical in _TEXTS:
            return lambda cells: list(map(self.text, cells))
        return self.words(canonical)

    def words(self, canonical: str = "") -> ColumnReader:
        """A reader of a column with few different values, mapped to our words where the preset has one."""
        return _by_cell(self.word(canonical))

    def text(self, raw: str) -> str | None:
        """The cell without what tools left in it (blanks around, `_x000D_`, NUL bytes); None if it says nothing."""
        if "_x000" in raw:
            raw = _CARRIAGE_RETURN.sub("", raw)
        if "\0" in raw:
            self.n_cells_with_nul += 1
            raw = raw.replace("\0", "")
        raw = raw.strip()
        if not raw or (len(raw) <= self._longest_missing and raw.casefold() in self._missing):
            return None
        return raw

    def word(self, canonical: str = "") -> Callable[[str], str | None]:
        """The rule for one cell of such a column."""
        ours = self._preset.values.get(canonical, {})

        def read(raw: str) -> str | None:
            text = self.text(raw)
            if text is None or len(raw) > _LONGEST_WORD:
                return text
            return intern(ours.get(text.casefold(), text)) or None

        return read

    def _dates_column(self, canonical: str) -> ColumnReader:
        """A reader that counts every date with and without an offset, not only the different ones."""
        known = _Known(self._mapped(canonical, self._parsed))

        def read(cells: Sequence[str]) -> list[object]:
            moments: list[object] = []
            n_with_offset = n_dates = 0
            for found in map(known.__getitem__, cells):
                if isinstance(found, tuple):
                    moment, has_offset = found
                    moments.append(moment)
                    n_dates += 1
                    n_with_offset += has_offset
                else:
                    moments.append(found)
            self.n_with_offset += n_with_offset
            self.n_without_offset += n_dates - n_with_offset
            return moments

        return read

    def _mapped(self, canonical: str, read: Callable[[str], _Value]) -> Callable[[str], _Value | None]:
        """A rule for typed values that looks the desk's word up first."""
        ours = self._preset.values.get(canonical)

        def mapped(raw: str) -> _Value | None:
            text = self.text(raw)
            if text is not None and ours is not None:
                text = ours.get(text.casefold(), text)
            return None if not text else read(text)

        return mapped

    def date(self, text: str) -> datetime:
        """The moment in UTC; one without an offset is taken in the preset's time zone."""
        moment, has_offset = self._parsed(text)
        if has_offset:
            self.n_with_offset += 1
        else:
            self.n_without_offset += 1
        return moment

    def _parsed(self, text: str) -> tuple[datetime, bool]:
        moment = _iso(text) or self._in_a_listed_format(text)
        if moment is None:
            raise ValueError("not a date")
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise ValueError("not a year that a desk could have tickets of")
        if moment.tzinfo is UTC:
            return moment, True
        has_offset = moment.tzinfo is not None
        try:
            return (moment if has_offset else moment.replace(tzinfo=self._preset.zone)).astimezone(UTC), has_offset
        except OverflowError as error:
            raise ValueError("not a date of this world") from error

    def _in_a_listed_format(self, text: str) -> datetime | None:
        """By the preset's formats; the one that fitted goes to the front, for a file is written by one tool."""
        for place, layout in enumerate(self._formats):
            try:
                moment = datetime.strptime(text, layout)  # noqa: DTZ007 - the preset's zone is added where it has none
            except ValueError:
                continue
            if place:
                self._formats.insert(0, self._formats.pop(place))
            return moment
        return None

    def _minutes(self, text: str) -> float:
        """A duration in minutes: a number in the preset's unit, `1:30` as hours, or `1 hour 30 minutes`."""
        clock = _CLOCK.fullmatch(text)
        if clock is not None:
            hours, minutes, seconds = (int(part or 0) for part in clock.groups())
            return hours * 60 + minutes + seconds / 60
        try:
            return _float(text) * _MINUTES[self._preset.effort_unit[0]]
        except ValueError:
            spelled = text.partition("(")[0]  # RT writes `1.5 hours (90 minutes)`
            parts = _DURATION.findall(spelled)
            if not parts or _DURATION.sub("", spelled).strip(" ,"):
                raise
            return math.fsum(float(number) * _MINUTES[unit.lower()] for number, unit in parts)


class _Known(dict[str, object]):
    """What cells say by a rule, asked once for each; for one with NUL bytes each time, as those are counted."""

    def __init__(self, read: Callable[[str], object]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, raw: str) -> object:
        try:
            value: object = self._read(raw)
        except ValueError:
            value = UNREADABLE
        if len(raw) <= _LONGEST_WORD and "\0" not in raw:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[raw] = value
        return value


def _by_cell(read: Callable[[str], object]) -> ColumnReader:
    known = _Known(read)
    return lambda cells: list(map(known.__getitem__, cells))


def _iso(text: str) -> datetime | None:
    """An ISO 8601 date, also with the blank before the offset that Ruby and SQL write.

    Digits alone are no date beyond eight of them: milliseconds since 1970 would be a day in the eighteenth century.
    """
    if len(text) > len("20261121") and text.isdecimal():
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        loose = _LOOSE_OFFSET.search(text)
    if loose is None:
        return None
    try:
        return datetime.fromisoformat(text[: loose.start()] + (loose.group(1) or "+00:00"))
    except ValueError:
        return None


def _integer(text: str) -> int:
    """A count: `3`, also as `3.0`."""
    number = int(text) if text.isdecimal() and len(text) < _LONGEST_COUNT else _float(text)
    if number != int(number) or not 0 <= number < 10 ** (_LONGEST_COUNT - 1):
        raise ValueError("not a count")
    return int(number)


def _float(text: str) -> float:
    """A finite number, also with a decimal comma; `1,234` may mean two numbers and is none."""
    if _THOUSANDS_OR_DECIMAL.fullmatch(text):
        raise ValueError("a thousand, or one and a bit")
    number = float(text.replace(",", ".") if "," in text and "." not in text and text.count(",") == 1 else text)
    if not abs(number) <= _LARGEST:
        raise ValueError("not a number that anything at a desk has")
    return number


def _boolean(text: str) -> bool:
    folded = text.casefold()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise ValueError("neither yes nor no")


_READERS: dict[object, Callable[[str], object]] = {
    int | None: _integer,
    float | None: _float,
    bool | None: _boolean,
}
