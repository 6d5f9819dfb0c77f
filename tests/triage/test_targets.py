"""Targets by name."""

import pytest

from triage.errors import InvalidInput
from triage.targets import Target, check_names


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """A typo should cost one look, not a search through the documentation."""
    with pytest.raises(InvalidInput, match=r"^No target named 'prioritty'. Known: assignment_group, priority.$"):
        check_names(["priority", "prioritty"], ["priority", "assignment_group"])


@pytest.mark.parametrize("precision", [0.0, 1.0, 95])
def test_a_precision_is_a_share(precision: float) -> None:
    """95 for 0.95 would set a threshold that nothing ever reaches."""
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        Target("priority", precision=precision)
