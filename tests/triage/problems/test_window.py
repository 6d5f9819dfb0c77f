"""Incidents as sparse rows."""

from datetime import timedelta

import numpy as np

from tests.triage.problems.incidents import START, make_incident
from triage.problems.window import COMMON_FROM, NOBODY, gather


def test_incidents_stand_in_order_of_time_and_each_once() -> None:
    """A ticket that is read twice, as when it changes meanwhile, must not count twice."""
    late, early = make_incident(1, opened_at=START + timedelta(days=1)), make_incident(2)

    window = gather([late, early, late])

    assert [one.id for one in window.incidents] == [early.id, late.id]
    assert window.days.tolist() == sorted(window.days.tolist())


def test_words_and_neighbours_are_terms_once_an_incident() -> None:
    """Somebody who repeats themselves says it once."""
    window = gather(make_incident(n, words=("tunnel", "drops", "tunnel")) for n in range(4))

    assert sorted(window.names) == ["drops", "drops tunnel", "tunnel", "tunnel drops"]
    assert window.cells(np.array([0]))[1].tolist() == sorted(window.cells(np.array([0]))[1].tolist())
    assert len(window.columns) == 16


def test_neither_two_tickets_nor_short_numbers_make_a_term() -> None:
    """One's last word and the next one's first are no pair; a room number is no complaint."""
    window = gather([make_incident(n, words=("tunnel", "17")) for n in range(4)])

    assert window.names == ["tunnel", "tunnel 17"]


def test_what_nearly_all_or_hardly_any_say_is_no_term_whatever_machines_say() -> None:
    """A greeting tells nothing, nor does a slip; and an alert that came a thousand times must not hide what it says."""
    people = [
        make_incident(n, words=("hello", "tunnel") if n % 10 == 0 else ("hello",)) for n in range(COMMON_FROM + 50)
    ]
    slip = make_incident(8_000, words=("tunell",))
    alerts = [make_incident(9_000 + n, words=("tunnel",), is_automatic=True) for n in range(500)]

    names = gather([*people, slip, *alerts]).names

    assert "tunnel" in names
    assert not {"hello", "tunell"} & set(names)


def test_time_is_counted_in_what_people_wrote() -> None:
    """Otherwise every busy week would be a burst, and every night of alerts."""
    moments = [0, 0.1, 0.2, 50]
    window = gather(make_incident(n, opened_at=START + timedelta(days=day)) for n, day in enumerate(moments))

    assert window.places.tolist() == [0.125, 0.375, 0.625, 0.875]


def test_who_and_what_is_not_known_has_no_number() -> None:
    """Nobody is not one person."""
    window = gather([make_incident(1, customer_id=None, service=None), make_incident(2)])

    assert window.customers.tolist() == [NOBODY, 0]
    assert window.services.tolist() == [NOBODY, 0]
