"""The benchmark of problems and surges: its measures are what they say, on a desk small enough for a test."""

import pytest

from benchmarks.roots import adjusted_rand, measure_surges
from data.samples.roots import generate_desk_with_roots


@pytest.mark.parametrize(
    ("some", "others", "value"),
    [
        ("aabbcc", "xxyyzz", 1.0),
        ("aabbcc", "xyxyxy", -0.36363636),
        ("aaabbb", "xxyyzz", 0.24242424),
        ("aaaa", "xxxx", 1.0),
    ],
)
def test_the_adjusted_rand_index_is_that_of_the_literature(some: str, others: str, value: float) -> None:
    """The values are of an independent program; a wrong index would prove anything."""
    assert adjusted_rand(some, others) == pytest.approx(value)


def test_the_outage_of_a_small_desk_is_alarmed_soon_and_little_else() -> None:
    """What the documentation promises is measured by this very function."""
    found = measure_surges(generate_desk_with_roots(n_tickets=1_500, n_customers=200, n_problems=3, seed=100))

    assert found.minutes is not None
    assert 0 < found.minutes <= 15
    assert found.n_false <= found.n_months
    assert 15 < found.n_months < 19
