"""Why tickets come in: everyday needs, releases that go wrong, problems that recur, follow-ups and machine alerts.

A new reason is a method of `Planner` and a share in `_SHARES`.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from math import exp
from random import Random

from data.samples.catalogue import Catalogue, Service
from data.samples.people import SampleCustomer
from data.samples.phrases import ServicePhrases
from data.samples.rhythm import Rhythm

__all__ = ["Occasion", "Planner", "Problem", "Release"]

_SHARES = {"alert": 0.04, "aftermath": 0.05, "recurrence": 0.025, "follow_up": 0.10}
"""Parts of the volume by reason; the rest are everyday needs."""

_AFTERMATH_DAYS = ((1, 0.40), (2, 0.29), (3, 0.18), (6, 0.09), (7, 0.04))
"""A release goes out on a Tuesday evening; most of what it breaks is noticed from Wednesday to Friday."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A cause that is not found for a while: the same symptom of one service again and again."""

    id: str
    service: Service
    symptom: int
    starts_on: date
    n_days: int
    change_id: str | None


@dataclass(frozen=True, slots=True)
class Release:
    """A monthly release of one service on a Tuesday evening, the symptom it brings, and the problem it may leave."""

    change_id: str
    service: Service
    released_on: date
    symptom: int
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Occasion:
    """One reason to contact the desk, before anybody has written a word.

    `symptom` picks a fixed one of the service's phrases where the cause is the same for several tickets. `said` holds,
    by language, what is said of this cause alone, in place of what is said of its service.
    """

    opened_at: datetime
    customer: SampleCustomer
    service: Service
    is_incident: bool
    symptom: int | None = None
    change_id: str | None = None
    problem_id: str | None = None
    is_alert: bool = False
    said: Mapping[str, ServicePhrases] | None = None


