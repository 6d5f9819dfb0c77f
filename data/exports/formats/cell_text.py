"""A typed cell (Excel, Parquet, JSON) as the text a CSV would hold, so that everything after reads text only."""

import json
import math
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any

__all__ = ["cell_text"]


def cell_text(value: object) -> str:
    """The text of a cell: nothing for None and NaN, ISO 8601 for dates, `12` for 12.0, a list by commas."""
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    for kind in type(value).__mro__:
        write = _WRITERS.get(kind)
        if write is not None:
            return write(value)
    return str(value)


def _number(number: float | Decimal) -> str:
    if not math.isfinite(number):
        return "" if math.isnan(number) else str(number)
    return str(int(number)) if number == int(number) else str(number)


def _list(values: Sequence[object]) -> str:
    if any(isinstance(each, (list, tuple, dict)) for each in values):
        return _json(values)
    return ", ".join(cell_text(each) for each in values)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: str,
    NoneType: lambda _: "",
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _number,
    Decimal: _number,
    date: lambda value: value.isoformat(),  # datetime is one, too
    bytes: lambda value: value.decode("utf-8", errors="replace"),
    list: _list,
    tuple: _list,
    dict: _json,
}
