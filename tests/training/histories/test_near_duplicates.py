"""Tickets that say nearly the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import make_ticket
from training.histories import near_duplicates
from training.histories.dataset import text_key
from training.histories.near_duplicates import group_term_sets, near_duplicate_groups
from triage.ticket import NewTicket

REPORT = "the printer on the third floor prints every page twice since the update of its driver last week"


def said(*bodies: str) -> list[NewTicket]:
    """Tickets of these bodies."""
    return [make_ticket(id=str(i), body=body) for i, body in enumerate(bodies)]


def test_a_forwarded_mail_is_nearly_the_same() -> None:
    """One more word in twenty does not make it another ticket."""
    tickets = said(REPORT, f"fw {REPORT}", "the coffee machine leaks water on the carpet of the second meeting room")

    assert near_duplicate_groups(tickets).tolist() == [0, 0, 1]


def test_the_same_alert_at_another_hour_is_nearly_the_same() -> None:
    """It is one monitor that speaks, and what it will say is known after the first."""
    tickets = said("job backup failed on 31.10. at 09:06", "job backup failed on 02.11. at 23:41")

    assert near_duplicate_groups(tickets).tolist() == [0, 0]


def test_short_texts_that_differ_in_a_word_are_different() -> None:
    """VPN and mail may both be down; the one does not give the other away."""
    tickets = [make_ticket(id=name, subject=f"{name} down", body="") for name in ("vpn", "mail")]

    assert near_duplicate_groups(tickets).tolist() == [0, 1]


def test_a_form_with_other_answers_is_another_ticket() -> None:
    """Its text is always the same; what it is about stands in the attributes."""
    tickets = [
        make_ticket(subject="Form", body="", attributes={"service": service, "site": site})
        for service, site in (("SAP", "Lyon"), ("VPN", "Graz"))
    ]

    assert near_duplicate_groups(tickets).tolist() == [0, 1]


def test_similarity_passes_on() -> None:
    """A text that changes a little each month is one family; its ends would otherwise stand on two sides."""
    terms = [str(i) for i in range(20)]
    family = [[*terms[step:], *(f"new{i}" for i in range(step))] for step in range(0, 7, 2)]

    assert group_term_sets(family).tolist() == [0, 0, 0, 0]


def test_a_thousand_equal_buckets_are_joined_without_comparing_all_pairs() -> None:
    """A monitor's alerts fill one bucket; half a million comparisons for it would stall the training."""
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(30)]
    alerts = [[*words, f"host{rng.integers(10**6)}"] for _ in range(2000)]

    assert set(group_term_sets(alerts).tolist()) == {0}


def test_in_a_bucket_each_is_compared_with_the_first_and_the_one_before() -> None:
    """With the one before alone, a stranger in the bucket would part a family."""
    bucket = np.zeros((4, near_duplicates.N_BANDS * near_duplicates.N_ROWS), dtype=np.uint32)

    assert near_duplicates._suggested(bucket).tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [2, 3]]


def test_beyond_what_is_compared_only_equal_texts_are_one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million tickets must not make anybody wait for what changes the last digit."""
    monkeypatch.setattr(near_duplicates, "MOST_COMPARED", 2)
    tickets = said(REPORT, f"fw {REPORT}", "something else", REPORT.upper())

    assert near_duplicate_groups(tickets).tolist() == [0, 1, 2, 0]


def test_groups_do_not_depend_on_the_run() -> None:
    """A training is repeated to the digit."""
    tickets = said(*(f"{REPORT} and {'x' * (1 + i % 5)}" for i in range(50)))

    assert near_duplicate_groups(tickets, seed=3).tolist() == near_duplicate_groups(tickets, seed=3).tolist()


def test_progress_runs_from_nothing_towards_all() -> None:
    """Reading a million tickets takes minutes."""
    told: list[float] = []

    near_duplicate_groups(said(*(f"text {'x' * i}" for i in range(1, 2050))), on_progress=told.append)

    assert told == sorted(told)
    assert told[0] == 0
    assert 0.9 < told[-1] <= 1


def test_no_tickets_are_no_groups() -> None:
    """A part of a history may be empty."""
    assert near_duplicate_groups([]).tolist() == []


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=12))
def test_tickets_that_a_model_cannot_tell_apart_are_one_group(texts: list[tuple[str, str]]) -> None:
    """Whatever somebody writes: an equal text on both sides of a split is remembered, not understood."""
    tickets = [make_ticket(subject=subject, body=body) for subject, body in texts]

    groups = near_duplicate_groups(tickets).tolist()

    by_text: dict[bytes, set[int]] = {}
    for ticket, group in zip(tickets, groups, strict=True):
        by_text.setdefault(text_key(ticket), set()).add(group)
    assert all(len(found) == 1 for found in by_text.values())


@given(st.lists(st.sets(st.sampled_from("abcdefghij"), max_size=8), max_size=10))
def test_every_member_of_a_group_is_nearly_the_same_as_another(term_sets: list[set[str]]) -> None:
    """Chance may overlook a pair; it never joins two texts that differ."""
    groups = group_term_sets(term_sets).tolist()

    for i, one in enumerate(term_sets):
        others = [other for j, other in enumerate(term_sets) if j != i and groups[j] == groups[i]]
        assert not others or any(one == other or len(one & other) >= 0.8 * len(one | other) for other in others)
