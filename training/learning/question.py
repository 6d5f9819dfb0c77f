"""What one target asks of a history: its labels among the tickets, as columns of what is learned."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.errors import UnusableTraining
from triage.targets import Target
from triage.ticket import WorkedTicket

__all__ = ["Question", "question_of"]


@dataclass(frozen=True, slots=True)
class Question:
    """One target's labels among n tickets.

    Attributes:
        target: the question.
        labels: that occur, in the order of the columns.
        columns: each ticket's, int64 of shape (n,); -1 where it has none.
    """

    target: Target
    labels: tuple[str, ...]
    columns: NDArray[np.int64]


def question_of(tickets: Sequence[WorkedTicket], target: Target) -> Question:
    """A target's labels among these tickets.

    Raises:
        UnusableTraining: they have fewer than two.
    """
    given = [ticket.label(target.name) for ticket in tickets]
    labels = tuple(sorted({label for label in given if label is not None}))
    if len(labels) < 2:
        raise UnusableTraining(f"The tickets to learn {target.name} from have fewer than two different labels.")
    columns = {label: i for i, label in enumerate(labels)}
    return Question(target, labels, np.asarray([-1 if x is None else columns[x] for x in given], dtype=np.int64))
