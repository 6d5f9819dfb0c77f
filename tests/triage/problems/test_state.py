"""How far a problem has come."""

from datetime import timedelta

import pytest

from tests.triage.problems.incidents import NOW
from triage.errors import InvalidInput
from triage.problems.state import COMES_BACK_FROM, came_back, state_of


@pytest.mark.parametrize("text", ["known_error", "Known error", "KNOWN-ERROR"])
def test_a_state_is_known_however_it_is_typed(text: str) -> None:
    """On a command line and in other systems' words."""
    assert state_of(text) == "known_error"


def test_another_word_is_refused_with_those_that_would_do() -> None:
    """Nobody knows them by heart."""
    with pytest.raises(InvalidInput, match="under_investigation"):
        state_of("open")


def test_a_resolved_problem_is_back_when_several_incidents_come_after() -> None:
    """One or two may be reports of before that came late."""
    after = [NOW + timedelta(hours=n) for n in range(1, COMES_BACK_FROM + 1)]

    back = came_back(NOW, [NOW - timedelta(days=1), *after])

    assert back is not None
    assert back.n_since == COMES_BACK_FROM
    assert came_back(NOW, after[:-1]) is None
    assert came_back(None, after) is None
