"""A history played to the watch: the same alarms as live, from the past alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from triage.surges.replay import alarms_of, learn_from, replay
from triage.surges.seen import Seen

History = Callable[..., list[Seen]]
HOUR = timedelta(hours=1)


def with_outage(history: History, incident: Callable[..., Seen], monday: datetime) -> tuple[list[Seen], datetime]:
    """A history with an outage in its last week, and when that began."""
    start = monday - timedelta(days=4) + 10 * HOUR
    outage = [incident(start + n * timedelta(minutes=1), terms=("outlook", "down")) for n in range(30)]
    return sorted([*history(), *outage], key=lambda seen: seen.at), start


def test_the_outage_of_a_history_is_told_and_nothing_else(
    history: History, incident: Callable[..., Seen], monday: datetime
) -> None:
    """The lead reads the list and remembers each of them, or does not switch it on."""
    seen, start = with_outage(history, incident, monday)

    found = alarms_of(seen)

    assert [surge.started_at for surge in found.surges] == [start]
    assert found.surges[0].raised_at <= start + timedelta(minutes=10)
    assert found.watched_from is not None
    assert 14 <= (found.watched_from - seen[0].at).days <= 16
    assert found.n_months > 1
    assert found.n_seen == len(seen)


def test_what_is_expected_is_learned_from_the_past_alone(
    history: History, incident: Callable[..., Seen], monday: datetime
) -> None:
    """With the outage in its own expectation nothing would be unusual, and the replay would promise too few alarms."""
    seen, start = with_outage(history, incident, monday)
    before = [each for each in seen if each.at < start.replace(hour=0)]

    known, told = learn_from(before, start), learn_from(seen, start)

    assert known is not None
    assert told is not None
    assert known.to_json() == told.to_json()


def test_progress_is_told_up_to_the_end(history: History) -> None:
    """A history of years takes minutes."""
    told: list[float] = []

    alarms_of(history(3), on_progress=told.append)

    assert told[-1] == 1.0
    assert told == sorted(told)


def test_too_short_a_history_is_watched_by_nobody(history: History) -> None:
    """Nought alarms of no time at all must not read as a promise."""
    found = alarms_of(history(1))

    assert (found.watched_from, found.n_months, found.surges) == (None, 0.0, ())


def test_machines_and_people_are_played_alike(history: History) -> None:
    """What is yielded is each incident once, whatever it counts for."""
    seen = [replace(each, is_machine=place % 3 == 0) for place, each in enumerate(history(3))]

    assert [each for each, _, _ in replay(seen)] == seen
