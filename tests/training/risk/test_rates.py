"""What history says of each value of a fact."""

import numpy as np
import pytest

from tests.builders import make_ticket
from training.risk.rates import PRIOR, against_its_time, fact_table, learn_rates, rows_out_of_fold
from triage.risk import mark_of
from triage.ticket import NewTicket


def tickets(n: int = 400) -> list[NewTicket]:
    """Every other ticket is of Lyon, one is of Oslo, and each has a number of its own."""
    sites = ["Lyon", "Turin"] * (n // 2)
    sites[5] = "Oslo"
    return [make_ticket(attributes={"site": site, "own": f"n{i}"}) for i, site in enumerate(sites)]


def test_a_rate_is_drawn_towards_the_desks_own() -> None:
    """Of two tickets both late it does not follow that the next one is."""
    table = fact_table(tickets())
    late = np.asarray([i % 2 == 0 for i in range(400)], dtype=np.float64)

    found = learn_rates(table, {"late": late}, np.ones(400, dtype=np.bool_))

    site = found.facts.index("site")
    start = sum(len(known) + 1 for known in found.values[:site])
    at = start + 1 + found.values[site].index(mark_of("Lyon"))
    assert found.rates[start, 0] == pytest.approx(0.5)
    assert found.rates[at, 0] == pytest.approx((200 + PRIOR * 0.5) / (200 + PRIOR))


def test_a_rare_value_is_as_good_as_unknown() -> None:
    """Five tickets of one value may be one person's, and their lot would be told."""
    table = fact_table(tickets())

    found = learn_rates(table, {"late": np.zeros(400)}, np.ones(400, dtype=np.bool_))

    assert mark_of("Oslo") not in found.values[found.facts.index("site")]
    assert found.values[found.facts.index("own")] == ()


def test_a_ticket_does_not_see_its_own_outcome() -> None:
    """Elsewhere an encoder that saw it made a column of noise the best of all, and the model failed on later data."""
    chance = np.random.default_rng(2)
    noise = [make_ticket(attributes={"room": f"r{chance.integers(60)}"}) for _ in range(2_000)]
    late = (chance.random(2_000) < 0.5).astype(np.float64)

    rows = rows_out_of_fold(fact_table(noise), {"late": late}, np.ones(2_000, dtype=np.bool_))

    assert abs(np.corrcoef(rows[:, 0], late)[0, 1]) < 0.08


def test_what_nobody_knows_is_not_counted() -> None:
    """A ticket that is open would pull every rate down."""
    table = fact_table(tickets())
    late = np.where(np.arange(400) % 4 == 0, 1.0, np.nan)

    found = learn_rates(table, {"late": late}, np.ones(400, dtype=np.bool_))

    assert found.rates[:, 0].tolist() == pytest.approx([1.0] * len(found.rates))


def test_a_fact_that_is_always_the_same_is_left_out() -> None:
    """It costs time for every ticket and says nothing."""
    assert fact_table(tickets()).facts == ("own", "site")


def test_what_was_common_in_a_bad_month_does_not_seem_to_be_bad() -> None:
    """A symptom of March would else be held to be late for ever, as nearly all tickets of March were."""
    chance = np.random.default_rng(3)
    n = 4_000
    of_march = np.arange(n) < n / 2
    is_late = (chance.random(n) < np.where(of_march, 0.9, 0.1)).astype(np.float64)
    often_then = chance.random(n) < np.where(of_march, 0.8, 0.2)

    found = against_its_time(is_late, np.ones(n, dtype=np.bool_))

    assert is_late[often_then].mean() - is_late[~often_then].mean() > 0.4
    assert abs(found[often_then].mean() - found[~often_then].mean()) < 0.03


def test_what_is_not_learned_from_stays_out_of_its_time() -> None:
    """A later ticket's outcome would slip into what is measured on it."""
    late = np.asarray([1.0, 0.0, np.nan, 1.0] * 50)
    among = np.arange(200) < 100

    found = against_its_time(late, among)

    assert np.isnan(found[100:]).all()
    assert np.isnan(found[2])
    assert np.nanmean(found) == pytest.approx(0.0)
    assert np.isnan(against_its_time(np.full(5, np.nan), np.ones(5, dtype=np.bool_))).all()
