"""What one target asks of a history: its labels among the tickets, as columns of what is learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from triage.errors import UnusableTraining
from triage.targets import Target
from triage.ticket import WorkedTicket

__all__ = ["Question", "question_of"]

_ALIKE: Mapping[tuple[str, str], float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Question:
    """One target's labels among n tickets.

    Attributes:
        target: the question.
        labels: that occur, in the order of the columns.
        columns: each ticket's, int64 of shape (n,); -1 where it has none.
        weights: as how many tickets each one counts, float64 of shape (n,); None where all count alike.
    """

    target: Target
    labels: tuple[str, ...]
    columns: NDArray[np.int64]
    weights: NDArray[np.float64] | None = None

    def of(self, rows: NDArray[np.int64]) -> "Question":
        """The same of some of the tickets."""
        return replace(self, columns=self.columns[rows], weights=None if self.weights is None else self.weights[rows])


def question_of(
    tickets: Sequence[WorkedTicket], target: Target, weights: Mapping[tuple[str, str], float] = _ALIKE
) -> Question:
    """A target's labels among these tickets.

    Args:
        tickets: what is learned from.
        target: the question.
        weights: by ticket and target as how many tickets a label counts that does not count as one.

    Raises:
        UnusableTraining: they have fewer than two.
    """
    given = [ticket.label(target.name) for ticket in tickets]
    labels = tuple(sorted({label for label in given if label is not None}))
    if len(labels) < 2:
        raise UnusableTraining(f"The tickets to learn {target.name} from have fewer than two different labels.")
    columns = {label: i for i, label in enumerate(labels)}
    found = np.asarray([weights.get((ticket.filed.id, target.name), 1.0) for ticket in tickets])
    return Question(
        target,
        labels,
        np.asarray([-1 if x is None else columns[x] for x in given], dtype=np.int64),
        found if (found != 1.0).any() else None,
    )
