"""What a person might have wanted: a column that looks like a missing one, labels that look like a system's own ids."""

import re
from collections.abc import Callable, Iterator, Sequence

from data.exports.assembly import Assembly
from data.exports.moments import looks_dated, numbers, read_moment
from data.exports.rows import Row
from data.exports.ticket_columns import TicketColumns

__all__ = ["TOTAL_BEGINNINGS", "hints", "is_total"]

_MOST_RATIO = 0.8
_NAMED = 3  # columns in one hint
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[a-zA-Z]{2,}>?")
_OF_A_DATABASE = re.compile(r"[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_COUNTED = re.compile(r"\d+")
_MAY_BE_COUNTED = ("assignment_group", "category", "resolved_by")
_TOTAL = re.compile(
    r"(?:grand |sub)?totals?(?: records| rows| count| tickets| general| général)?"
    r"|(?:gesamt)?summe|gesamt|totale?|suma total|suma",
    re.IGNORECASE,
)
TOTAL_BEGINNINGS = frozenset(
    each for word in ("tot", "sub", "gra", "ges", "sum") for each in (word, word.capitalize(), word.upper())
)
"""How the first cell of a row of totals begins; to ask of each row costs more."""

_FEW = 3  # cells of a row of totals


def hints(rows: Sequence[Row], chunk: TicketColumns | None, assembly: Assembly) -> list[str]:
    """Sentences about a sample of the first rows and the tickets made of them."""
    if not rows or chunk is None:
        return []
    return [*_missing(rows, assembly), *_internal_ids(chunk)]


def is_total(cells: Sequence[str]) -> bool:
    """Whether a row is the total below a report: the word, a number or two, and nothing else."""
    if _TOTAL.fullmatch(cells[0].strip().rstrip(" :0123456789.,")) is None:
        return False
    rest = [cell for cell in cells[1:] if cell.strip()]
    return len(rest) < _FEW < len(cells) and all(not any(map(str.isalpha, cell)) for cell in rest)


def _missing(rows: Sequence[Row], assembly: Assembly) -> Iterator[str]:
    for canonical, kind, looks in (("opened_at", "dates", _is_date), ("customer_id", "addresses", _is_address)):
        if sum(assembly.n_bound.get(canonical, {}).values()):
            continue
        found = [column for column, cells in _other_cells(rows, assembly).items() if _mostly(looks, cells)]
        if found:
            named = " or ".join(f"--map {canonical}='{column}'" for column in found[:_NAMED])
            verb = "looks like" if len(found) == 1 else "look like"
            yield f"Nothing is read as {canonical}, and {', '.join(found[:_NAMED])} {verb} {kind}: name it by {named}."


def _other_cells(rows: Sequence[Row], assembly: Assembly) -> dict[str, list[str]]:
    """The cells that say something, by those columns that are read as nothing else."""
    cells: dict[str, list[str]] = {}
    for row in rows:
        if row.problem:
            continue
        for column, place in assembly.binding(row.columns).other.items():
            if (text := row.cells[place].strip()) and place < len(row.cells):
                cells.setdefault(column, []).append(text)
    return cells


def _mostly(looks: Callable[[str], bool], cells: Sequence[str]) -> bool:
    return sum(map(looks, cells)) >= _MOST_RATIO * len(cells)


def _is_date(text: str) -> bool:
    return looks_dated(text) and (read_moment(text) is not None or numbers(text) is not None)


def _is_address(text: str) -> bool:
    return _ADDRESS.search(text) is not None and len(text) < 200


def _internal_ids(chunk: TicketColumns) -> Iterator[str]:
    for name in (*_MAY_BE_COUNTED, "ticket_type", "priority"):
        labels = {label for label in chunk.worked.get(name, ()) if label is not None}
        known = [label for label in labels if _is_internal(label, name)]
        if labels and len(known) >= _MOST_RATIO * len(labels):
            yield (
                f"{name} looks like a system's own ids ('{min(known)}'), not names: export the names, or write them "
                f"under [values.{name}] of a preset."
            )


def _is_internal(label: str, name: str) -> bool:
    return _OF_A_DATABASE.fullmatch(label) is not None or (
        name in _MAY_BE_COUNTED and _COUNTED.fullmatch(label) is not None
    )
