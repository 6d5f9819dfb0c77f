"""When the watch tells of a surge and when not, that it tells once, and when a surge is over."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random

import pytest

from triage.surges.replay import learn_from
from triage.surges.seen import Kind, Seen
from triage.surges.surge import MOST_TICKETS, Surge
from triage.surges.usual import Usual
from triage.surges.watch import FEWEST_TICKETS, Watch

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MAIL = Kind("service", "Mail")

Incident = Callable[..., Seen]


@pytest.fixture
def usual(history: Callable[..., list[Seen]], monday: datetime) -> Usual:
    """What is to be expected of an ordinary desk."""
    learned = learn_from(history(), monday)
    assert learned is not None
    return learned


@pytest.fixture
def nine(monday: datetime) -> datetime:
    """A moment at which people work."""
    return monday + 9 * HOUR


def looked(watch: Watch, seen: Iterable[Seen]) -> list[Surge]:
    """Gives incidents one after the other; the surges that began, as they were in the end."""
    found: dict[tuple[datetime, Kind], Surge] = {}
    for each in seen:
        for surge in watch.look([each], each.at):
            found[surge.raised_at, surge.raised_by[0]] = surge
    return list(found.values())


def every(minutes: float, n: int, start: datetime) -> list[datetime]:
    """So many moments, one every few minutes."""
    return [start + place * minutes * MINUTE for place in range(n)]


def test_many_people_with_one_service_at_once_are_a_surge(usual: Usual, incident: Incident, nine: datetime) -> None:
    """The lead hears of the outage from the desk, before the hotline is engaged."""
    outage = [incident(at, terms=("please", "outlook", "down")) for at in every(1, 12, nine)]

    (surge,) = looked(Watch(usual), outage)

    assert surge.raised_at <= nine + 8 * MINUTE
    assert surge.started_at == nine
    assert surge.place == "Mail"
    assert surge.n_observed == 12
    assert surge.n_expected < 2
    assert surge.words[0] == "down"
    assert surge.tickets == tuple(seen.id for seen in outage)


def test_an_ordinary_day_is_none(usual: Usual, history: Callable[..., list[Seen]]) -> None:
    """Each false alarm costs the trust that the next true one needs."""
    assert looked(Watch(usual), history()) == []


def test_a_busy_day_is_none(usual: Usual, incident: Incident, monday: datetime) -> None:
    """Half as much again on a Monday is a Monday; alarms there would be switched off within a week."""
    rng = Random(2)  # noqa: S311  (chance, not secrecy)
    moments = sorted(monday + 8 * HOUR + 8 * HOUR * rng.random() for _ in range(36))
    busy = [incident(at, rng.choice(["Mail", "VPN", "ERP"])) for at in moments]

    assert looked(Watch(usual), busy) == []


def test_a_large_desk_on_a_bad_day_is_none(
    history: Callable[..., list[Seen]], incident: Incident, monday: datetime
) -> None:
    """Where hundreds come every day, half as many again is no chance, and still nobody's major incident."""
    usual = learn_from(history(4, 600), monday)
    assert usual is not None
    rng = Random(2)  # noqa: S311  (chance, not secrecy)
    moments = sorted(monday + 8 * HOUR + 8 * HOUR * rng.random() for _ in range(1_000))
    busy = [incident(at, rng.choice(["Mail", "VPN", "ERP"])) for at in moments]

    assert Watch(usual).look(busy, monday + 17 * HOUR) == []


@pytest.mark.parametrize("n", [1, 2, 4])
def test_a_few_incidents_where_none_was_expected_are_none(
    usual: Usual, incident: Incident, monday: datetime, n: int
) -> None:
    """As others have reported: one hit of a new value, or four on a Sunday with two usual, was a spike."""
    sunday_night = monday + timedelta(days=6, hours=3)

    assert n < FEWEST_TICKETS
    assert (
        looked(Watch(usual), [incident(at, "New", terms=("never-seen-1",)) for at in every(1, n, sunday_night)]) == []
    )


