"""Kinds of values that bodies and parameters are made of: texts, moments, days, attributes.

Each takes what clients really send, refuses the rest with a sentence, and says in OpenAPI what it takes.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from math import isfinite
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, WithJsonSchema

from data.database import storable

__all__ = ["IN_A_PATH", "Attributes", "Day", "Id", "Moment", "Name", "Said", "ShortText", "Text", "or_null"]

_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"
    r"(?: ?(?P<utc>[Zz]|UTC|GMT)| ?(?P<hours>[+-]\d\d)(?::?(?P<minutes>\d\d))?)?",
    re.ASCII,
)
_LARGEST_WHOLE = 2**53  # beyond it JSON's readers do not agree on a number's last digits
_DAY = re.compile(r"(?:19[7-9]\d|2[01]\d\d)-\d\d-\d\d", re.ASCII)
_YEARS = range(1970, 2200)

IN_A_PATH: dict[str, JsonValue] = {
    "minLength": 1,
    "pattern": r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f\x85][^\x00-\x1f\x7f]*$",
}
"""What OpenAPI says of a text within a path: some character that can be seen, and none that no path may hold."""


def _kept(value: object) -> object:
    return storable(value) if isinstance(value, str) else value


def _bare(value: object) -> object:
    return storable(value).strip() if isinstance(value, str) else value


def or_null(value: object) -> object:
    """For whatever may be missing: a text without anything but blanks says nothing, as an empty cell of a file."""
    return None if isinstance(value, str) and not value.strip() else value


def _id(value: object) -> object:
    """Many systems count their tickets and people; what is a number to them is a text here."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if not isfinite(value) or value != int(value) or abs(value) > _LARGEST_WHOLE:
        raise ValueError("An id that is a number is a whole one of at most 16 digits; send any other id as a text.")
    return str(int(value))


def _moment(value: object) -> object:
    """The moment as RFC 3339 writes it; the offset also without a colon or without minutes, as in files."""
    value = or_null(value)
    if value is None or isinstance(value, datetime):
        return value
    form = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if form is None:
        raise ValueError("A moment is written like 2026-11-21T09:00:00Z or 2026-11-21T10:00:00+01:00 (RFC 3339).")
    if form["utc"] is None and form["hours"] is None:
        raise ValueError(
            "The moment has no offset, so nobody knows when it was: write 2026-11-21T09:00:00Z or "
            "2026-11-21T10:00:00+01:00."
        )
    offset = "Z" if form["utc"] else f"{form['hours']}:{form['minutes'] or '00'}"
    return form["day"] + "T" + form["time"] + offset


def _plausible(value: datetime | None) -> datetime | None:
    if value is not None and value.year not in _YEARS:
        raise ValueError("The moment lies outside the years 1970 to 2199.")
    return value.astimezone(UTC) if value is not None else None


def _day(value: object) -> object:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return value
    raise ValueError("A day is written like 2026-11-21, between 1970 and 2199.")


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("A number is expected here that JSON knows.")
    return str(value) if isinstance(value, int | float) else _kept(value)


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("Something has to be said here.")
    return value


def _no_nulls(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {name: kept for name, kept in value.items() if or_null(kept) is not None}


Text = Annotated[str, BeforeValidator(_kept)]
Said = AfterValidator(_said)
"""For a text that must say something: blanks do not."""
ShortText = Annotated[str, Field(max_length=200), BeforeValidator(_bare)]
"""Blanks around it are not part of it, as in exports."""
Name = Annotated[ShortText, Said, Field(json_schema_extra={"minLength": 1, "pattern": r"[^\s\x1c-\x1f\x85]"})]
"""What somebody or something is known by; blanks say nothing."""
Id = Annotated[
    str,
    Field(max_length=200),
    BeforeValidator(_bare),
    BeforeValidator(_id),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": 200},
                {"type": "integer", "minimum": -_LARGEST_WHOLE, "maximum": _LARGEST_WHOLE},
            ]
        }
    ),
]
"""The number or name of a ticket or a person in the desk's own system, in whatever spelling."""
Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": "^(19[7-9][0-9]|2[01][0-9][0-9])-"}),
]
Moment = Annotated[
    datetime | None,
    BeforeValidator(_moment),
    AfterValidator(_plausible),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time", "pattern": "^(19[7-9][0-9]|2[01][0-9][0-9])-"},
                {"type": "string", "pattern": r"^\s*$"},
                {"type": "null"},
            ]
        }
    ),
]
AttributeName = Annotated[str, Field(max_length=200), BeforeValidator(_kept)]
AttributeValue = Annotated[str, BeforeValidator(_as_text), Field(max_length=10_000)]
Attributes = Annotated[
    dict[AttributeName, AttributeValue],
    BeforeValidator(_no_nulls),
    Field(max_length=500),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": 500,
            "propertyNames": {"maxLength": 200},
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "maxLength": 10_000},
                    {"type": "number"},
                    {"type": "boolean"},
                    {"type": "null"},
                ]
            },
        }
    ),
]
