"""When something was, in the ways in which desks write it: one cell at a time, without a guess.

What reads the same everywhere is read: ISO 8601, names of months in seven languages, clocks with AM and PM, seconds
and milliseconds since 1970, a spreadsheet's day numbers. Of `3/4/2026` a cell does not say what comes first; that is
decided for a whole column, in `survey.py`. A new way of writing is a pattern here, and a line in its test.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["Numbers", "Order", "is_day_number", "iso_moment", "layout", "looks_dated", "numbers", "read_moment"]


class Order(Enum):
    """Which of two numbers comes first in a date that ends with its year."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


class Numbers(NamedTuple):
    """A date of numbers that ends with its year: what stands first and second, and between them."""

    first: int
    second: int
    separator: str

    @property
    def order(self) -> Order | None:
        """What comes first, where the numbers say it: there is no thirteenth month."""
        if self.first > 12 >= self.second:
            return Order.DAY_FIRST
        return Order.MONTH_FIRST if self.second > 12 >= self.first else None


_MONTHS = (  # English, German, French, Spanish, Portuguese, Italian, Dutch; an abbreviation's dot is taken off
    "jan january januar jänner jän janv janvier ene enero janeiro gen gennaio januari",
    "feb february februar feber févr fév février febrero fev fevereiro febbraio februari",
    "mar march mär mrz märz mars marzo março mrt maart",
    "apr april avr avril abr abril aprile",
    "may mai mayo maio mag maggio mei",
    "jun june juni juin junio junho giu giugno",
    "jul july juli juil juillet julio julho lug luglio",
    "aug august août ago agosto augustus",
    "sep sept september septembre septiembre setembro set settembre setiembre",
    "oct october okt oktober octobre octubre out outubro ott ottobre",
    "nov november novembre noviembre novembro",
    "dec december dez dezember déc décembre dic diciembre dezembro dicembre",
)
_MONTH_OF: Mapping[str, int] = MappingProxyType(
    {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
)
_WITHOUT_ACCENTS = {"fevr": 2, "fevrier": 2, "aout": 8, "decembre": 12, "marco": 3, "marz": 3, "maerz": 3, "janner": 1}

_HOURS_EAST: Mapping[str, float] = MappingProxyType(  # RFC 2822's and Europe's; others mean different hours to many
    {"z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2, "mez": 1, "mesz": 2}
    | {"eet": 2, "eest": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
)

# All of these read text in lower case, with no blank but the usual one.
_M = r"([^\W\d_]{3,}\.?)"
_CLOCK = (
    r"(?:(?:,? | ?[-–] |t|,? (?:at|um|à|às|a las|alle|om) )"
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,:]\d{1,9})?)?"
    r"(?: ?(?P<half>[ap])\.? ?m\.?| uhr)?)?"
)
_ZONE = r"(?: ?\(?(?P<zone>[a-z]{1,4})?(?P<offset>[+-]\d\d:?\d\d)?\)?)?"
_WEEKDAY = r"(?:[^\W\d_]{2,}\.?,? )?"
_NUMERIC = re.compile(rf"{_WEEKDAY}(\d{{1,2}})(?: ?([/.-]) ?)(\d{{1,2}})\2 ?(\d{{4}}|\d\d){_CLOCK}{_ZONE}")
_YEAR_FIRST = re.compile(rf"(\d{{4}})([/.-])(\d{{1,2}})\2(\d{{1,2}}){_CLOCK}{_ZONE}")
_DAY_NAMED = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:-{_M}-|/{_M}/|\.{_M}\.|(?:st|nd|rd|th|er|[º.])? (?:de |of )?{_M},? (?:de |of )?)"
    rf"(\d{{4}}|\d\d){_CLOCK}{_ZONE}"
)
_NAMED_DAY = re.compile(rf"{_WEEKDAY}{_M}[ -](\d{{1,2}})(?:st|nd|rd|th)?(?:,? |-)(\d{{4}}){_CLOCK}{_ZONE}")
_OF_C = re.compile(  # Thu Mar 12 09:15:00 CET 2026
    rf"{_WEEKDAY}{_M} {{1,2}}(\d{{1,2}}) (?P<hour>\d{{1,2}}):(?P<minute>\d\d):(?P<second>\d\d)(?P<half>)"
    r"(?: (?P<zone>[a-z]{1,4})?(?P<offset>[+-]\d\d:?\d\d)?)? (?P<year>\d{4})"
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.0+)?z?")
_EPOCH = re.compile(r"(?P<number>\d{13}|\d{10}(?:\.\d{1,9})?)")
_OF_NET = re.compile(r"/?date\((?P<number>\d{12,13})(?:[+-]\d{4})?\)/?")
_DAY_NUMBER = re.compile(r"\d{5}(?:[.,]\d{1,15})?")
_LOOSE_OFFSET = re.compile(r"\s+(?:UTC|GMT|Z|([+-]\d\d:?\d\d))$", re.IGNORECASE)
_ODD_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200e": "", "\u200f": ""})
_POINTS = str.maketrans("", "", ".,z")
_FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet has no zones; it also counts a day of 1900 that was none
_DAY_NUMBERS = range(25_569, 73_051)  # 1970 to 2099
_MONTH_WORD = re.compile(r"[^\W\d_]{3}")
_GROUP = re.compile(r"\d+")


