"""JSON: an object a line, or what an API returns: an array, an envelope, pretty-printed or not."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from data.exports.formats.json_cells import flattened
from data.exports.formats.json_records import located, records, values
from data.exports.formats.text_lines import TextLines
from data.exports.rows import Fit, Peek, Places, Row, peeked

__all__ = ["JsonLinesRows"]

_OF_A_RECORD = 2  # known names; an envelope has one by chance
_NOT_READ = object()


class JsonLinesRows:
    """The objects of a JSON file, each with its own keys; those inside an envelope, without it."""

    has_header = False
    elsewhere = ""

    def __init__(self, path: Path, fit: Fit) -> None:
        self._lines = TextLines(path)
        self._fit = fit
        self._n_surrogates = 0
        self._columns: tuple[str, ...] = ()
        self._is_cut = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lines.__exit__(kind, error, traceback)

    def rows(self) -> Iterator[Row]:
        """Every object, and every line that is none with that as its problem."""
        self._n_surrogates, self._is_cut = 0, False
        lines = enumerate(self._lines, start=1)
        for number, line in lines:
            text = line.strip().removeprefix("\ufeff")
            if not text:
                continue
            found = _read(text)
            if found is _NOT_READ and text[0] in "[{":  # it goes on in the next line
                yield from self._document(number, text, lines)
            else:
                yield from self._read_rows(number, found, text)
            break
        for number, line in lines:
            text = line.strip()
            if text:
                yield from self._read_rows(number, _read(text), text)

    def peek(self, places: Places) -> Iterator[Peek]:
        """The wanted cells."""
        return peeked(self.rows(), places)

    def _document(self, number: int, first: str, lines: Iterable[tuple[int, str]]) -> Iterator[Row]:
        """What stands in a text over many lines; its lines one by one if it begins with no JSON."""
        rest = [line for _, line in lines]
        text = "".join((first, "\n", *rest))
        n_read = 0
        for line, found, own_text in values(text):
            if found is None and not n_read:
                break
            n_read += 1
            if found is None:
                self._is_cut = True
                yield Row(number + line - 1, (), (), "not a JSON object", own_text[:1000])
            else:
                yield from self._read_rows(number + line - 1, found, own_text)
        if not n_read:
            yield Row(number, (), (), "not a JSON object", first)
            for line, each in enumerate(rest, start=number + 1):
                if each.strip():
                    yield from self._read_rows(line, _read(each.strip()), each.strip())

    def _read_rows(self, number: int, found: object, text: str) -> Iterator[Row]:
        """The rows of a value: one, or as many as an envelope holds."""
        together = records(found, self._is_record)
        if together is None:
            yield Row(number, (), (), "not a JSON object", text)
        elif len(together) == 1 and together[0] is found:
            yield self._row(number, together[0], text)
        elif together:
            for each, (n_lines, own_text) in zip(together, located(text, together), strict=True):
                yield self._row(number + n_lines, each, own_text)

    def _is_record(self, found: dict[str, Any]) -> bool:
        return self._fit(tuple(flattened(found))) >= _OF_A_RECORD

    def _row(self, number: int, found: dict[str, Any], text: str) -> Row:
        flat = flattened(found)
        if "\\u" in text:
            flat = {self._mended(name): self._mended(cell) for name, cell in flat.items()}
        names = tuple(flat)
        if names != self._columns:
            self._columns = names  # one object for all rows that have the same
        return Row(number, self._columns, tuple(flat.values()), "", text)

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
        """About the encoding, half characters and a file that breaks off."""
        notes = list(self._lines.notes)
        if self._n_surrogates:
            notes.append(f"Half characters (lone surrogates) were mended in {self._n_surrogates:,} cells.")
        if self._is_cut:
            notes.append("The JSON breaks off or is damaged; what stands before that was read.")
        return tuple(notes)


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NOT_READ
