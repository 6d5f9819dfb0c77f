"""Setting tickets aside."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import MONDAY, make_history, make_ticket, make_worked
from training.split import groups_of, random_split, split_history
from triage.errors import UnusableTraining


def test_with_dates_the_latest_tickets_are_measured_on() -> None:
    """A model is used on tomorrow's tickets, never on yesterday's."""
    split = split_history(make_history(100), test_ratio=0.2, seed=0)

    assert split.kind == "forward"
    assert len(split.test) == 20
    assert max(t.filed.opened_at for t in split.train) < split.cut == min(t.filed.opened_at for t in split.test)


def test_labels_that_were_settled_after_the_cut_are_not_learned_from() -> None:
    """On the day of the cut nobody knew them."""
    history = make_history(100)  # one an hour, closed a day later

    split = split_history(history, test_ratio=0.2, seed=0)

    assert all(t.closed_at <= split.cut for t in split.train)
    assert split.n_left_out == 23


def test_the_order_of_the_file_does_not_matter_with_dates() -> None:
    """Exports come newest first, oldest first, or neither."""
    history = make_history(100)

    assert split_history(history[::-1], test_ratio=0.2, seed=0) == split_history(history, test_ratio=0.2, seed=0)


def test_without_dates_no_customer_is_on_both_sides() -> None:
    """One caller's mails resemble each other; with some in training the rest are guessed."""
    split = split_history(make_history(100, dated=False), test_ratio=0.25, seed=0)

    assert split.kind == "by customer"
    assert not {t.filed.customer_id for t in split.train} & {t.filed.customer_id for t in split.test}
    assert len({t.filed.customer_id for t in split.test}) == 3


def test_without_dates_and_customers_chance_decides_and_a_text_is_kept_once() -> None:
    """The same words on both sides would be remembered, not understood."""
    history = make_history(60, dated=False, customers=0)
    repeats = [replace(t, filed=replace(t.filed, id=f"again-{t.filed.id}")) for t in history[:10]]

    split = split_history(history + repeats, test_ratio=0.2, seed=0)

    said = [t.filed.subject + t.filed.body for t in split.train + split.test]
    assert split.kind == "at random"
    assert split.n_left_out == 10
    assert len(said) == len(set(said)) == 60


@pytest.mark.parametrize(("n_undated", "kind"), [(10, "forward"), (11, "by customer")])
def test_a_few_missing_dates_do_not_change_the_kind_of_split(n_undated: int, kind: str) -> None:
    """Nine of ten are enough to part by; with fewer, too much of the history would be left out."""
    history = [
        replace(t, filed=replace(t.filed, opened_at=None), closed_at=None) if i < n_undated else t
        for i, t in enumerate(make_history(100))
    ]
    closed = [replace(t, closed_at=None) for t in history]

    assert split_history(closed, test_ratio=0.2, seed=0).kind == kind


def test_another_seed_sets_others_aside() -> None:
    """A split that chance does not change hides how much of a figure is chance."""
    history = make_history(100, dated=False, customers=0)

    first, again, other = (split_history(history, test_ratio=0.2, seed=seed) for seed in (0, 0, 1))

    assert first == again
    assert first.test != other.test


@pytest.mark.parametrize("n", [0, 1, 9])
def test_too_few_tickets_are_refused(n: int) -> None:
    """A measure on one ticket is no measure."""
    with pytest.raises(UnusableTraining, match="too few"):
        split_history(make_history(n), test_ratio=0.2, seed=0)


def test_tickets_of_one_moment_cannot_be_parted_in_time() -> None:
    """Exports with a constant date exist; the sentence should say why nothing is learned."""
    history = [make_worked(filed=make_ticket(id=str(i), opened_at=MONDAY)) for i in range(20)]

    with pytest.raises(UnusableTraining, match="one side would be empty"):
        split_history(history, test_ratio=0.2, seed=0)


def test_tickets_of_one_customer_cannot_be_parted_by_customer() -> None:
    """As above, for customers."""
    with pytest.raises(UnusableTraining, match="one side would be empty"):
        split_history(make_history(20, dated=False, customers=1), test_ratio=0.2, seed=0)


def test_folds_keep_together_what_the_split_keeps_together() -> None:
    """Temperature and threshold would else be set on answers that were remembered."""
    same_text = [make_worked(filed=make_ticket(id=str(i), opened_at=MONDAY + timedelta(days=i))) for i in range(2)]
    other = make_worked(filed=make_ticket(id="3", body="something else"))

    assert groups_of([*same_text, other], "forward").tolist() == [0, 0, 1]
    assert groups_of([*same_text, other], "by customer").tolist() == [0, 0, 0]


def test_the_flattering_split_keeps_nothing_apart() -> None:
    """It stands for how others measure: repeats on both sides, whenever they were written."""
    history = make_history(100)
    twice = history + [replace(t, filed=replace(t.filed, id=f"again-{t.filed.id}")) for t in history]

    split = random_split(twice, test_ratio=0.25, seed=0)

    train, test = ({t.filed.body for t in part} for part in (split.train, split.test))
    assert (len(split.train), len(split.test), split.n_left_out) == (150, 50, 0)
    assert len(train & test) > 20
    assert split == random_split(twice, test_ratio=0.25, seed=0) != random_split(twice, test_ratio=0.25, seed=1)
