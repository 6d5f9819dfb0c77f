"""Where a term comes far more often than elsewhere."""

import numpy as np
import pytest

from triage.problems import bursts
from triage.problems.bursts import scan


def test_a_burst_is_found_where_it_is() -> None:
    """Its beginning is held against changes, so it has to be right."""
    chance = np.random.default_rng(1)
    even = np.sort(chance.random(60))
    dense = np.sort(np.concatenate([chance.random(20), 0.4 + 0.03 * chance.random(25)]))
    terms = np.repeat([3, 7], [60, 45])

    found = scan(terms, np.concatenate([even, dense]), 5, 5_000)

    assert found.terms.tolist() == [7]
    assert 0.37 < found.begins[0] < 0.42
    assert 0.41 < found.ends[0] < 0.46


def test_chance_alone_makes_hardly_any_burst() -> None:
    """A desk has tens of thousands of words, and each of them could seem to be one."""
    chance = np.random.default_rng(2)
    terms = np.repeat(np.arange(3_000), 12)
    places = np.concatenate([np.sort(chance.random(12)) for _ in range(3_000)])

    assert len(scan(terms, places, 5, 50_000).terms) <= 1


def test_parts_that_are_looked_at_one_after_the_other_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by looking at parts; a term must not be cut in two."""
    chance = np.random.default_rng(3)
    terms = np.repeat(np.arange(50), 40)
    places = np.concatenate([np.sort(0.3 + 0.02 * n * chance.random(40) / 50) for n in range(1, 51)])

    whole = scan(terms, places, 5, 2_000)
    monkeypatch.setattr(bursts, "_CELLS_AT_ONCE", 100)
    parts = scan(terms, places, 5, 2_000)

    assert whole.terms.tolist() == parts.terms.tolist()
    assert np.allclose(whole.strengths, parts.strengths)


def test_no_terms_are_no_bursts() -> None:
    """A desk may have nothing that two people say."""
    assert len(scan(np.empty(0, dtype=np.int64), np.empty(0), 5, 10).terms) == 0
