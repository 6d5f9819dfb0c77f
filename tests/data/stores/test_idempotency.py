"""A repeated request gets the answer it got before, for a day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from data import keys
from data.idempotency import Answer, RequestIdentity, find, keep
from data.tables import idempotency
from triage.errors import Conflict

Moment = Callable[..., datetime]

ANSWER = Answer(status=200, response='{"b":  1, "a": 2}')


@pytest.fixture
def request_(connection: Connection, moment: Moment) -> RequestIdentity:
    """A request of a key that exists."""
    key, _ = keys.create(connection, "helpdesk", ["score"], moment(1))
    return RequestIdentity(api_key_id=key.id, route="POST /v1/score", key="k1", content=b'{"id": 1}')


def test_the_same_request_gets_the_same_answer(
    connection: Connection, request_: RequestIdentity, moment: Moment
) -> None:
    """Byte for byte: a client may compare, and a generated id must not change."""
    kept = keep(connection, request_, ANSWER, moment(3))

    assert kept
    assert find(connection, request_, moment(3, 23)) == ANSWER


def test_other_content_under_the_same_key_is_refused(
    connection: Connection, request_: RequestIdentity, moment: Moment
) -> None:
    """Answering with the old one would lose a ticket in silence."""
    keep(connection, request_, ANSWER, moment(3))

    with pytest.raises(Conflict, match="for another request"):
        find(connection, replace(request_, content=b"{}"), moment(3))


@pytest.mark.parametrize("change", [{"key": "k2"}, {"route": "POST /v1/score/batch"}])
def test_another_key_or_route_is_another_request(
    connection: Connection, request_: RequestIdentity, moment: Moment, change: dict[str, str]
) -> None:
    """Clients count their keys per call."""
    keep(connection, request_, ANSWER, moment(3))

    assert find(connection, replace(request_, **change), moment(3)) is None


def test_another_caller_with_the_same_key_is_another_request(
    connection: Connection, request_: RequestIdentity, moment: Moment
) -> None:
    """Two helpdesks may both start at 1, and must not read each other's answers."""
    other, _ = keys.create(connection, "other", ["score"], moment(1))
    keep(connection, request_, ANSWER, moment(3))

    assert find(connection, replace(request_, api_key_id=other.id), moment(3)) is None


def test_the_first_of_two_at_once_is_kept(connection: Connection, request_: RequestIdentity, moment: Moment) -> None:
    """The second learns that it was late and answers with the first one's."""
    keep(connection, request_, ANSWER, moment(3))

    late = keep(connection, request_, Answer(200, "{}"), moment(3))

    assert not late
    assert find(connection, request_, moment(3)) == ANSWER


def test_answers_are_forgotten_after_a_day(connection: Connection, request_: RequestIdentity, moment: Moment) -> None:
    """They hold customers' data, and a table that only grows is somebody's night shift."""
    keep(connection, request_, ANSWER, moment(3))
    a_day_later = moment(3) + timedelta(hours=24)

    found = find(connection, request_, a_day_later)
    keep(connection, replace(request_, key="k2"), ANSWER, a_day_later)

    assert found is None
    assert connection.scalar(select(func.count()).select_from(idempotency)) == 1