def read_moment(text: str, order: Order | None = None) -> datetime | None:
    """The moment that a cell names, aware where it says an offset; None if it names none.

    Args:
        text: the cell, without blanks around it.
        order: what comes first in dates of numbers. Without one those are read that say it themselves, and with dots
            between them the day comes first.
    """
    moment = iso_moment(text)
    if moment is not None:
        return moment
    text = _plain(text)
    try:
        return _by_number(text) if text.translate(_POINTS).isdecimal() else _by_pattern(text, order)
    except (ValueError, OverflowError):
        return None


def numbers(text: str) -> Numbers | None:
    """The numbers of a date that may begin with its day or its month; None for anything else."""
    found = _NUMERIC.fullmatch(_plain(text))
    return None if found is None else Numbers(int(found[1]), int(found[3]), found[2])


def is_day_number(text: str) -> bool:
    """Whether a cell is a spreadsheet's count of days, as `45433.606`."""
    return _DAY_NUMBER.fullmatch(text) is not None and int(text[:5]) in _DAY_NUMBERS


def looks_dated(text: str) -> bool:
    """Whether a cell could be a date in some way: two groups of digits, or a number as long as those of clocks."""
    groups = _GROUP.findall(text)
    if len(groups) == 1:
        return len(groups[0]) in (10, 13, 14) and len(text) < 20
    return 2 <= len(groups) <= 9 and len(text) <= 45 and any(len(group) in (2, 4) for group in groups[:3])


def layout(text: str, order: Order) -> str:
    """How a date of numbers is written, for `--date-format`: `%d/%m/%Y %H:%M`."""
    found = _NUMERIC.fullmatch(_plain(text))
    if found is None:
        return "%d/%m/%Y %H:%M"
    first, second = ("%d", "%m") if order is Order.DAY_FIRST else ("%m", "%d")
    day = found[2].join((first, second, "%Y" if len(found[4]) == 4 else "%y"))
    if found["hour"] is None:
        return day
    clock = ("%I" if found["half"] else "%H") + ":%M" + (":%S" if found["second"] else "")
    return f"{day} {clock}{' %p' if found['half'] else ''}"


def _plain(text: str) -> str:
    """The text in lower case, with no blank but the usual one."""
    return (text if text.isascii() else text.translate(_ODD_BLANKS)).lower()


def iso_moment(text: str) -> datetime | None:
    """An ISO 8601 date, also with the blank before the offset that Ruby and SQL write.

    Digits alone are none beyond eight of them: milliseconds since 1970 would be a day in the eighteenth century.
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


def _by_number(text: str) -> datetime | None:
    """A count of seconds, milliseconds or days, or fourteen digits from the year to the second."""
    if found := _COMPACT.fullmatch(text):
        moment = datetime(*map(int, found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - the preset's zone
        return moment.replace(tzinfo=UTC) if text.endswith("z") else moment
    if found := _EPOCH.fullmatch(text):
        number = found["number"]
        return datetime.fromtimestamp(int(number) / 1000 if len(number) == 13 else float(number), UTC)
    if is_day_number(text):
        moment = _FIRST_DAY + timedelta(days=float(text.replace(",", ".")))
        return (moment + timedelta(milliseconds=500)).replace(microsecond=0)  # its fractions end too early
    return None


def _by_pattern(text: str, order: Order | None) -> datetime | None:
    if _MONTH_WORD.search(text) is None:
        return _by_digits(text, order)
    if found := _DAY_NAMED.fullmatch(text):
        name = found[2] or found[3] or found[4] or found[5]
        return _moment(found, found[6], _month(name), int(found[1]))
    if found := _NAMED_DAY.fullmatch(text):
        return _moment(found, found[3], _month(found[1]), int(found[2]))
    if found := _OF_C.fullmatch(text):
        return _moment(found, found["year"], _month(found[1]), int(found[2]))
    if found := _OF_NET.fullmatch(text):
        return datetime.fromtimestamp(int(found["number"]) / 1000, UTC)
    return _by_digits(text, order)  # the word was a weekday or a zone


def _by_digits(text: str, order: Order | None) -> datetime | None:
    if found := _NUMERIC.fullmatch(text):
        first, second = int(found[1]), int(found[3])
        order = order or Numbers(first, second, found[2]).order or (Order.DAY_FIRST if found[2] == "." else None)
        if order is None:
            return None
        day, month = (first, second) if order is Order.DAY_FIRST else (second, first)
        return _moment(found, found[4], month, day)
    if found := _YEAR_FIRST.fullmatch(text):
        return _moment(found, found[1], int(found[3]), int(found[4]))
    return None


def _month(name: str) -> int:
    """The number of a month; 0, which no date has, for a word that names none."""
    bare = name.rstrip(".")
    return _MONTH_OF.get(bare) or _WITHOUT_ACCENTS.get(bare, 0)


def _moment(found: re.Match[str], year: str, month: int, day: int) -> datetime:
    """The moment of a match.

    Raises:
        ValueError: there is no such day or hour, or its zone is none that means the same hours to everybody.
    """
    full_year = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 70 else 1900)
    hour = int(found["hour"] or 0)
    half = found["half"]
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    moment = datetime(full_year, month, day, hour, int(found["minute"] or 0), int(found["second"] or 0))  # noqa: DTZ001
    offset = _offset(found["zone"], found["offset"])
    return moment if offset is None else moment.replace(tzinfo=offset)


def _offset(zone: str | None, offset: str | None) -> timezone | None:
    if offset:
        minutes = 60 * int(offset[1:3]) + int(offset[-2:])
        return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
    if zone is None:
        return None
    if zone not in _HOURS_EAST:
        raise ValueError("a zone that means different hours to many")
    return timezone(timedelta(hours=_HOURS_EAST[zone]))
