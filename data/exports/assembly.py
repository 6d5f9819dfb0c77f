"""The cells of a row, or of a ticket's first and last event, become a `WorkedTicket`."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from data.exports.cells import Cells, Reader
from data.exports.columns import Binding, bound
from data.exports.preset import Preset
from data.exports.rows import Row
from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS, NewTicket, WorkedTicket

__all__ = ["Assembly", "RowUnusable"]

_REMEMBERED_BINDINGS = 1_000  # JSON objects with optional keys have many shapes


class RowUnusable(Exception):
    """No ticket can be made of a row; the text is the reason that is counted."""


class Assembly:
    """Makes tickets of one file's rows and counts what had to be left out of them."""

    def __init__(self, preset: Preset) -> None:
        self.cells = Cells(preset)
        self.n_unreadable: Counter[str] = Counter()
        self.n_without_id = 0
        self._preset = preset
        self._readers: dict[str, Reader] = {
            name: self.cells.reader(name) for name in (*FILED_COLUMNS, *WORKED_COLUMNS) if name in preset.columns
        }
        self._words: dict[str, Callable[[str], str | None]] = {}
        self._bindings: dict[tuple[str, ...], Binding] = {}
        self._last_columns: tuple[str, ...] = ()
        self._last_binding = bound((), preset)
        self._ids: set[str] = set()
        self._n_with_content: Counter[str] = Counter()

    def binding(self, columns: tuple[str, ...]) -> Binding:
        """Where things are in rows with these columns."""
        if columns is self._last_columns:
            return self._last_binding
        binding = self._bindings.get(columns)
        if binding is None:
            if len(self._bindings) >= _REMEMBERED_BINDINGS:
                self._bindings.clear()
            binding = self._bindings[columns] = bound(columns, self._preset)
        self._last_columns, self._last_binding = columns, binding
        return binding

    def ticket(self, first: Row, last: Row) -> WorkedTicket:
        """The ticket: what was known when filed from the first row, everything else from the last (often the same).

        Raises:
            RowUnusable: It has neither text nor filed attributes, its opening is no date, or its id was used before.
        """
        if last.problem:
            raise RowUnusable(last.problem)
        filed = self._filed(first)
        binding, cells = self.binding(last.columns), last.cells
        values: dict[str, Any] = {}
        for name, place in binding.worked.items():
            try:
                value = self._readers[name](cells[place])
            except ValueError:
                self.n_unreadable[name] += 1
                continue
            if value is not None:
                values[name] = value
        attributes = self._attributes(binding.other, cells)
        if attributes:
            values["attributes"] = attributes
        return WorkedTicket(filed=filed, **values)

    def _filed(self, row: Row) -> NewTicket:
        binding, cells = self.binding(row.columns), row.cells
        values: dict[str, Any] = {}
        for name, place in binding.filed.items():
            try:
                value = self._readers[name](cells[place])
            except ValueError:
                raise RowUnusable(f"{name} is not a date") from None
            if value is not None:
                values[name] = value
        attributes = self._attributes(binding.attributes, cells)
        if attributes:
            values["attributes"] = attributes
        elif "subject" not in values and "body" not in values:
            raise RowUnusable("no text and no attributes")
        if "id" not in values:
            self.n_without_id += 1
            values["id"] = self._id_of_content(values)
        elif values["id"] in self._ids:
            raise RowUnusable("id appears twice")
        self._ids.add(values["id"])
        return NewTicket(**values)

    def _attributes(self, places: Mapping[str, int], cells: tuple[str, ...]) -> dict[str, str]:
        """What the columns say, by their names, without those that say nothing."""
        found = {}
        for name, place in places.items():
            if cells[place]:
                read = self._words.get(name)
                if read is None:
                    read = self._words[name] = self.cells.word()
                value = read(cells[place])
                if value is not None:
                    found[name] = value
        return found

    def _id_of_content(self, values: Mapping[str, Any]) -> str:
        """An id that the same ticket gets in every reading, with a number where the same content comes again."""
        parts = [f"{name}={_written(values[name])}" for name in sorted(values)]
        content = sha256("\x1f".join(parts).encode("utf-8", errors="surrogatepass")).hexdigest()[:16]
        while True:
            self._n_with_content[content] += 1
            n = self._n_with_content[content]
            found = content if n == 1 else f"{content}-{n}"
            if found not in self._ids:
                return found


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return repr(sorted(value.items())) if isinstance(value, dict) else str(value)
