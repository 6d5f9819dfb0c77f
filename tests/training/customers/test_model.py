"""What is learned of a desk's customers."""

from datetime import timedelta

import pytest

from tests.builders import MONDAY, make_calls, make_ticket, make_worked
from training.configs.parameters import CustomerParameters
from training.customers.forecast import learn_forecast
from training.customers.history import customer_history
from training.customers.model import learn_customers
from triage.customers.norms import learn_norms, learn_prior
from triage.errors import InvalidInput

NOW = MONDAY + timedelta(days=150)

FORTNIGHT = CustomerParameters(horizon_days=14, n_contacts=3, closed_days=(NOW.date(),))


def test_norms_and_forecast_are_those_of_the_people_as_of_the_moment() -> None:
    """The prior comes first: what is expected of a newcomer is part of every profile."""
    history = make_calls()
    learned = learn_customers(history, NOW, FORTNIGHT)

    prior = learn_prior(history.profiles(NOW))
    assert learned.model.norms == learn_norms(history.profiles(NOW, prior))
    assert learned.forecast == learn_forecast(
        history, NOW, prior, horizon_days=14, n_contacts=3, closed_days=FORTNIGHT.closed_days
    )
    assert learned.forecast.forecast.calendar.closed_days == set(FORTNIGHT.closed_days)
    assert learned.model.forecast == learned.forecast.forecast


def test_the_sentence_says_what_was_learned() -> None:
    """It is all that a training prints of it."""
    learned = learn_customers(make_calls(), NOW, FORTNIGHT)

    norms, forecast = learned.model.norms, learned.model.forecast
    assert forecast is not None
    assert learned.sentence == (
        f"Customers: what is ordinary was learned of {norms.n_customers} people; the forecast says who makes 3 "
        f"contacts or more in 14 days, and flags from a probability of {forecast.threshold:.2f} on in days as busy as "
        "usual."
    )


@pytest.mark.parametrize("n_days", [150, 20])
def test_one_stray_date_is_said_and_changes_nothing(n_days: int) -> None:
    """A ticket dated years later used to be the last moment, at which nobody is known."""
    clean = make_calls(n_days=n_days)
    tickets = [
        make_worked(filed=make_ticket(customer_id=who, channel="email", opened_at=at))
        for who, made in clean.moments.items()
        for at in made
    ]
    late = make_worked(filed=make_ticket(id="T9", customer_id="often3", opened_at=MONDAY + timedelta(days=1_000)))
    until = MONDAY + timedelta(days=2_000)
    without, with_ = (customer_history(filed, until) for filed in (tickets, [*tickets, late]))

    known, told = (learn_customers(history, history.last, FORTNIGHT) for history in (without, with_))

    assert (told.model, told.forecast) == (known.model, known.forecast)
    assert told.sentence.startswith(f"{known.sentence} Tickets that lie apart: 1, dated 2028-11-26, ")
    assert told.sentence.endswith(" (T9).")


def test_a_short_history_has_norms_and_says_why_there_is_no_forecast() -> None:
    """Segments work from the first day on."""
    learned = learn_customers(make_calls(n_days=20), MONDAY + timedelta(days=20), FORTNIGHT)

    assert learned.forecast is learned.model.forecast is None
    assert learned.model.norms.n_customers > 0
    assert "; no forecast. The history is too short" in learned.sentence


def test_n_contacts_of_none_are_the_desk_s_own() -> None:
    """Zero in the configuration means that the desk decides."""
    asked, own = (
        learn_customers(make_calls(), NOW, CustomerParameters(horizon_days=14, n_contacts=n)).forecast for n in (4, 0)
    )

    assert asked is not None
    assert own is not None
    assert (asked.forecast.n_contacts, own.forecast.n_contacts > 4) == (4, True)


def test_bars_are_the_desk_s_where_it_sets_them() -> None:
    """And a bar that nobody asks about is a typing error."""
    learned = learn_customers(make_calls(), NOW, CustomerParameters(bars={"n_contacts_30d": 17.0}))

    assert learned.model.norms.bars["n_contacts_30d"] == 17.0
    with pytest.raises(InvalidInput, match="No segment asks about"):
        learn_customers(make_calls(), NOW, CustomerParameters(bars={"shoes": 17.0}))


def test_a_sample_is_said_to_be_one() -> None:
    """A million tickets are learned from by some of their customers."""
    tickets = [
        make_worked(filed=make_ticket(customer_id=f"u{i}", opened_at=MONDAY + timedelta(days=i % 7))) for i in range(50)
    ]
    history = customer_history(tickets, NOW, most=20)

    assert "(20 of 50 customers were drawn by chance)" in learn_customers(history, history.last, FORTNIGHT).sentence
