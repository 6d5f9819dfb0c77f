"""Whether a desk's priority follows from impact and urgency, and by which matrix."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.configs.parameters import TrainingParameters
from training.histories.dataset import label_counts
from triage.priority import IMPACT, PRIORITY, URGENCY, PriorityMatrix, matrix_of
from triage.targets import Target
from triage.ticket import WorkedTicket

__all__ = ["PARTS", "Derivation", "derive_priority", "is_derived"]

PARTS = (IMPACT, URGENCY)

AGREEMENT = 0.9
"""The share of tickets in which the matrix must give the priority that people set; below it they judge freely."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """A priority that follows from impact and urgency, which must be among the targets that are learned."""

    target: Target
    matrix: PriorityMatrix


def is_derived(tickets: Sequence[WorkedTicket], names: Sequence[str], parameters: TrainingParameters) -> bool:
    """Whether priority is asked for and better derived than learned directly.

    It is where nearly all tickets with a priority have impact and urgency too, and the matrix gives nearly always the
    priority that people set, or where the desk has configured a matrix.
    """
    if PRIORITY not in names or any(len(label_counts(tickets, part)) < 2 for part in PARTS):
        return False
    if parameters.priority_matrix:
        return True
    matrix = derive_priority(tickets, parameters).matrix
    agreed = [matrix.priority(impact, urgency) == priority for impact, urgency, priority in _worked(tickets)]
    return sum(agreed) >= AGREEMENT * max(1, label_counts(tickets, PRIORITY).total())


def derive_priority(tickets: Sequence[WorkedTicket], parameters: TrainingParameters) -> Derivation:
    """The matrix of these tickets, for rows and columns of all their impacts and urgencies.

    Raises:
        InvalidInput: the configured matrix names an impact or urgency that there is not.
    """
    impacts, urgencies = (sorted(label_counts(tickets, part)) for part in PARTS)
    matrix = matrix_of(_worked(tickets), impacts, urgencies, parameters.priority_matrix)
    return Derivation(parameters.target(PRIORITY), matrix)


def _worked(tickets: Sequence[WorkedTicket]) -> list[tuple[str, str, str]]:
    return [(t.impact, t.urgency, t.priority) for t in tickets if t.impact and t.urgency and t.priority]
