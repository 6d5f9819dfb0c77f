"""Priority as many desks derive it: from impact and urgency, by a matrix that the desk can edit.

Impact (how much stops) and urgency (how soon it hurts) are predicted; the matrix is the desk's own rule, so it is kept
as a table and not learned again as weights.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from triage.errors import InvalidInput

__all__ = ["IMPACT", "PRIORITY", "URGENCY", "PriorityMatrix", "matrix_of"]

PRIORITY, IMPACT, URGENCY = "priority", "impact", "urgency"


@dataclass(frozen=True, slots=True)
class PriorityMatrix:
    """Which priority an impact and an urgency make together.

    Attributes:
        impacts: the rows.
        urgencies: the columns.
        cells: for each impact, for each urgency, the priority.
    """

    impacts: tuple[str, ...]
    urgencies: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    @property
    def priorities(self) -> tuple[str, ...]:
        """Every priority that the matrix gives, in order."""
        return tuple(sorted({priority for row in self.cells for priority in row}))

    def priority(self, impact: str, urgency: str) -> str | None:
        """What the two make; None where the matrix does not know one of them."""
        if impact not in self.impacts or urgency not in self.urgencies:
            return None
        return self.cells[self.impacts.index(impact)][self.urgencies.index(urgency)]

    def confidences(self, impact: NDArray[np.float64], urgency: NDArray[np.float64]) -> NDArray[np.float64]:
        """How sure each priority is, float64 of shape (n, n_priorities): the sum over the cells that make it.

        The two are taken as independent once the ticket is known, which is what one model for each assumes.

        Args:
            impact: float64 of shape (n, n_impacts), in the order of the rows.
            urgency: float64 of shape (n, n_urgencies), in the order of the columns.
        """
        both = impact[:, :, None] * urgency[:, None, :]
        return np.asarray(both.reshape(len(impact), impact.shape[1] * urgency.shape[1]) @ _makes(self))


@lru_cache(maxsize=8)
def _makes(matrix: PriorityMatrix) -> NDArray[np.float64]:
    """Which priority each cell makes, row after row: ones and zeros of shape (n_cells, n_priorities)."""
    places = {priority: i for i, priority in enumerate(matrix.priorities)}
    return np.eye(len(places))[[places[priority] for row in matrix.cells for priority in row]]


def matrix_of(
    worked: Sequence[tuple[str, str, str]],
    impacts: Sequence[str],
    urgencies: Sequence[str],
    given: Mapping[str, Mapping[str, str]],
) -> PriorityMatrix:
    """The matrix of a desk: as it was given, else what its history shows.

    A cell that the history has no ticket for gets the commonest priority of its impact, else of all tickets.

    Args:
        worked: impact, urgency and priority of each ticket that has all three; at least one.
        impacts: the rows.
        urgencies: the columns.
        given: for each impact, for each urgency, the priority; overrides the history cell by cell.

    Raises:
        InvalidInput: what was given names an impact or urgency that there is not.
    """
    _check_known("impact", given, impacts)
    for row in given.values():
        _check_known("urgency", row, urgencies)
    of_cell: dict[tuple[str, str], Counter[str]] = {}
    of_impact: dict[str, Counter[str]] = {}
    overall = Counter(priority for _, _, priority in worked)
    for impact, urgency, priority in worked:
        of_cell.setdefault((impact, urgency), Counter())[priority] += 1
        of_impact.setdefault(impact, Counter())[priority] += 1

    def cell(impact: str, urgency: str) -> str:
        seen = of_cell.get((impact, urgency)) or of_impact.get(impact) or overall
        return given.get(impact, {}).get(urgency) or _commonest(seen)

    cells = tuple(tuple(cell(impact, urgency) for urgency in urgencies) for impact in impacts)
    return PriorityMatrix(tuple(impacts), tuple(urgencies), cells)


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda label: (-counts[label], label))


def _check_known(what: str, names: Mapping[str, object], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise InvalidInput(f"The priority matrix names the {what} {name!r}. Known: {', '.join(known)}.")
