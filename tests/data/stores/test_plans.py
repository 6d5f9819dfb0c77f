"""Plans for customers: one open at a time, every ended one kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import Connection, Engine, delete, func, insert, select

from data import plans as store
from data.database import reading, writing
from data.plans import agree, first_plans, open_plans, plans_of
from data.tables import plans as plans_table
from triage.customers.plans import Plan, Terms

Moment = Callable[..., datetime]

TERMS = Terms("Ines Example", "Exchange the docking station", date(2026, 12, 5), "fragile_setup")
DONE = replace(TERMS, outcome="done", note="No call since.")


def test_a_plan_is_kept_as_it_was_agreed(connection: Connection, moment: Moment) -> None:
    """Whoever answers the next call reads it."""
    agreed = agree(connection, "u42", TERMS, moment(3, 9))

    assert agreed == Plan("u42", TERMS, moment(3, 9), moment(3, 9))
    assert plans_of(connection, "u42") == [agreed]
    assert open_plans(connection, ["u1", "u42"]) == {"u42": agreed}


@pytest.mark.parametrize("terms", [TERMS, DONE])
def test_the_same_terms_again_change_nothing(connection: Connection, moment: Moment, terms: Terms) -> None:
    """A client that is not sure whether it was heard sends them again."""
    first = agree(connection, "u42", terms, moment(3))

    again = agree(connection, "u42", terms, moment(4))

    assert again == first
    assert plans_of(connection, "u42") == [first]


def test_other_terms_change_the_plan_that_is_open(connection: Connection, moment: Moment) -> None:
    """Two open plans for one customer are two people who each think the other one calls."""
    agree(connection, "u42", TERMS, moment(3))

    changed = agree(connection, "u42", replace(TERMS, owner="Ole Sample"), moment(4))

    assert plans_of(connection, "u42") == [changed]
    assert (changed.terms.owner, changed.created_at, changed.updated_at) == ("Ole Sample", moment(3), moment(4))


def test_after_a_plan_has_ended_another_one_begins(connection: Connection, moment: Moment) -> None:
    """What was tried before is what the next person should not try again."""
    agree(connection, "u42", TERMS, moment(3))
    agree(connection, "u42", DONE, moment(4))

    agree(connection, "u42", TERMS, moment(5))

    newest, ended = plans_of(connection, "u42")
    assert (newest.terms, newest.created_at) == (TERMS, moment(5))
    assert (ended.terms, ended.created_at, ended.updated_at) == (DONE, moment(3), moment(4))


def test_how_a_plan_ended_can_be_corrected(connection: Connection, moment: Moment) -> None:
    """A note that was forgotten is no second plan."""
    agree(connection, "u42", replace(DONE, note=None), moment(3))

    agree(connection, "u42", DONE, moment(4))

    assert [plan.terms for plan in plans_of(connection, "u42")] == [DONE]


def test_a_plan_that_has_ended_is_not_open(connection: Connection, moment: Moment) -> None:
    """Nobody should wait for what was dropped."""
    agree(connection, "u42", replace(TERMS, outcome="dropped"), moment(3))

    assert open_plans(connection, ["u42"]) == {}
    assert open_plans(connection, []) == {}


def test_customers_do_not_share_plans(connection: Connection, moment: Moment) -> None:
    """One open plan each, not one for all."""
    agree(connection, "u1", TERMS, moment(3))
    agree(connection, "u2", TERMS, moment(3))

    assert set(open_plans(connection, ["u1", "u2", "u3"])) == {"u1", "u2"}


def test_of_two_who_agree_at_the_same_moment_one_begins_and_the_other_changes(
    engine: Engine, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both looked, both saw no plan; the second one finds it when it wants to write."""
    with writing(engine) as connection:
        agree(connection, "u42", TERMS, moment(3))
    looks = iter([None])
    real = store._present
    monkeypatch.setattr(store, "_present", lambda *asked: next(looks, real(*asked)))

    with writing(engine) as connection:
        agree(connection, "u42", replace(TERMS, owner="Ole Sample"), moment(4))

    with reading(engine) as connection:
        (plan,) = plans_of(connection, "u42")
    assert (plan.terms.owner, plan.created_at) == ("Ole Sample", moment(3))


def test_a_clock_that_was_set_back_hides_no_open_plan(connection: Connection, moment: Moment) -> None:
    """Two servers differ by seconds; the plan that is open is the one to change, whenever it seems to have begun."""
    agree(connection, "u42", DONE, moment(9))
    agree(connection, "u42", TERMS, moment(3))

    changed = agree(connection, "u42", replace(TERMS, owner="Ole Sample"), moment(4))
    ended = agree(connection, "u42", DONE, moment(5))

    assert changed.terms.owner == "Ole Sample"
    assert open_plans(connection, ["u42"]) == {}
    assert [plan.terms for plan in plans_of(connection, "u42")] == [ended.terms, DONE]


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_plan_that_ends_or_goes_while_it_is_changed_is_not_opened_again(
    engine: Engine, moment: Moment, monkeypatch: pytest.MonkeyPatch, is_gone: bool
) -> None:
    """One saw it open and wants to change it; before it writes, another ended it, or forgot the customer."""
    with writing(engine) as connection:
        agree(connection, "u42", TERMS, moment(3))
        seen = store._present(connection, "u42")
        if is_gone:
            connection.execute(delete(plans_table))
        else:
            agree(connection, "u42", DONE, moment(4))
    looks, real = iter([seen]), store._present
    monkeypatch.setattr(store, "_present", lambda *asked: next(looks, None) or real(*asked))

    with writing(engine) as connection:
        agree(connection, "u42", replace(TERMS, owner="Ole Sample"), moment(5))

    with reading(engine) as connection:
        terms = [plan.terms for plan in plans_of(connection, "u42")]
    assert terms == [replace(TERMS, owner="Ole Sample"), *([] if is_gone else [DONE])]


def test_the_first_plan_of_each_customer_is_what_an_effect_is_measured_from(
    connection: Connection, moment: Moment
) -> None:
    """A later one comes to somebody who has been helped already."""
    agree(connection, "u1", DONE, moment(3))
    agree(connection, "u1", TERMS, moment(9))
    agree(connection, "u2", TERMS, moment(5))

    assert first_plans(connection) == {"u1": moment(3), "u2": moment(5)}


def test_no_way_leads_to_two_open_plans(engine: Engine, moment: Moment) -> None:
    """The table itself says so, whoever writes to it."""
    row = {"customer_id": "u42", "owner": "o", "next_step": "s", "review_on": date(2026, 12, 5), "outcome": "open"}
    row |= {"created_at": moment(3), "updated_at": moment(3)}

    with pytest.raises(Exception, match=r"(?i)unique"), writing(engine) as connection:
        connection.execute(insert(plans_table), [row, row])

    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(plans_table)) == 0


@pytest.mark.parametrize("text", ["NUL \x00", "half \ud83d"])
def test_text_that_no_database_keeps_stops_no_plan(connection: Connection, moment: Moment, text: str) -> None:
    """And sent again it is still the same."""
    agree(connection, "u42", replace(TERMS, next_step=text), moment(3))

    again = agree(connection, "u42", replace(TERMS, next_step=text), moment(4))

    assert again.updated_at == moment(3)
