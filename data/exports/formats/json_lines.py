"""JSON Lines: one object a line; nested objects become columns by a dot (`via.channel`)."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from data.exports.formats.cell_text import cell_text
from data.exports.formats.text_lines import TextLines
from data.exports.rows import Row

__all__ = ["JsonLinesRows"]


class JsonLinesRows:
    """The objects of a JSON Lines file; each has its own keys."""

    has_header = False

    def __init__(self, path: Path) -> None:
        self._lines = TextLines(path)
        self._n_surrogates = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lines.__exit__(kind, error, traceback)

    def rows(self) -> Iterator[Row]:
        """Every object, and every line that is none with that as its problem."""
        columns: tuple[str, ...] = ()
        for number, line in enumerate(self._lines, start=1):
            text = line.strip()
            if not text:
                continue
            try:
                found = json.loads(text)
            except (ValueError, RecursionError):
                found = None
            if not isinstance(found, dict):
                yield Row(number, (), (), "not a JSON object", text)
                continue
            flat: dict[str, str] = {}
            _flatten(found, "", flat)
            if "\\u" in text:
                flat = {self._mended(name): self._mended(cell) for name, cell in flat.items()}
            names = tuple(flat)
            if names != columns:
                columns = names
            yield Row(number, columns, tuple(flat.values()), "", text)  # one object for all rows that have the same

    def _mended(self, text: str) -> str:
        """The text with halves of a surrogate pair joined, or replaced where the other half is missing."""
        try:
            text.encode()
        except UnicodeEncodeError:
            self._n_surrogates += 1
            return text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
        return text

    @property
    def progress_ratio(self) -> float:
        """Bytes of the file consumed so far, 0 to 1."""
        return self._lines.progress_ratio

    @property
    def notes(self) -> tuple[str, ...]:
        """About the encoding and half characters."""
        if not self._n_surrogates:
            return self._lines.notes
        return (*self._lines.notes, f"Half characters (lone surrogates) were mended in {self._n_surrogates:,} cells.")


def _flatten(found: dict[str, Any], prefix: str, into: dict[str, str]) -> None:
    for key, value in found.items():
        name = f"{prefix}{key}".strip()
        inner = value[0] if isinstance(value, list) and len(value) == 1 else value  # a list of one requestor, say
        if isinstance(inner, dict) and inner:
            _flatten(inner, f"{name}.", into)
        else:
            into[name] = cell_text(value)
