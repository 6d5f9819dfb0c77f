"""Setting tickets aside."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import MONDAY, make_history, make_ticket, make_worked
from training.histories.near_duplicates import near_duplicate_groups
from training.histories.split import groups_of, random_split, split_history
from triage.errors import UnusableTraining
from triage.ticket import WorkedTicket


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


@pytest.mark.parametrize("days", [[800.0], [-900.0], [-900.0, 700.0, 800.0]])
def test_stray_dates_move_neither_the_cut_nor_the_gap(days: list[float]) -> None:
    """One ticket dated two years later made a history of a week span two years, so that it lost a week to the gap.

    On which side a stray ticket belongs nobody knows: it is on neither.
    """
    history = make_history(240)
    strays = [
        make_worked(filed=make_ticket(id=f"S{day}", opened_at=at), assignment_group="Desk", closed_at=at)
        for day in days
        for at in [MONDAY + timedelta(days=day)]
    ]

    clean = split_history(history, test_ratio=0.2, seed=0, gap_days=2)
    split = split_history([*history, *strays], test_ratio=0.2, seed=0, gap_days=2)

    assert replace(split, n_left_out=clean.n_left_out, remark=clean.remark) == clean
    assert split.n_left_out == clean.n_left_out + len(days)
    assert split.remark.startswith("no gap, as the history spans 10.0 days; left out as stray: ")
    assert "days from all others" in str(split)


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


def test_nearly_the_same_text_is_on_one_side_when_chance_decides() -> None:
    """A forwarded mail is known to whoever has read the first."""
    history = make_history(200, dated=False, customers=0)

    split = split_history(history, test_ratio=0.2, seed=0)

    families = near_duplicate_groups([t.filed for t in split.train + split.test]).tolist()
    assert not set(families[: len(split.train)]) & set(families[len(split.train) :])
    assert 30 <= len(split.test) <= 40


def test_what_nearly_repeats_a_held_out_customers_ticket_is_not_learned_from() -> None:
    """A form that one customer filled in gives away the answer to another's."""
    own = [
        make_worked(filed=make_ticket(id=str(i), subject=f"word{i} thing{i}", opened_at=None, customer_id=f"u{i % 10}"))
        for i in range(100)
    ]
    form = "please set up the usual desk for a new colleague who starts with us on monday in room"
    forms = [
        make_worked(filed=make_ticket(id=f"form{i}", body=f"{form} x{i}", opened_at=None, customer_id=f"u{i}"))
        for i in range(10)
    ]

    split = split_history(own + forms, test_ratio=0.2, seed=0)

    assert {t.filed.id[:4] for t in split.test} > {"form"}
    assert not any(t.filed.id.startswith("form") for t in split.train)
    assert (len(split.train), len(split.test), split.n_left_out) == (80, 22, 8)


def test_on_a_desk_of_forms_near_duplicates_are_kept_and_it_is_said() -> None:
    """Whoever writes next fills in the same form: without the others' there would be nothing to learn from."""
    split = split_history(make_history(200, dated=False), test_ratio=0.25, seed=0)

    assert not {t.filed.customer_id for t in split.train} & {t.filed.customer_id for t in split.test}
    assert split.train
    assert "near-duplicates kept" in str(split)


def test_a_gap_parts_the_last_ticket_learned_from_and_the_first_measured_on() -> None:
    """An outage's tickets come within hours; the first of them would give away the others."""
    history = make_history(24 * 40)

    split = split_history(history, test_ratio=0.2, seed=0, gap_days=1)

    assert max(t.filed.opened_at for t in split.train) < split.cut - timedelta(days=1)
    assert split.remark == "a gap of 1 day with 24 tickets"
    assert "(a gap of 1 day with 24 tickets)" in str(split)


def test_a_short_history_is_parted_without_a_gap_and_says_so() -> None:
    """A day out of four is more than anybody can spare."""
    split = split_history(make_history(100), test_ratio=0.2, seed=0, gap_days=1)

    assert split.n_left_out == 23  # those that were closed after the cut
    assert split.remark == "no gap, as the history spans 4.1 days"


def test_no_gap_is_asked_for_and_none_is_mentioned() -> None:
    """Nothing to say is nothing said."""
    assert split_history(make_history(100), test_ratio=0.2, seed=0).remark == ""


