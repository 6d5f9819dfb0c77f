"""Parts to learn from and parts to answer."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import MONDAY, make_history, make_ticket, make_worked
from training.histories import folds as folding
from training.histories.folds import FEWEST_OF_A_GROUP, folds_forward, folds_of_groups
from triage.ticket import WorkedTicket

GROUPS = st.lists(st.integers(0, 8), min_size=1, max_size=150).map(np.array)
_HOURS = st.one_of(st.none(), st.integers(0, 40))


@st.composite
def histories(draw: st.DrawFn) -> list[WorkedTicket]:
    """Tickets in any order, some without a date, some closed late, some of which nobody knows when."""
    opened = draw(st.lists(_HOURS, min_size=2, max_size=40))
    return [
        make_worked(
            filed=make_ticket(id=str(i), opened_at=None if at is None else MONDAY + timedelta(hours=at)),
            closed_at=None if at is None or late is None else MONDAY + timedelta(hours=at + late),
        )
        for i, at in enumerate(opened)
        for late in [draw(_HOURS)]
    ]


@given(groups=GROUPS, n_folds=st.integers(2, 6), seed=st.integers(0, 5))
def test_rows_are_answered_once_and_no_group_parts(groups: np.ndarray, n_folds: int, seed: int) -> None:
    """A customer, or a text, on both sides would be remembered and look like certainty."""
    folds = folds_of_groups(groups, n_folds, seed=seed)

    n_groups = np.unique(groups).size
    assert len(folds) == (min(n_folds, n_groups) if n_groups > 1 else 0)
    if folds:
        answered = np.concatenate([fold.test for fold in folds])
        assert np.unique(answered).size == answered.size
        assert np.array_equal(np.bincount(groups[answered]), np.minimum(np.bincount(groups), FEWEST_OF_A_GROUP))
    for fold in folds:
        assert not set(groups[fold.train].tolist()) & set(groups[fold.test].tolist())
        assert set(np.delete(np.arange(groups.size), fold.train)) >= set(fold.test.tolist())


def test_the_same_seed_deals_the_same_groups() -> None:
    """Thresholds hang on it."""
    groups = np.arange(50) // 2

    first, again, other = (folds_of_groups(groups, 4, seed=seed) for seed in (1, 1, 2))

    assert all(np.array_equal(a.test, b.test) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a.test, b.test) for a, b in zip(first, other, strict=True))


@given(history=histories(), n_folds=st.integers(2, 5))
def test_nothing_is_learned_that_was_opened_or_settled_after_the_block_begins(
    history: list[WorkedTicket], n_folds: int
) -> None:
    """The model that serves will not know tomorrow, so what thresholds are set on must not have."""
    for fold in folds_forward(history, n_folds):
        begins = min(opened for i in fold.test if (opened := history[i].filed.opened_at) is not None)
        for i in fold.train:
            ticket = history[i]
            assert ticket.filed.opened_at is None or ticket.filed.opened_at < begins
            assert ticket.closed_at is None or ticket.closed_at <= begins


@given(history=histories(), n_folds=st.integers(2, 5))
def test_undated_tickets_are_learned_from_and_never_asked(history: list[WorkedTicket], n_folds: int) -> None:
    """Nobody knows what was known when they came."""
    folds = folds_forward(history, n_folds)

    undated = {i for i, ticket in enumerate(history) if ticket.filed.opened_at is None}
    asked = [int(i) for fold in folds for i in fold.test]
    assert not undated & set(asked)
    assert len(asked) == len(set(asked))
    assert all(undated <= set(fold.train.tolist()) for fold in folds)


def test_undated_tickets_move_no_block() -> None:
    """Taken for the oldest, they would fill the first blocks and leave fewer tickets to set thresholds on."""
    history = make_history(120)
    undated = [make_worked(filed=make_ticket(id=f"u{i}", opened_at=None), closed_at=None) for i in range(40)]

    without, among = folds_forward(history, 3), folds_forward([*history, *undated], 3)

    assert [fold.test.tolist() for fold in among] == [fold.test.tolist() for fold in without]


def test_blocks_of_the_later_half_are_answered_by_all_that_was_before() -> None:
    """One ticket an hour, closed a day later: sixty are only learned from, four blocks of fifteen are answered."""
    folds = folds_forward(make_history(120), 4)

    assert [fold.test.tolist() for fold in folds] == [list(range(i, i + 15)) for i in (60, 75, 90, 105)]
    assert [fold.train.tolist() for fold in folds] == [list(range(i)) for i in (37, 52, 67, 82)]


def test_the_order_of_the_export_does_not_matter() -> None:
    """Blocks are by time; exports are often newest first."""
    history = make_history(60)

    forwards, backwards = folds_forward(history, 3), folds_forward(history[::-1], 3)

    for a, b in zip(forwards, backwards, strict=True):
        assert {history[i].filed.id for i in a.test} == {history[::-1][i].filed.id for i in b.test}
        assert {history[i].filed.id for i in a.train} == {history[::-1][i].filed.id for i in b.train}


@pytest.mark.parametrize("close", [timedelta(0), timedelta(days=400)])
def test_a_block_that_nothing_was_settled_before_is_not_asked(close: timedelta) -> None:
    """A desk that closes late has fewer folds, or none, and not folds that learn from nothing."""
    history = [
        replace(ticket, closed_at=MONDAY + timedelta(hours=i) + close) for i, ticket in enumerate(make_history(60))
    ]

    assert len(folds_forward(history, 3)) == (3 if close == timedelta(0) else 0)


@pytest.mark.parametrize(("enough", "n_folds"), [(1, 1), (6, 1), (7, 2), (18, 3), (19, 3)])
def test_a_large_history_is_answered_as_far_as_needed(
    enough: int, n_folds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fold is a whole fit: a million tickets would wait for two that move no weight."""
    monkeypatch.setattr(folding, "MAX_ANSWERED", enough)
    history = [make_worked(filed=make_ticket(opened_at=MONDAY + timedelta(days=day))) for day in range(36)]

    by_group = folds_of_groups(np.arange(18), 3, seed=0)
    forward = folds_forward(history, 3)

    assert [len(found) for found in (by_group, forward)] == [n_folds, n_folds]
    assert forward[-1].test.tolist() == list(range(30, 36))


