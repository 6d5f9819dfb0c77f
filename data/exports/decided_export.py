"""The stored tickets as the next file to learn from: what was filed, and what people decided of it.

The columns are the canonical ones, `attributes.NAME` for further facts known when a ticket was filed, the export's own
columns, and for each label `label_provenance.NAME`: where its value comes from. The preset `generic` reads it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine, select

from data.database import reading
from data.decisions import LABELS, DecidedTicket, decided_tickets, n_tickets
from data.exports.nearest import folded
from data.exports.preset import load_preset
from data.exports.ticket_writer import Cell, check_out, write_rows
from data.pseudonyms import shown_id
from data.tables import outcomes, reviews, tickets
from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS

__all__ = ["ATTRIBUTE", "DECIDED", "PROVENANCE", "ExportCount", "write_decided"]

ATTRIBUTE = "attributes."
"""Before the name of a fact that was known when a ticket was filed."""

DECIDED = "decided."
"""Before the name of a column written later that the preset would else take for such a fact."""

PROVENANCE = "label_provenance."
"""Before the name of a label, for the column that says where its value comes from."""

_ROWS_AT_ONCE = 1_000


@dataclass(slots=True)
class ExportCount:
    """What was written.

    Attributes:
        n_tickets: rows of the file.
        labels: by target the number of values by where they come from; `automatic` ones are left empty.
    """

    n_tickets: int = 0
    labels: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, ticket: DecidedTicket) -> None:
        """Counts a row in."""
        self.n_tickets += 1
        for target, decision in ticket.decisions.items():
            if decision.origin is not None:
                self.labels.setdefault(target, Counter())[decision.origin] += 1

    @property
    def n_automatic(self) -> int:
        """Values that a model gave and nobody touched."""
        return sum(counts["automatic"] for counts in self.labels.values())

    @property
    def n_evidence(self) -> int:
        """Values that people gave."""
        return sum(counts.total() for counts in self.labels.values()) - self.n_automatic


def write_decided(
    engine: Engine,
    out: Path,
    now: datetime,
    *,
    since: datetime | None = None,
    key: SecretStr | None = None,
    on_progress: Callable[[float], None] = lambda _: None,
) -> ExportCount:
    """Writes every stored ticket with the values that people gave; no more than some thousand are held at once.

    Args:
        engine: of the database.
        out: `.csv`, `.csv.gz`, `.jsonl` or `.parquet` by its name.
        now: what was stored or said later does not count.
        since: only tickets that were opened then or later; None for all.
        key: what customers' ids are hashed with, so that they are told apart from plain ones.
        on_progress: told the share done, 0 to 1.

    Raises:
        UnusableFile: such a file cannot be written.
    """
    check_out(out)
    layout = _layout(engine)
    count = ExportCount()

    def rows() -> Iterator[list[Cell]]:
        with reading(engine) as connection:
            n_all = max(1, n_tickets(connection, now, since=since))
            for chunk in decided_tickets(connection, now, since=since):
                for ticket in chunk:
                    count.add(ticket)
                    yield layout.row(ticket, key)
                on_progress(count.n_tickets / n_all)

    write_rows(out, layout.columns, rows())
    return count


@dataclass(frozen=True, slots=True)
class _Layout:
    """What stands in which column."""

    filed: tuple[str, ...]
    worked: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """Their names, in their order."""
        taken = _taken_for_filed()
        return [
            *FILED_COLUMNS,
            *(f"{ATTRIBUTE}{name}" for name in self.filed),
            *WORKED_COLUMNS,
            *(f"{DECIDED}{name}" if folded(name) in taken else name for name in self.worked),
            *(f"{PROVENANCE}{name}" for name in self.labels),
        ]

    def row(self, decided: DecidedTicket, key: SecretStr | None) -> list[Cell]:
        """A ticket's cells."""
        ticket, filed = decided.ticket, decided.ticket.filed
        customer = None if filed.customer_id is None else shown_id(filed.customer_id, key)
        own = {"id": filed.id_as_filed or filed.id, "customer_id": filed.customer_as_filed or customer}
        origins = {target: decision.origin for target, decision in decided.decisions.items()}
        return [
            *(own.get(name, getattr(filed, name)) for name in FILED_COLUMNS),
            *(filed.attributes.get(name) for name in self.filed),
            *(getattr(ticket, name) for name in WORKED_COLUMNS),
            *(ticket.attributes.get(name) for name in self.worked),
            *(origins.get(name) for name in self.labels),
        ]


def _layout(engine: Engine) -> _Layout:
    """Which columns there are: a file names them before its first row."""
    filed: dict[str, None] = {}
    worked: dict[str, None] = {}
    asked = select(tickets.c.attributes, tickets.c.outcome_attributes).execution_options(yield_per=_ROWS_AT_ONCE)
    with reading(engine) as connection:
        for row in connection.execute(asked):
            filed |= dict.fromkeys(row.attributes)
            worked |= dict.fromkeys(row.outcome_attributes)
        told = {*connection.scalars(select(outcomes.c.target).distinct())}
        told |= {*connection.scalars(select(reviews.c.target).distinct())}
    own = told - set(WORKED_COLUMNS)
    return _Layout(tuple(sorted(filed)), tuple(sorted({*worked, *own})), tuple(dict.fromkeys([*LABELS, *sorted(told)])))


def _taken_for_filed() -> set[str]:
    """The names of columns that the preset takes for facts known when a ticket was filed, or for canonical ones."""
    generic = load_preset("generic")
    canonical = {*FILED_COLUMNS, *WORKED_COLUMNS}
    return {folded(name) for names in generic.filed.values() for name in names} | canonical
