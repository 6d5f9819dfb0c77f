"""Reading what ticketing systems write in JSON: ids as numbers or texts, names as texts or objects, times in any form.

Everything here is forgiving, and says None for what is not there; only a body that names no ticket is refused.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from math import isfinite

from data.connectors.connector import Delivery
from data.database import storable
from data.exports.moments import read_moment
from data.exports.preset import Preset, load_preset
from triage.errors import InvalidInput
from triage.identity import person_key, ticket_key
from triage.ticket import NewTicket

__all__ = [
    "delivery_id",
    "desk_word",
    "filed_ticket",
    "first",
    "id_of",
    "items",
    "json_object",
    "moment",
    "name_of",
    "names_to_ids",
    "number_version",
    "part",
    "preset_of",
    "required_id",
    "set_values",
    "text",
    "texts",
    "time_version",
]

_NAMES = ("display_value", "displayName", "completename", "name", "Name", "value", "label", "email", "login", "title")
_IDS = ("id", "sys_id", "value", "accountId", "key", "name")
_YEARS = range(1971, 2200)  # 1970 is how some systems write "never"
_ID = re.compile(r"[A-Za-z0-9_.:@/-]{1,200}")


def json_object(delivery: Delivery) -> Mapping[str, object]:
    """The body, which is a JSON object.

    Raises:
        InvalidInput: it is none.
    """
    try:
        value = json.loads(delivery.body)
    except (ValueError, RecursionError):
        raise InvalidInput("The body of the webhook is no JSON.") from None
    if not isinstance(value, dict):
        raise InvalidInput("The body of the webhook is no JSON object.")
    return value


def part(value: object, *names: str) -> Mapping[str, object]:
    """The object below these names, one in the other; an empty one where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Mapping[str, object]]:
    """The objects of a list; none for anything else."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def text(value: object) -> str | None:
    """A text or a number as text, without blanks around it; None for nothing, and for what is neither."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, int | float):
        return str(value)
    return (storable(value).strip() or None) if isinstance(value, str) else None


def texts(value: object) -> tuple[str, ...] | None:
    """Names in a list, or with commas between them; None for anything else."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return None
    return tuple(name for each in value if (name := name_of(each)) is not None)


def names_to_ids(listed: Iterable[Mapping[str, object]], name: str = "name", id_: str = "id") -> dict[str, str]:
    """Ids by names, of a list of objects that have both; the first of two with one name counts."""
    found: dict[str, str] = {}
    for each in listed:
        called, known_as = text(each.get(name)), text(each.get(id_))
        if called and known_as:
            found.setdefault(called, known_as)
    return found


def name_of(value: object) -> str | None:
    """What people call something: a text, or an object that has a name."""
    if isinstance(value, Mapping):
        return first(value, *_NAMES)
    return text(value)


def id_of(value: object) -> str | None:
    """What a system calls something: a number or a text, or an object that has an id."""
    if isinstance(value, Mapping):
        return first(value, *_IDS)
    return text(value)


def first(value: Mapping[str, object], *names: str) -> str | None:
    """The first of these that says something."""
    return next((found for name in names if (found := text(value.get(name))) is not None), None)


def required_id(value: str | None, what: str = "ticket id") -> str:
    """The id.

    Raises:
        InvalidInput: there is none, or it is of a form that no system has.
    """
    if value is None:
        raise InvalidInput(f"The body of the webhook holds no {what}.")
    if _ID.fullmatch(value) is None:
        raise InvalidInput(f"The {what} in the body of the webhook is none.")
    return value


def moment(value: object) -> datetime | None:
    """A time in UTC; a naive one is UTC already, which is what interfaces write. None for what cannot be read."""
    found = read_moment(written) if (written := text(value)) else None
    if found is None:
        return None
    try:
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None
    return found if found.year in _YEARS else None


def time_version(value: object) -> str | None:
    """A time, written so that a later one is the greater text."""
    found = moment(value)
    return None if found is None else found.isoformat(timespec="microseconds")


def number_version(value: object) -> str | None:
    """A count, written so that a greater one is the greater text."""
    found = text(value)
    return f"{int(found):020d}" if found and found.isascii() and found.isdecimal() and len(found) <= 20 else None


def delivery_id(given: str | None, reference: str, version: str | None, body: bytes) -> str:
    """The id that the system gave, else the ticket and its version, else what was said."""
    if given and given.strip():
        return storable(given.strip())[:200]
    if version is not None:
        return f"{reference}@{version}"
    return f"{reference}#{hashlib.sha256(body).hexdigest()}"


@cache
def preset_of(system: str) -> Preset:
    """The preset that came with triage for this system."""
    return load_preset(system)


def desk_word(system: str, target: str, value: object) -> str | None:
    """A value in the words that the system's preset makes of it, which models learned; None for nothing."""
    name = name_of(value)
    if name is None or name.casefold() in preset_of(system).missing:
        return None
    return preset_of(system).values.get(target, {}).get(name.casefold(), name) or None


def set_values(values: Mapping[str, str | None]) -> dict[str, str]:
    """Those that say something."""
    return {name: value for name, value in values.items() if value}


def filed_ticket(  # noqa: PLR0913 - a ticket has as many columns
    system: str,
    number: str,
    *,
    subject: object,
    body: str | None,
    opened_at: object,
    customer: Iterable[object],
    channel: object = None,
    language: object = None,
    attributes: Mapping[str, object] | None = None,
) -> NewTicket:
    """A ticket as it was filed, with keys.

    Args:
        system: whose preset says the words for channels, and who is nobody.
        number: what people call it.
        subject: as it came.
        body: its text, out of what wrapped it.
        opened_at: in any form that `moment` reads.
        customer: ways in which the system names the customer; the first that names somebody counts.
        channel: in the system's word.
        language: as it came.
        attributes: texts or objects that have names.
    """
    key = ticket_key(number) or number
    spelling = next((found for each in customer if (found := id_of(each)) is not None), None)
    person = person_key(spelling, preset_of(system).nobody) if spelling else None
    return NewTicket(
        id=key,
        id_as_filed=number if number != key else None,
        subject=text(subject) or "",
        body=storable(body).strip() if body else "",
        opened_at=moment(opened_at),
        customer_id=person,
        customer_as_filed=spelling if person is not None and spelling != person else None,
        channel=desk_word(system, "channel", channel),
        language=text(language),
        attributes=set_values({name: name_of(value) for name, value in (attributes or {}).items()}),
    )