def test_one_large_customer_does_not_speak_for_all() -> None:
    """A monitoring account is answered worst of all, as no other customer is like it; the rest would be doubted too."""
    groups = np.repeat([0, 1, 2, 3], [900, 61, 15, 60])

    found = folds_of_groups(groups, 3, seed=0)

    answered = np.concatenate([fold.test for fold in found])
    assert np.bincount(groups[answered]).tolist() == [60, 60, 15, 60]
    assert sorted(int((groups[fold.train] == 0).sum()) for fold in found) == [0, 900, 900]


def test_a_large_customer_of_a_large_desk_may_say_more() -> None:
    """A hundredth of the desk, where that is more than sixty tickets."""
    groups = np.repeat(np.arange(70), 100)

    found = folds_of_groups(groups, 3, seed=0)

    assert np.bincount(groups[np.concatenate([fold.test for fold in found])]).tolist() == [70] * 70


@pytest.mark.parametrize(("n_rows", "n_folds"), [(5_000, 10), (5_001, 9), (10_000, 5), (30_000, 3)])
def test_a_small_history_is_answered_by_fits_of_nearly_all_of_it(n_rows: int, n_folds: int) -> None:
    """A fit of two thirds of a few thousand tickets is worse, and less sure, than the model that will serve."""
    history = [make_worked(filed=make_ticket(opened_at=MONDAY + timedelta(hours=hour))) for hour in range(n_rows)]

    assert len(folds_of_groups(np.arange(n_rows), 10, seed=0)) == n_folds
    assert len(folds_forward(history, 10)) == n_folds
