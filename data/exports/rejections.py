"""Rows of which no ticket could be made: counted by reason, and written out so that a person can mend them."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from data.exports.rows import Row

__all__ = ["Rejection", "Rejections"]

_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that could not be used: where it starts in the file, why, and its cells as they were."""

    line: int
    reason: str
    cells: tuple[str, ...]


class Rejections:
    """Collects rejected rows; with a path they go to that CSV, which exists only if there is one.

    A file that an earlier run left there is removed first: it would speak of another reading.
    """

    def __init__(self, path: Path | None) -> None:
        self.n_by_reason: Counter[str] = Counter()
        self.examples: list[Rejection] = []
        self._path = path
        self._file: TextIO | None = None
        self._writer: Any = None
        if path is not None:
            path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: Row, reason: str) -> None:
        """Count a row, and write it where rows are written."""
        cells = row.cells if row.original is None else (row.original,)
        rejection = Rejection(row.line, reason, cells)
        self.n_by_reason[reason] += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(rejection)
        if self._path is not None:
            if self._writer is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("w", encoding="utf-8", newline="")
                self._writer = csv.writer(self._file, lineterminator="\n")
                self._writer.writerow(("line", "reason", *(row.columns if row.original is None else ("row",))))
            self._writer.writerow((row.line, reason, *cells))
