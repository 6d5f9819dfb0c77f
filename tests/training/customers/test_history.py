"""A history seen from its customers' side."""

from datetime import timedelta

import pytest

from tests.builders import MONDAY, make_ticket, make_worked
from training.customers.history import CustomerHistory, customer_history
from triage.customers.profile import RatePrior
from triage.customers.profiling import profile_customer
from triage.errors import UnusableTraining
from triage.ticket import WorkedTicket

LATER = MONDAY + timedelta(days=10_000)


def called(who: str | None, days: float, **filed: str) -> WorkedTicket:
    """A ticket of somebody, so many days after that Monday."""
    return make_worked(filed=make_ticket(customer_id=who, opened_at=MONDAY + timedelta(days=days), **filed))


def history_of(*tickets: WorkedTicket) -> CustomerHistory:
    """Whatever they say."""
    return customer_history(tickets, LATER)


def test_contacts_are_those_that_name_customer_and_moment_the_oldest_first() -> None:
    """Exports come in any order; a mistyped date is no contact of the future."""
    dateless = make_worked(filed=make_ticket(customer_id="a", opened_at=None))
    history = history_of(called("a", 3), dateless, called("a", 1), called(None, 2), called("b", 2), called("b", 10_001))

    assert {who: [(at - MONDAY).days for at in made] for who, made in history.moments.items()} == {
        "a": [1, 3],
        "b": [2],
    }
    assert (history.n_customers, history.last) == (2, MONDAY + timedelta(days=3))


@pytest.mark.parametrize("ticket", [called(None, 1), make_worked(filed=make_ticket(opened_at=None))])
def test_a_history_that_names_nobody_or_no_moment_is_refused(ticket: WorkedTicket) -> None:
    """Of whom nothing is known nothing can be said."""
    with pytest.raises(UnusableTraining, match="names both its customer and when"):
        history_of(ticket)


def test_stray_dates_are_neither_beginning_nor_end() -> None:
    """Or half of the history would be empty, and on its last day nobody would have called for years."""
    week = [called(f"u{day % 7}", day) for day in range(150)]
    clean, stray = history_of(*week), history_of(called("a", -9_000), *week, called("a", 900), called("u1", 901))

    assert (
        (stray.first, stray.last) == (clean.first, clean.last) == (MONDAY + timedelta(days=1), week[-1].filed.opened_at)
    )
    assert clean.remarks == ()
    assert [remark[:34] for remark in stray.remarks] == [
        "Tickets that lie apart: 2, dated 2",
        "Tickets that lie apart: 1, dated 2",
    ]
    assert (len(stray.moments["a"]), len(stray.moments["u1"])) == (2, 1 + len(clean.moments["u1"]))
    assert stray.profiles(stray.last) == clean.profiles(clean.last)
    assert stray.until(MONDAY + timedelta(days=60)).first == clean.until(MONDAY + timedelta(days=60)).first


def test_a_few_tickets_that_were_carried_over_are_no_beginning() -> None:
    """They were open when the tool was new, and nobody else is known from before."""
    history = history_of(called("a", -60), *(called("a", day / 2) for day in range(150)))

    assert history.first == MONDAY


def test_dates_to_come_are_named() -> None:
    """Somebody typed next year's; that the ticket is left out has to be said."""
    assert history_of(called("a", 1), called("a", 10_001)).remarks == (
        "1 ticket is dated after 2053-07-18 and not looked at (T1).",
    )


def test_where_only_strays_are_known_they_are_the_history() -> None:
    """Asked as of a day before all others."""
    history = history_of(called("a", -9_000), *(called("b", day) for day in range(150)))

    known = history.until(MONDAY - timedelta(days=30))

    assert known.first == known.last == MONDAY - timedelta(days=9_000)


def test_profiles_are_those_of_one_customer_as_of_the_moment() -> None:
    """The same function, and nothing that came later."""
    history = history_of(called("a", 0), called("a", 5), called("a", 400), called("b", 6), called("c", -370))
    as_of, prior = MONDAY + timedelta(days=5), RatePrior(3.0, 30.0)

    found = history.profiles(as_of, prior)

    assert found == [profile_customer("a", history.contacts["a"], as_of, prior)]
    assert history.callers(as_of) == ["a"]


def test_who_writes_for_many_is_nobody_s_profile() -> None:
    """A machine calls often, and nobody can be called back."""
    history = history_of(called("robot", 1, channel="monitoring"), called("a", 1))

    assert [profile.customer_id for profile in history.profiles(LATER.replace(year=2026))] == ["a"]
    assert history.callers(LATER.replace(year=2026)) == ["a", "robot"]


def test_contacts_are_counted_after_one_moment_and_up_to_another() -> None:
    """What is known at a moment is not what follows it."""
    history = history_of(*(called("a", day) for day in (0, 1, 2, 3)))

    assert history.n_contacts("a", MONDAY, MONDAY + timedelta(days=2)) == 2


def test_until_a_moment_only_what_was_filed_is_there() -> None:
    """A forecast that is measured must not have seen what came."""
    history = history_of(called("a", 0), called("a", 5), called("b", 6))

    known = history.until(MONDAY + timedelta(days=5))

    assert (list(known.contacts), known.n_contacts("a", MONDAY, LATER), known.last) == (
        ["a"],
        1,
        known.moments["a"][-1],
    )
    with pytest.raises(UnusableTraining, match="No customer had contacted the desk by 2026-02-28"):
        history.until(MONDAY - timedelta(days=2))


def test_of_a_large_history_whole_customers_are_drawn() -> None:
    """A customer with half of their contacts would be another one; the same seed draws the same."""
    tickets = [called(f"u{i}", day) for i in range(50) for day in range(4)]

    drawn, again, other = (customer_history(tickets, LATER, most=42, seed=seed) for seed in (1, 1, 2))

    assert drawn.n_customers == 50
    assert len(drawn.contacts) == 10
    assert {len(made) for made in drawn.contacts.values()} == {4}
    assert drawn == again
    assert set(drawn.contacts) != set(other.contacts)


@pytest.mark.parametrize("seed", range(5))
def test_a_monitoring_account_does_not_keep_everybody_else_out(seed: int) -> None:
    """It may have more tickets than are looked at altogether; who is drawn is people all the same."""
    tickets = [called(f"u{i}", day) for i in range(50) for day in range(4)] + [called("monitor", 1)] * 100

    drawn = customer_history(tickets, LATER, most=42, seed=seed)

    assert "monitor" not in drawn.contacts
    assert len(drawn.contacts) == 10
