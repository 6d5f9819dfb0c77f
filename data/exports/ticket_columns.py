"""Some tickets of an export, column by column; tickets are made of them at the last moment, or never."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from typing import Any, Self

from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS, NewTicket, WorkedTicket

__all__ = ["TicketColumns"]


@dataclass(frozen=True, slots=True, eq=False)
class TicketColumns:
    """What stands at one place of every column is one ticket; None is what the export does not say.

    Attributes:
        lines: where each ticket begins in the file.
        filed: the canonical columns known when a ticket is filed, all of them.
        filed_attributes: the further facts known then, by the name the desk uses.
        worked: the canonical columns decided later, all that were asked for.
        attributes: the export's other columns, where they were asked for.
        groups: the groups that each ticket went through, where the export is a log; else nothing at all.
    """

    lines: Sequence[int]
    filed: Mapping[str, Sequence[Any]]
    filed_attributes: Mapping[str, Sequence[str | None]]
    worked: Mapping[str, Sequence[Any]]
    attributes: Mapping[str, Sequence[str | None]]
    groups: Sequence[tuple[str, ...]] = ()

    @classmethod
    def of(cls, tickets: Sequence[WorkedTicket]) -> Self:
        """The columns of tickets that were made already; their numbers stand for lines."""
        filed = [ticket.filed for ticket in tickets]
        return cls(
            lines=range(1, len(tickets) + 1),
            filed={name: [getattr(each, name) for each in filed] for name in FILED_COLUMNS},
            filed_attributes=_columns([each.attributes for each in filed]),
            worked={name: [getattr(each, name) for each in tickets] for name in WORKED_COLUMNS},
            attributes=_columns([each.attributes for each in tickets]),
            groups=[each.groups for each in tickets],
        )

    def __len__(self) -> int:
        """How many tickets."""
        return len(self.lines)

    def only(self, kept: Sequence[bool]) -> Self:
        """Without the tickets that are not kept; `kept` says it of each."""
        if all(kept):
            return self

        def chosen(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
            return {name: list(compress(column, kept)) for name, column in columns.items()}

        return type(self)(
            lines=list(compress(self.lines, kept)),
            filed=chosen(self.filed),
            filed_attributes=chosen(self.filed_attributes),
            worked=chosen(self.worked),
            attributes=chosen(self.attributes),
            groups=list(compress(self.groups, kept)),
        )

    def tickets(self) -> list[WorkedTicket]:
        """The same as objects."""
        decided = _said(self.worked, len(self))
        attributes = _said(self.attributes, len(self))
        return [
            WorkedTicket(filed=filed, attributes=facts, groups=groups, **values)
            for filed, values, facts, groups in zip(
                self._filed(), decided, attributes, self.groups or repeat((), len(self)), strict=True
            )
        ]

    def _filed(self) -> Iterator[NewTicket]:
        said = _said(self.filed, len(self))
        attributes = _said(self.filed_attributes, len(self))
        return (NewTicket(attributes=facts, **values) for values, facts in zip(said, attributes, strict=True))


def _columns(said: Sequence[Mapping[str, str]]) -> dict[str, list[str | None]]:
    names = dict.fromkeys(name for each in said for name in each)
    return {name: [each.get(name) for each in said] for name in names}


def _said(columns: Mapping[str, Sequence[Any]], n_rows: int) -> Iterator[dict[str, Any]]:
    """For each ticket what the columns say of it, by their names."""
    if not columns:
        return ({} for _ in range(n_rows))
    names = tuple(columns)
    return (
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in zip(*columns.values(), strict=True)
    )
