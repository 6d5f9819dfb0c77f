"""One customer's contacts as an array of numbers, of which numpy makes profiles.

A new field of `Contact` that a profile is to know is a name in `FIELDS`, and a row of the array.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import nan
from operator import attrgetter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from triage.customers.contact import Contact
from triage.customers.profile import SELF_SERVICE, YEAR

__all__ = [
    "DAY",
    "DECIDED",
    "FIELDS",
    "HOUR",
    "INCIDENT",
    "MISSING",
    "OPENED_AT",
    "REOPENS",
    "RESOLVED_AT",
    "SETTLED_AT",
    "SUMMED",
    "TEXTS",
    "TICKET_TYPE",
    "ContactColumns",
    "microseconds",
]

_MOMENTS = ("opened_at", "settled_at", "resolved_at")
_TEXTS = ("ticket_type", "service", "topic", "device", "channel")
_DECIDED = ("reopens", "reassignments", "first_contact_resolution", "satisfaction", "used_knowledge")

FIELDS = (*_MOMENTS, *_TEXTS, *_DECIDED, "writing_precision", "asks_how", "is_automatic")
"""The fields of `Contact`, in the order in which rows of values have them."""

OPENED_AT, SETTLED_AT, RESOLVED_AT, TICKET_TYPE = range(4)
"""Rows of the array: three moments, and the code of the type."""

TEXTS = slice(4, 8)
"""The codes of service, topic, device and channel."""

REOPENS = 8
DECIDED = slice(REOPENS, 18)
"""Five numbers that people decide: reopens, reassignments, whether solved at once, satisfaction, and whether an article
solved it. Then of each whether it is known, 1 or 0; a number that is not known is 0, so that it may be summed."""

SUMMED = slice(REOPENS, 24)
"""The same. Then writing precision and whether it is known; whether a contact asks how, whether a machine wrote it,
whether it came by self-service, and whether its channel is known."""

MISSING, INCIDENT = 0, 1
"""Codes that all customers have in common."""

HOUR, DAY = 3_600 * 10**6, 86_400 * 10**6
"""In microseconds."""

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_YEAR = YEAR / _MICROSECOND

_FEWEST_PLACES = 16

_fields_of = attrgetter(*FIELDS)


class _Codes:
    """A number for every text, in the order in which they came.

    Attributes:
        names: the texts; None is what is missing.
    """

    __slots__ = ("_numbers", "names")

    def __init__(self) -> None:
        self.names: list[str | None] = [None, "incident"]
        self._numbers: dict[str | None, int] = {None: MISSING, "incident": INCIDENT}

    def of(self, texts: Iterable[str | None]) -> list[int]:
        numbers = self._numbers
        found = [numbers.setdefault(text, len(numbers)) for text in texts]
        self.names.extend(islice(numbers, len(self.names), None))
        return found


class ContactColumns:
    """One customer's contacts, oldest first: a row of the array is a field of them, a column a contact.

    Moments are whole microseconds since 1970 (UTC), nan where there is none; float64 has them exactly until 2255.
    """

    __slots__ = ("_array", "_codes", "_n")

    def __init__(self, array: NDArray[np.float64] | None = None, codes: _Codes | None = None) -> None:
        self._array = np.empty((SUMMED.stop, 0)) if array is None else array
        self._codes = _Codes() if codes is None else codes
        self._n: int = self._array.shape[1]

    @classmethod
    def of(cls, contacts: Iterable[Contact]) -> Self:
        """The columns of contacts in any order."""
        return cls.of_rows(map(_fields_of, contacts))

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[Any]]) -> Self:
        """The same of values in the order of `FIELDS`, a row a contact: no contacts need be made of them."""
        codes = _Codes()
        fields = list(zip(*rows, strict=True)) or [()] * len(FIELDS)
        array = np.array(_encode(fields, codes, map), dtype=np.float64)
        opened_at = array[OPENED_AT]
        if (opened_at[1:] < opened_at[:-1]).any():
            array = array[:, opened_at.argsort(kind="stable")]
        return cls(array, codes)

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, places: slice) -> "ContactColumns":
        """Some of the contacts, a view. What is added to the one is not in the other."""
        return ContactColumns(self.array[:, places], self._codes)

    @property
    def array(self) -> NDArray[np.float64]:
        """Float64 of shape (n_rows, n_contacts), a view."""
        return self._array[:, : self._n]

    @property
    def names(self) -> Sequence[str | None]:
        """The texts that codes stand for, in the order of these; None is what is missing."""
        return self._codes.names

    def plus(self, contact: Contact) -> None:
        """Put one more contact in its place, after others of the same moment."""
        column = _encode(_fields_of(contact), self._codes, _of_one)
        n, array = self._n, self._array
        place: int = array[OPENED_AT, :n].searchsorted(column[OPENED_AT], side="right").item()
        if place < n or n == array.shape[1]:
            # views look at the old array, so nothing moves within it
            self._array = np.empty((array.shape[0], max(_FEWEST_PLACES, 2 * n)))
            self._array[:, :place], self._array[:, place + 1 : n + 1] = array[:, :place], array[:, place:n]
        self._array[:, place] = column
        self._n += 1

    def until(self, moment: datetime, most: int | None = None) -> "ContactColumns":
        """The contacts in the year up to an aware moment, a view; of more than `most` the latest."""
        until = microseconds(moment)
        since, n = until - _YEAR, self._n
        opened_at = self._array[OPENED_AT, :n]
        if not n or (since < opened_at[0] and opened_at[-1] <= until and (most is None or n <= most)):
            return self
        first, last = opened_at.searchsorted((since, until), side="right").tolist()
        return self[first if most is None else max(first, last - most) : last]


def microseconds(moment: datetime) -> float:
    """From 1970 to an aware moment."""
    return (moment - _EPOCH) / _MICROSECOND


def _encode(fields: Sequence[Any], codes: _Codes, each: Callable[..., Iterable[Any]]) -> list[Any]:
    """What stands in the array, row by row.

    Args:
        fields: in the order of `FIELDS`: a sequence of values for each, or one value.
        codes: of texts; those that are new get one.
        each: `map` for sequences, `_of_one` for values.
    """
    channel, decided, precision = fields[7:8], fields[8:13], fields[13:14]
    return [
        *each(_all_microseconds, fields[:3]),
        *each(codes.of, fields[3:8]),
        *each(_or_zero, decided),
        *each(_is_known, decided),
        *each(_or_zero, precision),
        *each(_is_known, precision),
        *fields[14:],
        *each(_is_self_service, channel),
        *each(_is_known, channel),
    ]


def _of_one(encode: Callable[[Sequence[Any]], list[Any]], values: Sequence[Any]) -> list[Any]:
    return encode(values)


def _all_microseconds(moments: Iterable[datetime | None]) -> list[float]:
    return [nan if moment is None else (moment - _EPOCH) / _MICROSECOND for moment in moments]


def _or_zero(numbers: Iterable[float | None]) -> list[float]:
    return [0.0 if number is None else number for number in numbers]


def _is_known(values: Iterable[object]) -> list[bool]:
    return [value is not None for value in values]


def _is_self_service(channels: Iterable[str | None]) -> list[bool]:
    return [channel is not None and channel.lower() in SELF_SERVICE for channel in channels]
