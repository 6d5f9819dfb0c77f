"""A repeated request gets the answer it got before, for a day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from data import keys
from data.idempotency import Answer, RequestIdentity, find_all, keep_all
from data.tables import idempotency
from triage.errors import Conflict

Moment = Callable[..., datetime]

ANSWER = Answer(status=200, response='{"b":  1, "a": 2}')


def find(connection: Connection, request: RequestIdentity, now: datetime) -> Answer | Conflict | None:
    """What is found for one request."""
    return find_all(connection, [request], now).get(request)


def keep(connection: Connection, request: RequestIdentity, answer: Answer, now: datetime) -> bool:
    """Keeps one answer."""
    return keep_all(connection, [(request, answer)], now)


@pytest.fixture
def request_(connection: Connection, moment: Moment) -> RequestIdentity:
    """A request of a key that exists."""
    key, _ = keys.create(connection, "helpdesk", ["score"], moment(1))
    return RequestIdentity(caller=f"key:{key.id}", route="POST /v1/score", key="k1", content=b'{"id": 1}')


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

    found = find(connection, replace(request_, content=b"{}"), moment(3))

    assert isinstance(found, Conflict)
    assert "for another request" in str(found)


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

    assert find(connection, replace(request_, caller=f"key:{other.id}"), moment(3)) is None


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


def test_a_clock_that_is_set_back_forgets_no_answer(
    connection: Connection, request_: RequestIdentity, moment: Moment
) -> None:
    """What was answered an hour from now was answered all the same: a repeated request must not be a second ticket."""
    keep(connection, request_, ANSWER, moment(3, 12))

    kept_again = keep(connection, request_, replace(ANSWER, response="another"), moment(3, 11))

    assert not kept_again
    assert find(connection, request_, moment(3, 11)) == ANSWER


def test_each_of_many_requests_gets_its_own_answer(
    connection: Connection, request_: RequestIdentity, moment: Moment
) -> None:
    """They are answered together, and some of them were answered before."""
    requests = [replace(request_, route=route, key=f"k{n}") for n in range(300) for route in ("POST /a", "POST /b")]
    answered = [(one, Answer(200 + n % 2, f"{n}")) for n, one in enumerate(requests) if n % 3]
    other = replace(requests[1], content=b"other")

    kept = keep_all(connection, answered, moment(3))
    found = find_all(connection, [*requests, other], moment(3))

    assert kept
    assert isinstance(found.pop(other), Conflict)
    assert found == dict(answered)


def test_one_key_that_was_used_meanwhile_is_told(
    connection: Connection, request_: RequestIdentity, moment: Moment
) -> None:
    """Whoever stored something for the others undoes it and asks again."""
    late = replace(request_, key="k2")
    keep(connection, late, ANSWER, moment(3))

    assert not keep_all(connection, [(request_, ANSWER), (late, ANSWER)], moment(3))


def test_of_no_requests_nothing_is_found_or_kept(connection: Connection, moment: Moment) -> None:
    """Most callers send no key."""
    assert find_all(connection, [], moment(3)) == {}
    assert keep_all(connection, [], moment(3))
