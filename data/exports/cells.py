"""What cells say: text, a word of the desk mapped to ours, a date, a number, yes or no.

A rule is written for one cell: it returns None for a cell that says nothing and raises ValueError for one that cannot
be read. A column asks its rule once for each different cell, which is the same in a fraction of the time. A new kind of
field in `triage/ticket.py` is a row in `_READERS`.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from sys import intern
from types import MappingProxyType
from typing import Final, TypeVar, get_type_hints

from data.exports.moments import Order, iso_moment, read_moment
from data.exports.preset import Preset
from triage.identity import person_key, ticket_key
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["UNREADABLE", "Cells", "ColumnReader"]

ColumnReader = Callable[[Sequence[str]], list[object]]
"""From a column's cells to what they say, in their order: a value, None for nothing, or `UNREADABLE`."""

UNREADABLE: Final = object()
"""Stands for a cell that says something, but nothing of its column's kind."""

_Value = TypeVar("_Value")

_KINDS = {**get_type_hints(NewTicket), **get_type_hints(WorkedTicket)}
_TEXTS = ("subject", "body", "resolution")  # each different: nothing to map or to remember
_PERSONS = ("customer_id", "resolved_by")
_LABELS = ("ticket_type", "assignment_group", "priority", "impact", "urgency", "category", *_PERSONS)
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
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*(?:<br\s*/?>|\r?\n)\s*", re.IGNORECASE)
_AND_MORE = re.compile(r"\s*[;,]\s*")
_REMEMBERED = 50_000  # words or dates; a desk has few, and a column that is all different is forgotten and begun again
_LONGEST_WORD = 200  # characters; what is longer is prose and will not come again