class Planner:
    """Plans the occasions of a whole desk.

    Args:
        rng: source of all chance.
        catalogue: what the desk supports.
        customers: who may call; the first is the monitoring account.
        rhythm: when they call.
    """

    def __init__(self, rng: Random, catalogue: Catalogue, customers: Sequence[SampleCustomer], rhythm: Rhythm) -> None:
        self._rng = rng
        self._catalogue = catalogue
        self._customers = customers
        self._rhythm = rhythm
        self._monitored = [service for service in catalogue.services if service.monitored]
        self._cum_rates = self._rates_by_month()
        self._n_problems = 0
        self.releases = self._plan_releases()
        self.problems = self._plan_problems()

    def plan(self, n_occasions: int) -> list[Occasion]:
        """So many occasions, in order of time."""
        reasons = (self._alert, self._aftermath, self._recurrence, None)
        thresholds = tuple(accumulate(_SHARES.values()))
        occasions: list[Occasion] = []
        for _ in range(n_occasions):
            at = bisect_right(thresholds, self._rng.random())
            if at == len(thresholds):
                occasions.append(self._everyday())
            else:
                reason = reasons[at]
                occasions.append(reason() if reason is not None else self._follow_up(occasions))
        occasions.sort(key=lambda occasion: occasion.opened_at)
        return occasions

    def _rates_by_month(self) -> list[list[float]]:
        """Cumulated contact rates of all customers, a list a month; moods last for some months, as troubles do."""
        n_months = self._rhythm.n_months
        rates = [[0.0] * len(self._customers) for _ in range(n_months)]
        for position, customer in enumerate(self._customers):
            spread = 0.8 if "frequent_caller" in customer.traits else 0.55
            mood = self._rng.gauss(0.0, spread)
            for month in range(customer.joined_month, n_months):
                settling_in = 5.0 if "newcomer" in customer.traits and month == customer.joined_month else 1.0
                rates[month][position] = customer.contact_rate * settling_in * exp(mood - spread**2 / 2)
                mood = 0.6 * mood + self._rng.gauss(0.0, 0.8 * spread)
        return [list(accumulate(month)) for month in rates]

    def _plan_releases(self) -> list[Release]:
        released = [service for service in self._catalogue.services if service.released]
        self._rng.shuffle(released)
        releases: list[Release] = []
        for month in range(self._rhythm.n_months):
            months = self._rhythm.start.year * 12 + self._rhythm.start.month - 1 + month
            first = date(months // 12, months % 12 + 1, 1)
            tuesday = first + timedelta(days=(1 - first.weekday()) % 7 + 7)
            if self._rhythm.start <= tuesday <= self._rhythm.end - timedelta(days=7):
                releases.append(self._make_release(released[month % len(released)], tuesday, len(releases) + 1))
        return releases

    def _make_release(self, service: Service, released_on: date, number: int) -> Release:
        change_id = f"CHG{number:05d}"
        symptom = self._rng.randrange(1000)
        leaves_problem = number % 2 == 0
        problem = self._make_problem(service, symptom, released_on, change_id) if leaves_problem else None
        return Release(change_id, service, released_on, symptom, problem)

    def _make_problem(self, service: Service, symptom: int, starts_on: date, change_id: str | None) -> Problem:
        self._n_problems += 1
        n_days = min(self._rng.randrange(25, 70), (self._rhythm.end - starts_on).days)
        return Problem(f"PRB{self._n_problems:05d}", service, symptom, starts_on, n_days, change_id)

    def _plan_problems(self) -> list[Problem]:
        """The problems that releases leave, and about one in two months that nobody's change has caused."""
        problems = [release.problem for release in self.releases if release.problem is not None]
        for month in range(0, self._rhythm.n_months, 2):
            n_days = (self._rhythm.end - self._rhythm.start).days
            day = self._rhythm.start + timedelta(days=min(n_days, 30 * month + self._rng.randrange(30)))
            problems.append(self._make_problem(self._any_service(), self._rng.randrange(1000), day, None))
        return problems

    def _any_service(self) -> Service:
        weights = self._catalogue.cum_weights
        return self._catalogue.services[bisect_right(weights, self._rng.random() * weights[-1])]

    def _who_calls(self, moment: datetime) -> SampleCustomer:
        rates = self._cum_rates[self._rhythm.month_of(moment.date())]
        return self._customers[bisect_right(rates, self._rng.random() * rates[-1])]

    def _everyday(self) -> Occasion:
        moment = self._rhythm.any_moment(self._rng)
        customer = self._who_calls(moment)
        return self._need(customer, moment, self._service_for(customer))

    def _service_for(self, customer: SampleCustomer) -> Service:
        services = self._catalogue.services
        if "walking_emp" in customer.traits:
            return services[int(self._rng.random() * len(services))]
        if customer.favourites and self._rng.random() < 0.35:
            return services[self._rng.choice(customer.favourites)]
        return self._any_service()

    def _need(self, customer: SampleCustomer, moment: datetime, service: Service) -> Occasion:
        incident_ratio = service.incident_ratio
        if "walking_emp" in customer.traits:
            incident_ratio = 0.93
        elif "newcomer" in customer.traits and self._rhythm.month_of(moment.date()) == customer.joined_month:
            incident_ratio *= 0.35
        return Occasion(moment, customer, service, is_incident=self._rng.random() < incident_ratio)

    def _alert(self) -> Occasion:
        moment = self._rhythm.round_the_clock(self._rng)
        service = self._rng.choice(self._monitored)
        return Occasion(moment, self._customers[0], service, is_incident=True, is_alert=True)

    def _aftermath(self) -> Occasion:
        if not self.releases:
            return self._everyday()
        release = self._rng.choice(self.releases)
        days, weights = zip(*_AFTERMATH_DAYS, strict=True)
        day = release.released_on + timedelta(days=self._rng.choices(days, weights)[0])
        moment = self._rhythm.moment_on(self._rng, day)
        known = release.problem is not None and self._rng.random() < 0.6
        return Occasion(
            moment,
            self._who_calls(moment),
            release.service,
            is_incident=True,
            symptom=release.symptom if self._rng.random() < 0.6 else None,
            change_id=release.change_id,
            problem_id=release.problem.id if release.problem is not None and known else None,
        )

    def _recurrence(self) -> Occasion:
        problem = self._rng.choice(self.problems)
        day = problem.starts_on + timedelta(days=int(problem.n_days * self._rng.random()))
        if day.weekday() >= 5:
            day -= timedelta(days=day.weekday() - 4)
        moment = self._rhythm.moment_on(self._rng, max(day, self._rhythm.start))
        return Occasion(
            moment,
            self._who_calls(moment),
            problem.service,
            is_incident=True,
            symptom=problem.symptom,
            change_id=problem.change_id,
            problem_id=problem.id,
        )

    def _follow_up(self, earlier: Sequence[Occasion]) -> Occasion:
        """The same customer some days after an earlier contact, mostly with the same service."""
        cause = earlier[int(self._rng.random() * len(earlier))] if earlier else None
        if cause is None or cause.is_alert:
            return self._everyday()
        day = cause.opened_at.date() + timedelta(days=1 + int(self._rng.expovariate(0.2)))
        if day.weekday() >= 5:
            day += timedelta(days=7 - day.weekday())
        if day > self._rhythm.end:
            return self._everyday()
        moment = self._rhythm.moment_on(self._rng, day)
        service = cause.service if self._rng.random() < 0.6 else self._service_for(cause.customer)
        return self._need(cause.customer, moment, service)