def test_one_person_raises_no_alarm_and_neither_do_two(usual: Usual, incident: Incident, nine: datetime) -> None:
    """Who files twenty tickets in an hour needs a call, not a major incident."""
    angry = [incident(at, customer_id="u1", terms=("tun-4471",)) for at in every(1, 20, nine)]
    pair = [incident(at, customer_id=f"u{n % 2}", terms=("tun-9",)) for n, at in enumerate(every(1, 20, nine))]

    assert looked(Watch(usual), angry) == []
    assert looked(Watch(usual), pair) == []


def test_one_machine_raises_no_alarm_and_several_are_a_kind_of_their_own(
    usual: Usual, incident: Incident, nine: datetime
) -> None:
    """Monitoring that floods the desk says nothing about how many people are hit."""
    flood = [incident(at, customer_id="monitoring", is_machine=True) for at in every(0.5, 40, nine)]
    several = [incident(at, customer_id=f"probe{n % 6}", is_machine=True) for n, at in enumerate(every(0.5, 40, nine))]

    assert looked(Watch(usual), flood) == []
    (surge,) = looked(Watch(usual), several)
    assert surge.kind.dimension == "machine"


def test_a_rare_word_in_tickets_of_several_services_is_a_surge(
    usual: Usual, incident: Incident, nine: datetime
) -> None:
    """A certificate that expired shows in mail, VPN and ERP alike; only its code joins them."""
    services = ["Mail", "VPN", "ERP", None]
    hit = [
        incident(at, services[n % 4], group=None, terms=("please", "cert-0815"))
        for n, at in enumerate(every(20, 10, nine))
    ]

    (surge,) = looked(Watch(usual), hit)

    assert surge.kind == Kind("topic", "cert-0815")
    assert surge.name == "Several services: cert-0815"
    assert surge.n_observed == 10


def test_one_occurrence_is_one_surge_however_many_kinds_are_alarmed(
    usual: Usual, incident: Incident, nine: datetime
) -> None:
    """As others have reported: one fault raised dozens of alarms, for its host, its service and each of its errors."""
    words = [("server", "unavailable"), ("tunnel", "gw-7"), ("verbindung", "weg")]
    outage = [incident(at, "VPN", terms=words[n % 3]) for n, at in enumerate(every(0.5, 60, nine))]

    (surge,) = looked(Watch(usual), outage)

    assert surge.kind == Kind("service", "VPN")
    assert surge.n_observed == 60
    assert len(surge.raised_by) > 2


def test_the_more_specific_kind_names_it_where_it_covers_most(usual: Usual, incident: Incident, nine: datetime) -> None:
    """'VPN' is vague where every ticket says TUN-4471, and wrong where one in five does."""
    most = [incident(at, "VPN", terms=("tun-4471",)) for at in every(1, 15, nine)]
    few = [
        incident(at, "VPN", terms=("tun-4471",) if n % 5 == 0 else ("x-9",)) for n, at in enumerate(every(1, 40, nine))
    ]

    assert looked(Watch(usual), most)[0].kind == Kind("topic", "tun-4471")
    assert looked(Watch(usual), few)[0].kind != Kind("topic", "tun-4471")


def test_two_occurrences_at_once_are_two(usual: Usual, incident: Incident, nine: datetime) -> None:
    """Whoever works on the mail server must not believe that the payroll is being looked after too."""
    mail = [incident(at, "Mail", terms=("outlook",)) for at in every(1, 20, nine)]
    payroll = [incident(at, "ERP", terms=("payslip",)) for at in every(1, 20, nine + 30 * MINUTE)]

    found = looked(Watch(usual), sorted([*mail, *payroll], key=lambda seen: seen.at))

    assert sorted(str(surge.place) for surge in found) == ["ERP", "Mail"]