def test_the_flattering_split_leaves_nothing_out() -> None:
    """It is shown beside the honest one as what others report."""
    history = make_history(100)
    repeated = history + history

    split = random_split(repeated, test_ratio=0.2, seed=0)

    assert split.kind == "at random"
    assert (len(split.train), len(split.test), split.n_left_out) == (160, 40, 0)
    assert {t.filed.id for t in split.train} & {t.filed.id for t in split.test}


@pytest.mark.parametrize("test_ratio", [0.01, 0.9])
def test_the_flattering_split_has_two_sides(test_ratio: float) -> None:
    """As long as there are two tickets."""
    split = random_split(make_history(2), test_ratio=test_ratio, seed=0)

    assert (len(split.train), len(split.test)) == (1, 1)


def test_a_customer_who_is_not_named_is_grouped_by_text() -> None:
    """One in ten may lack a name in a history that is parted by customer."""
    named, *unnamed = (
        make_worked(filed=make_ticket(id=str(i), customer_id=customer)) for i, customer in enumerate(("u1", None, None))
    )

    assert groups_of([named, *unnamed], "by customer").tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("kind", "history"),
    [
        ("forward", make_history(100)),
        ("by customer", make_history(200, dated=False)),
        ("at random", make_history(200, dated=False, customers=0)),
    ],
)
def test_what_a_part_s_tickets_nearly_say_is_known_from_the_split(kind: str, history: list[WorkedTicket]) -> None:
    """Texts are compared once; folds, intervals and the audit go by what was found then."""
    split = split_history(history, test_ratio=0.25, seed=0)

    assert split.kind == kind
    for part, families, groups in (
        (split.train, split.train_families, split.train_groups()),
        (split.test, split.test_families, split.test_groups()),
    ):
        assert families.tolist() == near_duplicate_groups([t.filed for t in part]).tolist()
        assert groups.tolist() == groups_of(part, split.kind).tolist()


def test_what_the_other_part_joins_belongs_together() -> None:
    """A says nearly what b says, and b what c says: without b, a and c would be drawn as two pieces of luck."""
    said = [f"w{i}x" for i in range(20)]
    chain = [" ".join([*(f"new{i}" for i in range(n)), *said[n:]]) for n in (0, 2, 4)]
    opened = [*range(30), 95, 0, 96]  # the middle one is learned from, the others are measured on
    texts = [*(f"other{i} thing{i}" for i in range(30)), chain[0], chain[1], chain[2]]
    history = [
        make_worked(filed=make_ticket(id=str(i), subject="", body=text, opened_at=MONDAY + timedelta(hours=hours)))
        for i, (text, hours) in enumerate(zip(texts, opened, strict=True))
    ]

    split = split_history(history, test_ratio=0.2, seed=0)

    ids = [t.filed.id for t in split.test]
    assert split.test_groups()[ids.index("30")] == split.test_groups()[ids.index("32")]
    assert near_duplicate_groups([history[30].filed, history[32].filed]).tolist() == [0, 1]


def test_a_sample_keeps_sides_order_and_families() -> None:
    """What is compared on a sample must be parted as the history was, and as far forward in time."""
    split = split_history(make_history(200), test_ratio=0.2, seed=0)
    n_train, n_test = len(split.train), len(split.test)

    sample, again, other = (split.sample(50, seed=seed) for seed in (0, 0, 1))

    assert (len(sample.train), len(sample.test)) == (
        round(50 * n_train / (n_train + n_test)),
        round(50 * n_test / (n_train + n_test)),
    )
    for drawn, whole in ((sample.train, split.train), (sample.test, split.test)):
        places = [whole.index(ticket) for ticket in drawn]
        assert places == sorted(set(places))
    assert sample.train == again.train != other.train
    assert sample.n_left_out == split.n_left_out + n_train + n_test - 50
    assert sample.train_groups().size == len(sample.train)


def test_a_small_history_is_its_own_sample() -> None:
    """Nothing is thrown away for nothing."""
    split = split_history(make_history(60), test_ratio=0.2, seed=0)

    assert split.sample(60, seed=0) is split
