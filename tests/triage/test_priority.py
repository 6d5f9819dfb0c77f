"""What impact and urgency make together."""

import numpy as np

from triage.priority import PriorityMatrix

MATRIX = PriorityMatrix(impacts=("high", "low"), urgencies=("high", "low"), cells=(("1", "2"), ("2", "3")))


def test_confidences_are_those_of_the_cells() -> None:
    """Of two ways to one priority both count."""
    found = MATRIX.confidences(np.array([[0.5, 0.5]]), np.array([[0.2, 0.8]]))

    assert dict(zip(MATRIX.priorities, found[0].tolist(), strict=True)) == {"1": 0.1, "2": 0.5, "3": 0.4}


def test_of_no_tickets_there_are_no_confidences() -> None:
    """A batch of which no ticket fits is answered, too."""
    nothing = np.empty((0, 2))

    assert MATRIX.confidences(nothing, nothing).shape == (0, 3)