class Cells:
    """Reads cells by a preset, remembers what it has read before, and counts what a person should be told.

    Args:
        preset: how the file's system names things.
        orders: what comes first in the dates of numbers of a column, by its canonical name.
        single: the values of a column that stand in it alone; a list by commas is several only of these.
    """

    def __init__(
        self,
        preset: Preset,
        orders: Mapping[str, Order] = MappingProxyType({}),
        single: Mapping[str, frozenset[str]] = MappingProxyType({}),
    ) -> None:
        self._preset = preset
        self._orders = orders
        self._single = single
        self._missing = preset.missing
        self._longest_missing = max(map(len, preset.missing), default=0)
        self._formats = list(preset.own_formats)
        self._has_missing_moments = any(iso_moment(word) is not None for word in preset.missing)
        self._spelling: dict[str, str] = {}
        self.n_with_offset = 0
        self.n_without_offset = 0
        self.n_cells_with_nul = 0
        self.n_several: Counter[str] = Counter()
        self.n_nobody: Counter[str] = Counter()
        self.nobody: dict[str, dict[str, None]] = {}

    def column(self, canonical: str) -> ColumnReader:
        """The reader of a canonical column, by the type of its field."""
        kind = _KINDS[canonical]
        if kind == datetime | None:
            return self._dates_column(canonical)
        if canonical == "effort_minutes":
            return _by_cell(self._mapped(canonical, self._minutes))
        if kind in _READERS:
            return _by_cell(self._mapped(canonical, _READERS[kind]))
        if canonical == "id":
            return self._ids
        if canonical in _TEXTS:
            return self._texts
        return self._labels(canonical) if canonical in _LABELS else self.words(canonical)

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

    def _ids(self, cells: Sequence[str]) -> list[object]:
        together = "".join(cells)
        if together.isalnum() and together.isascii() and self._missing.isdisjoint(map(str.lower, cells)):
            return list(cells)  # as in most files: nothing to take off, nothing missing
        return list(map(self.ticket_id, cells))

    def ticket_id(self, raw: str) -> str | None:
        """The id of a ticket, one for all spellings of its number."""
        text = self.text(raw)
        return None if text is None else ticket_key(text) or None

    def _texts(self, cells: Sequence[str]) -> list[object]:
        """The same as `text` of each; what tools leave is looked for once for all of them."""
        together = "".join(cells)
        if "\0" in together or "_x000" in together:
            return list(map(self.text, cells))
        missing, longest = self._missing, self._longest_missing
        return [
            None if not text or (len(text) <= longest and text.casefold() in missing) else text
            for text in map(str.strip, cells)
        ]

    def word(self, canonical: str = "") -> Callable[[str], str | None]:
        """The rule for one cell of such a column."""
        ours = self._preset.values.get(canonical, {})

        def read(raw: str) -> str | None:
            text = self.text(raw)
            if text is None or len(raw) > _LONGEST_WORD:
                return text
            text = _plain(text)
            return intern(ours.get(text.casefold(), text)) or None

        return read

    def _labels(self, canonical: str) -> ColumnReader:
        """A reader of labels or persons: the first of several, nobody for who is none; both are counted by row."""
        ours = self._preset.values.get(canonical, {})
        several: set[str] = set()
        nobody: set[str] = set()

        def rule(raw: str) -> str | None:
            text = self.text(raw)
            if text is None or len(raw) > _LONGEST_WORD:
                return text
            found = ours.get(text.casefold())
            if found is None:
                parts = self._parts(text, canonical)
                if len(parts) > 1:
                    several.add(raw)
                text = _plain(parts[0])
                found = ours.get(text.casefold(), text)
            if found and canonical in _PERSONS and (found := self._person(found, canonical)) is None:
                nobody.add(raw)
                self.nobody.setdefault(canonical, {})[text] = None
            return intern(found) if found else None

        known = _Known(rule)

        def read(cells: Sequence[str]) -> list[object]:
            values = list(map(known.__getitem__, cells))
            if several:
                self.n_several[canonical] += sum(map(several.__contains__, cells))
            if nobody:
                self.n_nobody[canonical] += sum(map(nobody.__contains__, cells))
            return values

        return read

    def _parts(self, text: str, canonical: str) -> list[str]:
        """The values in a cell: by lines, semicolons, and commas between addresses or what is also there alone."""
        parts = list(filter(None, _LINES.split(text)))
        if len(parts) > 1:
            return parts
        if "; " in text or (";" in text and "@" in text and canonical in _PERSONS):
            return list(filter(None, _AND_MORE.split(text) if "@" in text else map(str.strip, text.split(";")))) or [
                text
            ]
        if "," in text:
            parts = list(filter(None, _AND_MORE.split(text)))
            single = self._single.get(canonical, frozenset())
            if len(parts) > 1 and (all(map(single.__contains__, parts)) or all("@" in each for each in parts)):
                return parts
        return [text]

    def _person(self, text: str, canonical: str) -> str | None:
        """Somebody by the first spelling that came of them; None for nobody.

        Who solved a ticket is a label and stays as it is written.
        """
        key = person_key(text, self._preset.nobody)
        if key is None:
            return None
        return self._spelling.setdefault(key, text) if canonical == "customer_id" else text

    def _dates_column(self, canonical: str) -> ColumnReader:
        """A reader that counts every date with and without an offset, not only the different ones."""
        known = _Known(self._mapped(canonical, partial(self._parsed, canonical=canonical)))

        def read(cells: Sequence[str]) -> list[object]:
            quickly = self._all_iso(cells)
            if quickly is not None:
                return quickly
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

    def _all_iso(self, cells: Sequence[str]) -> list[object] | None:
        """The moments of cells that are all blank or written as machines do; None if one is not, or needs a rule.

        Ten times as quick as to ask a rule for each, which is different for nearly every ticket.
        """
        said = [cell for cell in cells if cell]
        if not said:
            return [None] * len(cells)
        if self._has_missing_moments or not all(cell[4:5] == "-" for cell in said):
            return None
        try:
            moments = list(map(datetime.fromisoformat, said))
            zones = {moment.tzinfo for moment in moments}
            is_usual = min(moments).year >= _FIRST_YEAR and max(moments).year <= _LAST_YEAR
        except (ValueError, TypeError):  # with and without an offset
            return None
        if is_usual and zones == {None} and self._preset.zone is UTC:
            moments = [moment.replace(tzinfo=UTC) for moment in moments]
            self.n_without_offset += len(moments)
        elif is_usual and zones == {UTC} and all(moment.tzinfo is UTC for moment in moments):
            self.n_with_offset += len(moments)
        else:
            return None
        if len(moments) == len(cells):
            return list(moments)
        remaining = iter(moments)
        return [next(remaining) if cell else None for cell in cells]

    def _mapped(self, canonical: str, read: Callable[[str], _Value]) -> Callable[[str], _Value | None]:
        """A rule for typed values that looks the desk's word up first."""
        ours = self._preset.values.get(canonical)

        def mapped(raw: str) -> _Value | None:
            text = self.text(raw)
            if text is not None and ours is not None:
                text = ours.get(text.casefold(), text)
            return None if not text else read(text)

        return mapped

    def date(self, text: str, canonical: str) -> datetime:
        """The moment in UTC; one without an offset is taken in the preset's time zone."""
        moment, has_offset = self._parsed(text, canonical)
        if has_offset:
            self.n_with_offset += 1
        else:
            self.n_without_offset += 1
        return moment

    def _parsed(self, text: str, canonical: str) -> tuple[datetime, bool]:
        moment = iso_moment(text) or self.local_moment(text, self._orders.get(canonical))
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

    def local_moment(self, text: str, order: Order | None) -> datetime | None:
        """The moment as it is written, with the offset it says: by ISO 8601, the preset's own formats, the usual ones.

        The format that fitted goes to the front, for a file is written by one tool.
        """
        if self._formats and (moment := iso_moment(text)) is not None:
            return moment
        for place, layout in enumerate(self._formats):
            try:
                moment = datetime.strptime(text, layout)  # noqa: DTZ007 - the preset's zone is added where it has none
            except ValueError:
                continue
            if place:
                self._formats.insert(0, self._formats.pop(place))
            return moment
        return read_moment(text, order)

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


def _plain(text: str) -> str:
    """A word in one Unicode form and with single blanks: what looks the same is the same."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return _BLANKS.sub(" ", text)


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