def test_a_surge_is_over_when_the_rate_is_usual_again(usual: Usual, incident: Incident, nine: datetime) -> None:
    """A banner that stays for days is not read on the day that it matters."""
    watch = Watch(usual)
    looked(watch, [incident(at) for at in every(1, 20, nine)])

    assert watch.look([], nine + 50 * MINUTE) == []
    (ended,) = watch.look([], nine + 20 * MINUTE + 70 * MINUTE)
    assert ended.ended_at == nine + 90 * MINUTE
    assert watch.look([], nine + 3 * HOUR) == []


def test_what_comes_again_on_the_same_day_is_the_same_surge(usual: Usual, incident: Incident, nine: datetime) -> None:
    """As others have reported: what came and went was told as new each time, and nobody looked any more."""
    watch = Watch(usual)
    first = looked(watch, [incident(at) for at in every(1, 20, nine)])
    watch.look([], nine + 4 * HOUR)

    again = looked(watch, [incident(at) for at in every(1, 20, nine + 5 * HOUR)])

    assert [surge.raised_at for surge in again] == [surge.raised_at for surge in first]
    assert again[0].n_observed == 40


def test_stragglers_of_a_surge_that_has_ended_raise_no_new_one(
    usual: Usual, incident: Incident, nine: datetime
) -> None:
    """The window of a day holds the outage of the morning until the next one."""
    watch = Watch(usual)
    looked(watch, [incident(at) for at in every(1, 20, nine)])
    watch.look([], nine + 2 * HOUR)

    assert looked(watch, [incident(at) for at in every(60, 3, nine + 3 * HOUR)]) == []


def test_another_process_goes_on_where_one_has_ended(usual: Usual, incident: Incident, nine: datetime) -> None:
    """As others have reported: after a restart the same rule fired again, or not at all."""
    outage = [incident(at) for at in every(1, 30, nine)]
    first = Watch(usual)
    (surge,) = looked(first, outage[:20])

    second = Watch(usual, [surge])
    changed = second.look(outage, nine + 30 * MINUTE)

    assert [(each.raised_at, each.n_observed) for each in changed] == [(surge.raised_at, 30)]


def test_incidents_that_come_late_and_out_of_order_count_where_they_belong(
    usual: Usual, incident: Incident, nine: datetime
) -> None:
    """Mail is delivered when it is delivered."""
    outage = [incident(at) for at in every(1, 20, nine)]
    Random(3).shuffle(outage)  # noqa: S311  (chance, not secrecy)

    (surge,) = Watch(usual).look(outage, nine + 20 * MINUTE)

    assert surge.started_at == nine
    assert surge.n_observed == 20
    assert list(surge.tickets) == [seen.id for seen in sorted(outage, key=lambda seen: seen.at)]


def test_a_huge_surge_keeps_a_bounded_number_of_tickets_and_counts_on(
    usual: Usual, incident: Incident, nine: datetime
) -> None:
    """Ten thousand people without mail are no reason to write ten thousand ids every minute."""
    watch = Watch(usual)
    watch.look([incident(at) for at in every(0.01, MOST_TICKETS + 200, nine)], nine + 15 * MINUTE)
    (surge,) = watch.look([incident(nine + 16 * MINUTE)], nine + 16 * MINUTE)

    assert len(surge.tickets) == MOST_TICKETS
    assert surge.n_observed == MOST_TICKETS + 201


def test_what_is_old_is_forgotten(usual: Usual, incident: Incident, nine: datetime) -> None:
    """A process runs for months."""
    watch = Watch(usual)
    old = incident(nine)
    watch.look([old], nine)

    watch.look([], nine + 48 * HOUR)

    assert not watch.has(old.id)


def test_the_chart_has_what_came_and_what_was_expected(usual: Usual, incident: Incident, nine: datetime) -> None:
    """A lead believes what he can see."""
    watch = Watch(usual)
    (surge,) = looked(watch, [incident(at) for at in every(4, 30, nine)])

    hours = watch.hours(surge, 72)

    assert [hour.hour for hour, _, _ in hours] == [6, 7, 8, 9, 10]
    assert [n for _, n, _ in hours] == [0, 0, 0, 15, 15]
    assert all(0 <= expected < 3 for _, _, expected in hours)
    assert len(watch.hours(surge, 2)) == 2
