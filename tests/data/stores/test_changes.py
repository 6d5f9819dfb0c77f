"""The store of changes."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection

from data.changes import Change, ChangeCount, changes_between, count, keep, latest
from triage.errors import InvalidInput

Moment = Callable[..., datetime]


def make(id_: str, at: datetime, **changes: str | None) -> Change:
    """A change of the VPN."""
    said: dict[str, str | None] = {"kind": "change", "title": "patch", "service": "VPN"}
    return Change(id=id_, at=at, **said | changes)  # type: ignore[arg-type]


def test_the_same_changes_again_change_nothing(connection: Connection, moment: Moment) -> None:
    """A desk imports the whole list every night."""
    told = [make("C1", moment(3)), make("C2", moment(5), kind="release", service=None)]

    assert keep(connection, told) == ChangeCount(n_new=2)
    assert keep(connection, told) == ChangeCount(n_unchanged=2)
    assert keep(connection, [make("C1", moment(4))]) == ChangeCount(n_changed=1)
    assert changes_between(connection, moment(1), moment(9)) == [make("C1", moment(4)), told[1]]
    assert count(connection) == 2


def test_of_two_by_one_id_the_later_counts(connection: Connection, moment: Moment) -> None:
    """A file may hold a change before and after it was moved."""
    keep(connection, [make("C1", moment(3)), make(" C1 ", moment(8))])

    assert [one.at for one in latest(connection, 9)] == [moment(8)]


def test_a_span_begins_with_its_first_moment_and_ends_before_its_last(connection: Connection, moment: Moment) -> None:
    """Two spans side by side must not tell of one change twice."""
    keep(connection, [make(f"C{day}", moment(day)) for day in (3, 4, 5)])

    assert [one.id for one in changes_between(connection, moment(3), moment(5))] == ["C3", "C4"]


def test_the_latest_come_first_of_one_service_or_all(connection: Connection, moment: Moment) -> None:
    """A list is read from the top."""
    keep(connection, [make("C1", moment(1)), make("C2", moment(2), service="Mail"), make("C3", moment(3))])

    assert [one.id for one in latest(connection, 2)] == ["C3", "C2"]
    assert [one.id for one in latest(connection, 9, service="VPN")] == ["C3", "C1"]
    assert [one.id for one in latest(connection, 9, before=moment(3))] == ["C2", "C1"]


def test_what_no_database_keeps_is_left_out_of_texts(connection: Connection, moment: Moment) -> None:
    """A pipeline may send anything."""
    keep(connection, [make("C1", moment(1), title="a\x00b\ud800", service="  ")])

    (kept,) = latest(connection, 1)
    assert kept.title == "ab?"
    assert kept.service is None


@pytest.mark.parametrize("wrong", [{"id_": " "}, {"id_": "C1", "kind": "surprise"}])
def test_a_change_without_an_id_or_of_another_kind_is_refused(
    connection: Connection, moment: Moment, wrong: dict[str, str]
) -> None:
    """It could not be known again."""
    with pytest.raises(InvalidInput):
        keep(connection, [make(at=moment(1), **wrong)])
    assert keep(connection, []) == ChangeCount()
