"""How contacts are spread over customers."""

import pytest

from triage.customers.workload import CustomerWork, TopShare, curve, measure_workload, safe_tops


def made(*counts: int) -> list[CustomerWork]:
    """Customers with so many tickets each."""
    return [CustomerWork(f"u{i:03}", n) for i, n in enumerate(counts)]


def test_of_nobody_nothing_is_told() -> None:
    """A new installation has no tickets."""
    found = measure_workload([])

    assert (found.customers, found.n_tickets, found.tops, found.n_above) == ((), 0, (), 0)
    assert (curve(found), safe_tops(found)) == ([], ())


def test_most_tickets_come_first_and_equals_by_id() -> None:
    """The same list twice is the same."""
    found = measure_workload([CustomerWork("b", 1), CustomerWork("c", 2), CustomerWork("a", 1)])

    assert [one.customer_id for one in found.customers] == ["c", "a", "b"]


def test_the_top_make_their_share() -> None:
    """A sentence says it, so the number must be that of whole customers, rounded up."""
    found = measure_workload(made(31, *[3] * 23))

    tops = {top.ratio: top for top in found.tops}
    assert tops[0.05] == TopShare(0.05, 2, 34, 0.34)
    assert tops[0.01] == TopShare(0.01, 1, 31, 0.31)
    assert (tops[1.0].n_customers, tops[1.0].tickets_ratio) == (24, 1.0)


@pytest.mark.parametrize(
    ("counts", "threshold", "n_above"),
    [
        ([1] * 20, 3, 0),
        ([2] * 20, 3, 0),
        ([3] * 20, 3, 20),
        ([9, *[1] * 19], 3, 1),
        ([*[9] * 2, *[1] * 18], 9, 2),
        (list(range(1, 101)), 96, 5),
        ([4], 4, 1),
    ],
)
def test_a_customer_stands_out_from_the_95th_percentile_and_three(
    counts: list[int], threshold: int, n_above: int
) -> None:
    """Of a quiet desk nobody does."""
    found = measure_workload(made(*counts))

    assert (found.threshold, found.n_above) == (threshold, n_above)


@pytest.mark.parametrize(("n_with_effort", "of", "hours"), [(5, "effort", 2.0), (4, "lost", 7.0)])
def test_hours_are_work_where_half_of_it_is_recorded(n_with_effort: int, of: str, hours: float) -> None:
    """Less would tell who records, not who causes work; and the two are never added up."""
    work = CustomerWork("u1", 10, n_with_effort=n_with_effort, effort_hours=2.0, lost_hours=7.0)

    found = measure_workload([work])

    assert (found.hours_of, found.hours) == (of, hours)


def test_the_curve_goes_from_nothing_to_all() -> None:
    """And never down."""
    points = curve(measure_workload(made(*range(1, 301))))

    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert points == sorted(points)
    assert [y for _, y in points] == sorted(y for _, y in points)
    assert len(points) == 101
    assert points[50] == (0.5, pytest.approx(sum(range(151, 301)) / sum(range(1, 301))))


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (4, []),
        (5, [1.0]),
        (9, [1.0]),
        (10, [0.5, 1.0]),
        (100, [0.05, 0.1, 0.2, 0.5, 1.0]),
        (80, [0.1, 0.2, 0.5, 1.0]),
        (81, [0.05, 0.2, 0.5, 1.0]),
        (1_000, [0.01, 0.05, 0.1, 0.2, 0.5, 1.0]),
    ],
)
def test_no_group_shown_leaves_fewer_than_five_to_be_told(n: int, shown: list[float]) -> None:
    """Neither those in it, nor the others, nor the difference of two groups."""
    tops = safe_tops(measure_workload(made(*range(1, n + 1))))

    assert [top.ratio for top in tops] == shown
