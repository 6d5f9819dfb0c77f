"""Customers: every trait is dealt, and can be seen in what the customer does."""

from collections import Counter, defaultdict
from random import Random
from statistics import median

import pytest

from data.samples import people
from data.samples.desk import Desk
from data.samples.people import TRAITS, SampleCustomer, make_customers


def having(desk: Desk, trait: str) -> list[SampleCustomer]:
    """The customers with a trait."""
    return [customer for customer in desk.customers if trait in customer.traits]


def quiet(desk: Desk) -> list[SampleCustomer]:
    """The majority, who have no trait."""
    return [customer for customer in desk.customers if not customer.traits]


def contacts_by_customer(desk: Desk) -> Counter[str]:
    """How many tickets each customer filed."""
    return Counter(str(ticket.filed.customer_id) for ticket in desk.tickets)


@pytest.mark.parametrize("n_customers", [10, 20, 600])
def test_every_trait_is_dealt_and_most_people_have_none(n_customers: int) -> None:
    """A benchmark of segments needs somebody in each, on the smallest desk too."""
    customers = make_customers(Random(1), n_customers, n_services=36, n_months=18)  # noqa: S311  # dealt, not kept secret

    counts = Counter(trait for customer in customers for trait in customer.traits)
    assert set(counts) == set(TRAITS)
    assert counts["shared_mailbox"] == counts["monitoring"] == 1
    assert len({customer.id for customer in customers}) == n_customers
    assert sum(not customer.traits for customer in customers) >= 0.4 * n_customers


def test_few_customers_make_a_large_part_of_the_contacts(desk: Desk) -> None:
    """Frequent flyers exist because contacts are heavy-tailed."""
    counts = contacts_by_customer(desk)

    heaviest = sum(n for _, n in counts.most_common(len(desk.customers) // 10))
    assert 0.4 <= heaviest / len(desk.tickets) <= 0.75


def test_frequent_callers_lead_the_list(desk: Desk) -> None:
    """Whoever ranks customers by contacts must find them."""
    counts = contacts_by_customer(desk)
    top = {customer_id for customer_id, _ in counts.most_common(60)}
    callers = having(desk, "frequent_caller")

    found = sum(customer.id in top for customer in callers)

    assert found >= 0.75 * len(callers)
    assert median(counts[c.id] for c in callers) >= 8 * median(counts[c.id] for c in quiet(desk))


def test_whatever_a_walking_emp_touches_breaks(desk: Desk) -> None:
    """Incidents across many services are what their segment is recognised by."""
    broken = defaultdict(set)
    contacts, incidents = contacts_by_customer(desk), Counter[str]()
    for ticket in desk.tickets:
        if ticket.ticket_type == "incident":
            broken[str(ticket.filed.customer_id)].add(ticket.category)
            incidents[str(ticket.filed.customer_id)] += 1
    unlucky = having(desk, "walking_emp")

    assert min(len(broken[customer.id]) for customer in unlucky) >= 8
    assert median(len(broken[customer.id]) for customer in unlucky) >= 18
    assert median(incidents[customer.id] / contacts[customer.id] for customer in unlucky) >= 0.85


def test_precise_customers_name_their_environment(desk: Desk) -> None:
    """Well-written tickets are what one would learn from them."""
    precise = {customer.id for customer in having(desk, "precise")}
    told = {True: [0, 0], False: [0, 0]}
    for ticket in desk.tickets:
        tells = "Environment: " in ticket.filed.body or "Umgebung: " in ticket.filed.body
        told[ticket.filed.customer_id in precise][tells] += 1

    assert told[True][True] > told[True][False]
    assert told[False][True] == 0


def test_newcomers_join_late_and_start_with_wishes(desk: Desk) -> None:
    """Profiles must not mistake a late start for silence, nor a new hire's first weeks for a habit."""
    newcomers = {customer.id: customer.joined_month for customer in having(desk, "newcomer")}
    months = defaultdict(list)
    first_types = []
    for ticket in desk.tickets:
        joined = newcomers.get(str(ticket.filed.customer_id))
        if joined is not None and ticket.filed.opened_at is not None:
            month = (ticket.filed.opened_at.year - 2025) * 12 + ticket.filed.opened_at.month - 1
            months[str(ticket.filed.customer_id)].append(month - joined)
            first_types += [ticket.ticket_type] if month == joined else []

    assert min(newcomers.values()) >= 12
    assert months
    assert min(min(since) for since in months.values()) >= 0
    assert first_types.count("request") / len(first_types) > 0.6


def test_the_monitoring_account_only_reports_and_never_rests(desk: Desk) -> None:
    """One account with hundreds of machine-written tickets is a trap of real exports."""
    alerts = [ticket for ticket in desk.tickets if ticket.filed.channel == "monitoring"]
    hours = Counter(ticket.filed.opened_at.hour for ticket in alerts if ticket.filed.opened_at)

    assert {ticket.filed.customer_id for ticket in alerts} == {customer.id for customer in having(desk, "monitoring")}
    assert 0.02 <= len(alerts) / len(desk.tickets) <= 0.06
    assert sum(hours[hour] for hour in range(6)) >= 0.15 * len(alerts)


def test_the_shared_mailbox_is_signed_by_many(desk: Desk) -> None:
    """One customer id may be a dozen people; their habits are nobody's."""
    (mailbox,) = having(desk, "shared_mailbox")

    last_lines = [t.filed.body.splitlines()[-1] for t in desk.tickets if t.filed.customer_id == mailbox.id]

    signed = {line.split()[0] for line in last_lines} & set(people._FIRST_NAMES)
    assert len(signed) > 10
