"""Exports in: a CSV, JSON Lines, Parquet or Excel file becomes columns of tickets, and nothing is dropped silently.

Formats are in `formats/`, columns and values of a system in `presets/`; this module reads a file once, in chunks.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from data.exports.assembly import Assembly
from data.exports.cells import Cells
from data.exports.columns import fit, require_columns
from data.exports.event_log import Event, Story, collapsed
from data.exports.hints import TOTAL_BEGINNINGS, hints, is_total
from data.exports.preset import Preset
from data.exports.rejections import Rejection, Rejections
from data.exports.rows import Row, RowSource, open_rows
from data.exports.survey import Survey, survey
from data.exports.ticket_columns import TicketColumns
from triage.errors import UnusableFile
from triage.ticket import WorkedTicket

__all__ = ["ReadSummary", "Rejection", "TicketFile", "read_tickets"]

_TWICE = "id appears twice"
_OLDER = "an older row of its ticket"
_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "opened_at is not a date": "Say how dates are written, as --date-format '%d/%m/%Y %H:%M'.",
        _TWICE: "A file with one row a change is an event log; see [events] of a preset.",
        "no text and no attributes": "Text columns are named with --map body=Column.",
    }
)
_SAMPLE_ROWS = 200
_GROUP = "assignment_group"


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """What came of reading a file.

    `n_rows` counts its rows, `n_usable` the tickets; they differ by the rejected rows and, in an event log, by the
    events that became one ticket. `mapped` leads from canonical columns, and `attributes.NAME` for what is known when
    filed, to the file's own columns; `bound` says of each in how many tickets it was read from which column.
    `unmapped_columns` are kept as attributes. `examples` are the first rejected rows.
    """

    n_rows: int = 0
    n_usable: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    unmapped_columns: tuple[str, ...] = ()
    mapped: Mapping[str, str] = field(default_factory=dict)
    bound: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    examples: tuple[Rejection, ...] = ()

    @property
    def n_rejected(self) -> int:
        """Rows of which no ticket could be made."""
        return sum(self.rejected.values())


class TicketFile:
    """One export, looked through and then read: tickets in chunks, and when they are through, a summary.

    Args:
        path: The export; its suffix says its format.
        preset: How its system names things.
        rejected: Where to write the rows that could not be used, as a CSV; nowhere if None.
        later: Which canonical columns that people decided later are read; None reads all of them, and the file's own.
        chunk_rows: Rows in a chunk; of an event log, tickets.
        on_progress: Called with `progress_ratio` after every `chunk_rows` rows.
    """

    def __init__(
        self,
        path: Path,
        preset: Preset,
        *,
        rejected: Path | None = None,
        later: Collection[str] | None = None,
        chunk_rows: int = 1_000,
        on_progress: Callable[[float], None] | None = None,
    ) -> None:
        self._path = path
        self._preset = preset
        self._rejected = rejected
        self._later = later
        self._chunk_rows = chunk_rows
        self._on_progress = on_progress
        self._begin()

    def _begin(self) -> None:
        self._columns: dict[str, None] = {}
        self._header: tuple[str, ...] | None = None
        self._n_rows = 0
        self._n_usable = 0
        self._source: RowSource | None = None
        self._survey = Survey()
        self._assembly = Assembly(self._preset, self._later)
        self._sample: tuple[list[Row], TicketColumns | None] = ([], None)
        self._n_totals = 0
        self._rejections = Rejections(None)
        self._n_rejected_events = 0
        self._order_is_missing = False

    def chunks(self) -> Iterator[list[WorkedTicket]]:
        """The tickets, at most `chunk_rows` at a time, in the order of the file.

        Raises:
            UnusableFile: As in `columns`.
        """
        return (chunk.tickets() for chunk in self.columns())

    def columns(self) -> Iterator[TicketColumns]:
        """The same as columns, of which no ticket was made yet.

        Raises:
            UnusableFile: There is no such file, it is of no kind that is read, it lacks a column that it must have,
                its dates cannot be read, it holds no tickets or, when all of it was read, most of its rows were
                unusable.
        """
        if self._rejected is not None and self._rejected.resolve() == self._path.resolve():
            raise UnusableFile(f"Rejected rows cannot be written to {self._path.name}, the file that is read.")
        self._begin()
        known = partial(fit, preset=self._preset)
        with open_rows(self._path, known) as source, Rejections(self._rejected) as rejections:
            self._survey = survey(source, self._preset, self._later, self._path.name)
            cells = Cells(self._preset, self._survey.orders, self._survey.single)
            self._assembly = Assembly(self._preset, self._later, cells)
            self._source, self._rejections = source, rejections
            stories = self._stories(source)
            while together := list(islice(stories, self._chunk_rows)):
                chunk = self._assembly.columns(together, rejections.add)
                if not self._sample[0]:
                    self._sample = ([story.first for story in together[:_SAMPLE_ROWS]], chunk)
                del together  # the rows as they stood there need not wait until the chunk was used
                self._n_usable += len(chunk)
                if len(chunk):
                    yield chunk
            self._require_most_usable(source)

    @property
    def summary(self) -> ReadSummary:
        """What was read so far; complete when `chunks()` is exhausted."""
        columns = tuple(self._columns)
        binding = self._assembly.binding(columns)
        bound = {name: Counter(counts) for name, counts in self._assembly.n_bound.items()}
        mapped = {name: columns[place] for name, place in binding.named()}
        mapped |= {name: counts.most_common(1)[0][0] for name, counts in bound.items() if counts.total()}
        read = {column for counts in bound.values() for column, n in counts.items() if n}
        if self._preset.event_order is not None:
            read = set()  # their last values are among the others
        return ReadSummary(
            n_rows=self._n_rows,
            n_usable=self._n_usable,
            rejected=MappingProxyType(dict(self._rejections.n_by_reason.most_common())),
            notes=self._notes(),
            columns=columns,
            unmapped_columns=tuple(column for column in binding.other if column not in read),
            mapped=MappingProxyType({name: mapped[name] for name, _ in binding.named()} | mapped),
            bound=MappingProxyType({name: MappingProxyType(dict(n.most_common())) for name, n in bound.items()}),
            examples=tuple(self._rejections.examples),
        )

    @property
    def progress_ratio(self) -> float:
        """How much of the file was consumed, 0 to 1: of its bytes where it is text, else of its rows."""
        return 0.0 if self._source is None else self._source.progress_ratio

    def _stories(self, source: RowSource) -> Iterator[Story]:
        """First and last row of each ticket; the same one, unless the file is an event log."""
        if self._preset.event_order is not None:
            return collapsed(self._events(source))
        return (Story(row, row) for row in self._rows(source))

    def _rows(self, source: RowSource) -> Iterator[Row]:
        """The rows, with the columns they bring and the progress they make."""
        superseded = self._survey.superseded
        why = _OLDER if self._survey.has_update_times else _TWICE
        for number, row in enumerate(source.rows()):
            if row.cells and row.cells[0][:3] in TOTAL_BEGINNINGS and is_total(row.cells):
                self._n_totals += 1
                continue
            if superseded and number in superseded:
                row = row._replace(problem=why)  # noqa: PLW2901 - the same row, and why it is not read
            if row.columns is not self._header:
                if source.has_header:
                    require_columns(row.columns, self._preset, self._path.name, source.elsewhere)
                self._columns.update(dict.fromkeys(row.columns))
                self._header = row.columns
            self._n_rows += 1
            if self._on_progress is not None and self._n_rows % self._chunk_rows == 0:
                self._on_progress(source.progress_ratio)
            yield row

    def _events(self, source: RowSource) -> Iterator[Event]:
        """The rows that belong to a ticket; the others are rejected."""
        read_id, read_order = self._assembly.cells.word("id"), self._assembly.cells.word()
        read_group = self._assembly.cells.word(_GROUP)
        for row in self._rows(source):
            binding = self._assembly.binding(row.columns)
            place = binding.filed.get("id")
            ticket_id = None if place is None or row.problem else read_id(row.cells[place])
            if ticket_id is None:
                self._n_rejected_events += 1
                self._rejections.add(row, row.problem or "an event without an id")
                continue
            order = None if binding.order is None else read_order(row.cells[binding.order])
            found = None if order is None else self._order(order)
            self._order_is_missing |= found is None
            at = binding.worked.get(_GROUP) if self._later is None else None
            yield Event(ticket_id, found, row, None if at is None else read_group(row.cells[at]))

    def _order(self, text: str) -> float | None:
        """The place of an event among the others: a count of changes, or the time of the change."""
        try:
            return float(text)
        except ValueError:
            pass
        with suppress(ValueError):
            return self._assembly.cells.date(text, "order").timestamp()
        return None

    def _require_most_usable(self, source: RowSource) -> None:
        name = self._path.name
        if not self._n_rows:
            raise UnusableFile(f"{name} holds no tickets.{source.elsewhere}")
        if not source.has_header and self._columns:
            require_columns(self._columns, self._preset, name)
        counts = self._rejections.n_by_reason
        n_rejected_tickets = counts.total() - counts[_OLDER] - self._n_rejected_events
        if 2 * self._n_rejected_events > self._n_rows or n_rejected_tickets > self._n_usable:
            commonest = counts.most_common(3)
            reasons = ", ".join(f"{reason} ({n:,})" for reason, n in commonest)
            advice = _ADVICE.get(commonest[0][0], "")
            if commonest[0][0].startswith("opened_at") and "opened_at" in self._survey.unread:
                advice = f"The first of them is '{self._survey.unread['opened_at'][0]}'. {advice}"
            raise UnusableFile(
                f"{name} has {self._n_rows:,} rows, and most of them cannot be used: {reasons}."
                f"{' ' if advice else ''}{advice}"
            )

    def _notes(self) -> tuple[str, ...]:
        assembly, cells = self._assembly, self._assembly.cells
        notes = list(self._source.notes) if self._source is not None else []
        notes += self._survey.notes
        if self._n_totals:
            notes.append(f"{self._n_totals:,} rows are totals of a report and were left out.")
        notes += [
            f"{name} was not readable in {n:,} rows and was left empty." for name, n in assembly.n_unreadable.items()
        ]
        notes += [
            f"{name} holds several values in {n:,} rows; the first one was read." for name, n in cells.n_several.items()
        ]
        notes += [
            f"{name} names nobody in {n:,} rows and was left empty: {_listed(list(cells.nobody[name]))}."
            for name, n in cells.n_nobody.items()
        ]
        if n_older := self._rejections.n_by_reason[_OLDER]:
            notes.append(f"{n_older:,} rows are older than another row of their ticket; the newest one was read.")
        if self._rejections.n_by_reason[_TWICE]:
            notes.append("Where an id appears twice, the last usable row was read.")
        notes += hints(*self._sample, self._assembly)
        if assembly.n_without_id and self._n_usable:
            notes.append(f"{assembly.n_without_id:,} rows have no id; theirs is made of their content.")
        if cells.n_with_offset and cells.n_without_offset:
            notes.append(
                f"{cells.n_with_offset:,} dates have an offset from UTC and {cells.n_without_offset:,} have none; "
                f"those were taken as {self._preset.zone}."
            )
        if cells.n_cells_with_nul:
            notes.append(f"NUL bytes were removed from {cells.n_cells_with_nul:,} cells.")
        if self._order_is_missing:
            notes.append("Some events do not say their order readably; they were taken in the order of the file.")
        if self._preset.event_order is not None:
            notes.append(f"{self._n_rows:,} events became {self._n_usable:,} tickets.")
        return tuple(notes)


def _listed(words: list[str]) -> str:
    return ", ".join(words[:5]) + (", …" if len(words) > 5 else "")


def read_tickets(
    path: Path,
    preset: Preset,
    *,
    rejected: Path | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> tuple[list[WorkedTicket], ReadSummary]:
    """All tickets of a file at once, and what came of reading it.

    Raises:
        UnusableFile: As in `TicketFile.chunks`.
    """
    file = TicketFile(path, preset, rejected=rejected, on_progress=on_progress)
    tickets = [ticket for chunk in file.chunks() for ticket in chunk]
    if on_progress is not None:
        on_progress(1.0)
    return tickets, file.summary
