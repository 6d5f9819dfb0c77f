"""Records out of what APIs return: arrays, envelopes such as `{"tickets": [...]}`, objects one behind another.

An envelope of another system is a word in `_ENVELOPES`.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

__all__ = ["located", "records", "values"]

IsRecord = Callable[[dict[str, Any]], bool]

_ENVELOPES = frozenset(
    (
        *(
            "tickets",
            "result",
            "results",
            "issues",
            "requests",
            "incidents",
            "records",
            "items",
            "data",
            "value",
            "values",
        ),
        *("nodes", "rows", "response", "objects", "ticket", "request", "incident", "issue"),
    )
)
_DEPTH = 4
_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[\s,\ufeff]*")
_ARRAY = re.compile(r'"\s*:\s*\[')


def records(found: object, is_record: IsRecord) -> list[dict[str, Any]] | None:
    """The records in a value; None if it is none and holds none.

    Args:
        found: what a line or a file holds.
        is_record: whether an object is a record itself, and no envelope of others.
    """
    return _records(found, is_record, _DEPTH)


def _records(found: object, is_record: IsRecord, depth: int) -> list[dict[str, Any]] | None:
    if isinstance(found, list):
        return found if all(isinstance(each, dict) for each in found) else None
    if not isinstance(found, dict):
        return None
    if depth and not _ENVELOPES.isdisjoint(found):
        for name, inner in found.items():
            if name not in _ENVELOPES or not isinstance(inner, list | dict):
                continue
            if is_record({key: value for key, value in found.items() if key != name} if inner else found):
                continue
            within = _records(inner, is_record, depth - 1)
            if within is not None and (
                isinstance(inner, list) or within != [inner] or _is_wrapped(found, inner, is_record)
            ):
                return within
    return [found]


def _is_wrapped(found: dict[str, Any], inner: dict[str, Any], is_record: IsRecord) -> bool:
    """Whether a single record stands in an object, and is not read better as a part of it."""
    return is_record(inner) and not is_record(found)


def located(text: str, found: Sequence[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    """Where each of the records of an envelope begins in its text, as a number of lines from there, and its own text.

    All begin in the first line if they cannot be told apart in it.
    """
    for array in _ARRAY.finditer(text):
        parts = [(start, end) for start, value, end in _values(text, array.end()) if value is not None][: len(found)]
        if len(parts) == len(found) and json.loads(text[slice(*parts[-1])]) == found[-1]:
            break
    else:
        yield from ((0, json.dumps(each)) for each in found)
        return
    n_lines, place = 0, 0
    for start, end in parts:
        n_lines, place = n_lines + text.count("\n", place, start), start
        yield n_lines, text[start:end]


def values(text: str) -> Iterator[tuple[int, object, str]]:
    """The values that stand in a text one behind the other, the elements of an array singly.

    Each with the line where it starts, the value, and its text. What is no JSON ends them: it comes as None.
    """
    line, place = 1, 0
    for start, value, end in _values(text, 0):
        line, place = line + text.count("\n", place, start), start
        yield line, value, text[start:end]


def _values(text: str, place: int) -> Iterator[tuple[int, object, int]]:
    place = _after_blanks(text, place)
    while place < len(text):
        if text[place] in "[]":
            place = _after_blanks(text, place + 1)
            continue
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            yield place, None, len(text)
            return
        yield place, value, end
        place = _after_blanks(text, end)


def _after_blanks(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return place if found is None else found.end()
