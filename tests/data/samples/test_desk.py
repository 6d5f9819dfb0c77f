"""A whole desk: the same from the same seed, as many tickets as asked for, and as noisy and hard as promised."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from data.samples.catalogue import load_catalogue
from data.samples.desk import Desk, generate_desk
from triage.errors import InvalidInput


def texts_of(desk: Desk) -> list[str]:
    """What a model reads of every ticket."""
    return [f"{ticket.filed.subject} {ticket.filed.body}" for ticket in desk.tickets]


def accuracy_of_a_plain_model(desk: Desk, target: str, train: np.ndarray, test: np.ndarray) -> float:
    """What words and a linear model reach: the baseline that everybody tries first."""
    text = pytest.importorskip("sklearn.feature_extraction.text", reason="the extra `train` is not installed")
    svm = pytest.importorskip("sklearn.svm", reason="the extra `train` is not installed")
    texts, labels = np.array(texts_of(desk), dtype=object), np.array([t.label(target) for t in desk.tickets])
    vectorizer = text.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    model = svm.LinearSVC(C=0.3).fit(vectorizer.fit_transform(texts[train]), labels[train])
    return float((model.predict(vectorizer.transform(texts[test])) == labels[test]).mean())


def test_the_same_seed_gives_the_same_desk() -> None:
    """A benchmark on generated tickets means nothing if the tickets change under it."""
    first, second = (generate_desk(n_tickets=300, n_customers=30, seed=3) for _ in range(2))

    assert first == second


def test_another_seed_gives_another_desk() -> None:
    """Whoever averages over seeds must not average over copies."""
    first, second = (generate_desk(n_tickets=300, n_customers=30, seed=seed) for seed in (3, 4))

    assert first.tickets != second.tickets
    assert first.customers != second.customers


@pytest.mark.parametrize(
    ("n_tickets", "n_customers"), [(1, 10), (2, 10), (37, 11), (200, 20), (5_000, 10), (300, 2_000)]
)
def test_there_are_exactly_as_many_tickets_and_customers_as_asked_for(n_tickets: int, n_customers: int) -> None:
    """Load tests are planned by the number; small desks must work as well, for quick tests use them."""
    desk = generate_desk(n_tickets=n_tickets, n_customers=n_customers)

    assert len(desk.tickets) == len(desk.true_groups) == len(desk.true_types) == n_tickets
    assert len(desk.customers) == n_customers


@pytest.mark.parametrize(("n_tickets", "n_customers"), [(0, 600), (-5, 600), (8000, 9)])
def test_a_desk_without_tickets_or_with_too_few_customers_is_refused(n_tickets: int, n_customers: int) -> None:
    """The command line shows this sentence to the person who mistyped a number."""
    with pytest.raises(InvalidInput, match=r"^A sample desk needs at least (1 ticket|10 customers), not -?\d\.$"):
        generate_desk(n_tickets=n_tickets, n_customers=n_customers)


def test_tickets_are_numbered_in_order_of_time(desk: Desk) -> None:
    """Splits forward in time slice the sequence; and a number that tells the type would leak it."""
    opened = [ticket.filed.opened_at for ticket in desk.tickets if ticket.filed.opened_at is not None]
    ids = [ticket.filed.id for ticket in desk.tickets]

    assert len(opened) == len(desk.tickets)
    assert opened == sorted(opened)
    assert ids[:2] == ["TKT0000001", "TKT0000002"]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("end", [date(2026, 6, 30), date(2026, 2, 28), date(2024, 2, 29), date(2026, 1, 15)])
def test_tickets_are_opened_in_the_eighteen_months_before_the_end_in_utc(end: date) -> None:
    """A naive moment is refused by the rest of the program, and one after the end would come from the future."""
    desk = generate_desk(n_tickets=2_000, n_customers=50, end=end)

    opened = [ticket.filed.opened_at for ticket in desk.tickets]
    assert all(moment is not None and moment.tzinfo is UTC for moment in opened)
    days = [moment.date() for moment in opened if moment is not None]
    assert max(days) <= end
    assert end - max(days) < timedelta(days=7)
    assert timedelta(days=540) < end - min(days) < timedelta(days=550)


def test_there_are_twelve_groups_and_each_has_work(desk: Desk) -> None:
    """A group with a handful of tickets cannot be learned, and would be noise in every comparison."""
    counts = Counter(desk.true_groups)

    assert set(counts) == set(load_catalogue().groups)
    assert len(counts) == 12
    assert min(counts.values()) >= 0.03 * len(desk.tickets)


@pytest.mark.parametrize(
    ("target", "lowest", "highest"), [("assignment_group", 0.03, 0.07), ("ticket_type", 0.02, 0.045)]
)
def test_recorded_labels_are_wrong_now_and_then(desk: Desk, target: str, lowest: float, highest: float) -> None:
    """People file tickets wrongly; a desk without that promises an accuracy that no real one allows."""
    truth = {"assignment_group": desk.true_groups, "ticket_type": desk.true_types}[target]

    wrong = sum(ticket.label(target) != true for ticket, true in zip(desk.tickets, truth, strict=True))

    assert lowest <= wrong / len(desk.tickets) <= highest


@pytest.mark.parametrize("forward", [False, True], ids=["random", "forward in time"])
@pytest.mark.parametrize(
    ("target", "lowest", "highest"), [("assignment_group", 0.80, 0.93), ("ticket_type", 0.88, 0.95)]
)
def test_a_plain_model_learns_the_desk_but_not_easily(
    desk: Desk, target: str, lowest: float, highest: float, forward: bool
) -> None:
    """Too easy, and no model can show that it is better; too hard, and the demo disappoints."""
    n = len(desk.tickets)
    order = np.arange(n) if forward else np.random.default_rng(0).permutation(n)
    cut = int(0.8 * n)

    accuracy = accuracy_of_a_plain_model(desk, target, order[:cut], order[cut:])

    assert lowest <= accuracy <= highest


def test_texts_hardly_repeat(desk: Desk) -> None:
    """Copies on both sides of a split flatter every model."""
    texts = texts_of(desk)

    assert 1 - len(set(texts)) / len(texts) < 0.05


def test_no_group_is_given_away_by_its_own_name(desk: Desk) -> None:
    """A label that stands in all its texts needs no learning."""
    named = Counter(
        group for text, group in zip(texts_of(desk), desk.true_groups, strict=True) if group.lower() in text.lower()
    )

    counts = Counter(desk.true_groups)
    assert all(named[group] / n < 0.4 for group, n in counts.items())


def test_a_part_of_the_tickets_is_german(desk: Desk) -> None:
    """Many desks are of two languages, and a model that only knows one must be seen to fail."""
    languages = Counter(ticket.filed.language for ticket in desk.tickets)

    assert set(languages) == {"en", "de"}
    assert 0.13 <= languages["de"] / len(desk.tickets) <= 0.22


def test_the_service_that_callers_pick_is_a_hint_and_not_the_answer(desk: Desk) -> None:
    """A form that always knew the service would make the text worthless."""
    picked = [(ticket.filed.attributes.get("service"), ticket.category) for ticket in desk.tickets]

    assert 0.75 <= sum(service == category for service, category in picked) / len(picked) <= 0.9
    assert 0.04 <= sum(service is None for service, _ in picked) / len(picked) <= 0.12


def test_what_is_filed_does_not_depend_on_what_is_recorded_later(desk: Desk) -> None:
    """The true group, not the recorded one, shapes the text: otherwise label noise would be no noise."""
    astray = [
        (ticket.category, true)
        for ticket, true in zip(desk.tickets, desk.true_groups, strict=True)
        if ticket.assignment_group != true
    ]

    group_of = {service.name: service.group for service in load_catalogue().services}
    assert all(group_of[str(category)] == true for category, true in astray)


def test_history_ends_where_the_export_was_made(desk: Desk) -> None:
    """An export cannot know what happens after it."""
    closes_at = datetime(2026, 7, 1, tzinfo=UTC)

    later = [
        ticket for ticket in desk.tickets for at in (ticket.resolved_at, ticket.closed_at) if at and at >= closes_at
    ]

    assert later == []


def test_a_desk_is_a_value(desk: Desk) -> None:
    """Fixtures are shared over a whole session; nobody may change one by accident."""
    with pytest.raises(AttributeError):
        desk.tickets = ()  # type: ignore[misc]

    assert replace(desk) == desk


def test_a_desk_that_is_cut_keeps_truth_and_tickets_together() -> None:
    """Whoever compares a part with its truth must not compare it with another part's."""
    desk = generate_desk(n_tickets=50, n_customers=10, seed=1)

    earlier, later = desk.cut(-20)

    assert (len(earlier.tickets), len(later.tickets)) == (30, 20)
    assert earlier.tickets + later.tickets == desk.tickets
    assert earlier.true_groups + later.true_groups == desk.true_groups
    assert [len(part.true_types) for part in (earlier, later)] == [30, 20]
