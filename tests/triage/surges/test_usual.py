"""What is expected of each kind: the desk's own week, undisturbed by holidays and by surges of the past."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from triage.surges.replay import learn_from
from triage.surges.seen import ALL, Kind, Seen
from triage.surges.usual import Usual

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAIL = Kind("service", "Mail")

Incident = Callable[..., Seen]
History = Callable[..., list[Seen]]


def learned(seen: list[Seen], monday: datetime) -> Usual:
    """What is to be expected from Monday on; there is history enough."""
    usual = learn_from(sorted(seen, key=lambda each: each.at), monday)
    assert usual is not None
    return usual


def test_the_week_of_the_desk_is_learned(history: History, monday: datetime) -> None:
    """A Monday morning with twenty incidents is no outage, a Sunday night with five is."""
    usual = learned(history(), monday)

    assert 22 < usual.expected(ALL, monday, monday + DAY) < 26
    assert usual.expected(ALL, monday + 5 * DAY, monday + 6 * DAY) < 5
    assert usual.expected(ALL, monday + 12 * HOUR, monday + 13 * HOUR) > 2
    assert usual.expected(ALL, monday + 2 * HOUR, monday + 3 * HOUR) < 0.2
    assert 6 < usual.expected(MAIL, monday, monday + DAY) < 10


def test_what_is_expected_adds_up_over_any_window(history: History, monday: datetime) -> None:
    """Windows begin at any second and cross midnight and the week's end."""
    usual = learned(history(), monday)
    start = monday - timedelta(hours=7, minutes=13, seconds=20)
    cuts = [start, start + timedelta(minutes=15), start + 3 * HOUR, start + 9 * DAY]

    parts = [usual.expected(ALL, since, until) for since, until in pairwise(cuts)]
    assert sum(parts) == pytest.approx(usual.expected(ALL, cuts[0], cuts[-1]))
    assert min(parts) >= 0


def test_a_quiet_week_does_not_make_the_next_one_look_busy(history: History, monday: datetime) -> None:
    """After the holidays everybody is back, and that is no incident."""
    whole = history()
    quiet = [
        seen for seen in whole if not monday - 14 * DAY <= seen.at < monday - 7 * DAY or int(seen.id[1:]) % 10 == 0
    ]

    assert learned(quiet, monday).expected(ALL, monday, monday + 5 * DAY) == pytest.approx(
        learned(whole, monday).expected(ALL, monday, monday + 5 * DAY), rel=0.05
    )


def test_a_surge_of_the_past_does_not_hide_the_next_one(history: History, incident: Incident, monday: datetime) -> None:
    """As others have reported: a threshold of mean and deviation was raised for weeks by one campaign."""
    outage = [incident(monday - 6 * DAY + 10 * HOUR + n * timedelta(seconds=30)) for n in range(150)]

    before, after = learned(history(), monday), learned([*history(), *outage], monday)

    tuesday = monday + DAY
    assert after.expected(MAIL, tuesday, tuesday + DAY) < 1.5 * before.expected(MAIL, tuesday, tuesday + DAY)
    assert after.dispersion(MAIL, DAY) < before.dispersion(MAIL, DAY) + 0.1


def test_days_that_differ_more_than_by_chance_are_noticed(
    history: History, incident: Incident, monday: datetime
) -> None:
    """A desk whose calls come in bursts would be alarmed by every one of them."""
    calm = history()
    uneven = [seen for seen in calm if seen.at.day % 2 or int(seen.id[1:]) % 10 < 6] + [
        incident(seen.at, seen.service) for seen in calm if seen.at.day % 2 and int(seen.id[1:]) % 2
    ]

    assert learned(calm, monday).dispersions["all"][2] < 0.03
    assert learned(uneven, monday).dispersions["all"][2] > 0.03


def test_a_rare_kind_follows_the_shape_of_the_desk(history: History, incident: Incident, monday: datetime) -> None:
    """Three incidents in eight weeks say how many to expect, and nothing of the hour."""
    rare = [incident(monday - (7 * week + 4) * DAY + 9 * HOUR, "Badges") for week in range(3)]

    usual = learned([*history(), *rare], monday)

    badges = Kind("service", "Badges")
    assert 0.2 < usual.expected(badges, monday, monday + 7 * DAY) < 0.6
    assert usual.expected(badges, monday + 10 * HOUR, monday + 11 * HOUR) > 10 * usual.expected(
        badges, monday + 2 * HOUR, monday + 3 * HOUR
    )
    assert usual.dispersion(badges, DAY) > usual.dispersion(MAIL, DAY)


def test_a_service_that_nobody_named_before_counts_as_named_once(history: History, monday: datetime) -> None:
    """A new service fails too; that nothing was expected of it must not make one ticket a surge."""
    usual = learned(history(), monday)

    expected = usual.expected(Kind("service", "New"), monday, monday + 7 * DAY)
    assert 0 < expected < usual.expected(MAIL, monday, monday + 7 * DAY) / 10


def test_words_are_expected_in_their_share_and_common_ones_are_no_topic(
    history: History, incident: Incident, monday: datetime
) -> None:
    """'please' rises with everything; an error code that one ticket in a thousand has tells what failed."""
    seen = [*history(), *(incident(monday - n * DAY, terms=("tun-4471",)) for n in range(1, 6))]

    usual = learned(seen, monday)

    assert not usual.is_topic("please")
    assert usual.is_topic("tun-4471")
    assert usual.share("tun-4471") == pytest.approx(5 / len(seen))
    assert usual.share("unheard") == pytest.approx(1 / len(seen))
    assert usual.expected(Kind("topic", "tun-4471"), monday, monday + 7 * DAY) == pytest.approx(
        usual.share("tun-4471") * usual.expected(ALL, monday, monday + 7 * DAY)
    )


@pytest.mark.parametrize("n_weeks", [0, 1])
def test_with_less_than_two_weeks_nothing_is_expected(history: History, monday: datetime, n_weeks: int) -> None:
    """On the first days of a desk everything is new, and an alarm about everything is none."""
    assert learn_from(history(n_weeks), monday) is None


def test_what_was_learned_is_the_same_from_json(history: History, monday: datetime) -> None:
    """One process learns, the others read what it wrote."""
    usual = learned(history(), monday)

    again = Usual.from_json(usual.to_json())

    for kind in (ALL, MAIL, Kind("topic", "outlook"), Kind("service", "New")):
        since = datetime(2026, 3, 4, 7, 20, tzinfo=UTC)
        assert again.expected(kind, since, since + 5 * HOUR) == pytest.approx(
            usual.expected(kind, since, since + 5 * HOUR), rel=1e-3
        )
        assert again.dispersion(kind, HOUR) == usual.dispersion(kind, HOUR)
    assert [again.n_kinds(each) for each in ("service", "topic")] == [
        usual.n_kinds(each) for each in ("service", "topic")
    ]
