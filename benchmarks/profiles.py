"""Profiles of a million contacts at once, in a process of its own, and of one customer for each ticket of a desk.

The contacts of the batch are drawn by numpy, all within the year that is looked at: a million written tickets would
take minutes to generate and measure the generator. How long columns take to become contacts is measured on the same
5,000 tickets again and again. One batch alone: `python -m benchmarks.profiles 1000000`.
"""

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from resource import RUSAGE_SELF, getrusage

import numpy as np
import pyarrow as pa

from benchmarks.measurement import Measurement
from data.exports.ticket_columns import TicketColumns
from data.samples.desk import generate_desk
from training.customers.contact_table import CONTACTS, contact_columns, contact_table
from training.customers.described_desk import describe_desk
from training.customers.profile_table import profile_contacts, profiles_of
from triage.customers.contact import contact_of
from triage.customers.contact_columns import ContactColumns
from triage.customers.forecast import FEATURES, FlyerForecast
from triage.customers.model import CustomerModel
from triage.customers.profile import RatePrior

N_CONTACTS, N_TICKETS, N_CHUNK = 1_000_000, 8_000, 5_000

CONTACTS_PER_CUSTOMER = 13

AS_OF = datetime(2026, 6, 30, 18, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: seconds of its steps, and gigabytes at the peak: of making contacts of columns, and of all."""

    n_customers: int
    contact_seconds: float
    contact_gigabytes: float
    query_seconds: float
    profile_seconds: float
    describe_seconds: float
    gigabytes: float


def run() -> Iterator[Measurement]:
    """The batch, then the tickets one by one."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.profiles", str(N_CONTACTS)], stdout=subprocess.PIPE, text=True, check=True
    )
    batch = Batch(**json.loads(done.stdout))
    yield Measurement(
        f"{N_CONTACTS:,} tickets as columns to contacts",
        f"{batch.contact_seconds:.1f} s, {batch.contact_gigabytes:.1f} GB at the peak",
        f"without reading them: {N_CHUNK:,} tickets, given {N_CONTACTS // N_CHUNK} times",
    )
    of = f"{N_CONTACTS:,} drawn contacts of {batch.n_customers:,} customers"
    yield Measurement("the measures, as a table", f"{batch.query_seconds:.1f} s", of)
    yield Measurement("the same as profiles", f"{batch.profile_seconds:.1f} s", "the query again, and the objects")
    yield Measurement(
        "prior, norms, segments and kinds",
        f"{batch.describe_seconds:.1f} s, {batch.gigabytes:.1f} GB at the peak",
        "the query twice, and everybody judged",
    )
    yield _live()


def profile_batch(n_contacts: int) -> Batch:
    """Draw contacts and profile who made them."""
    chunk = TicketColumns.of(generate_desk(n_tickets=N_CHUNK).tickets)
    begun = time.perf_counter()
    contact_columns((chunk for _ in range(n_contacts // N_CHUNK)), AS_OF)
    contact_seconds, contact_gigabytes = time.perf_counter() - begun, _gigabytes()
    contacts = draw_contacts(n_contacts)
    begun = time.perf_counter()
    n_customers = profile_contacts(contacts, AS_OF, RatePrior()).num_rows
    queried = time.perf_counter()
    for _ in profiles_of(profile_contacts(contacts, AS_OF, RatePrior())):
        pass
    profiled = time.perf_counter()
    describe_desk(contacts, AS_OF)
    described = time.perf_counter()
    return Batch(
        n_customers=n_customers,
        contact_seconds=contact_seconds,
        contact_gigabytes=contact_gigabytes,
        query_seconds=queried - begun,
        profile_seconds=profiled - queried,
        describe_seconds=described - profiled,
        gigabytes=_gigabytes(),
    )


def draw_contacts(n: int) -> pa.Table:
    """Contacts of the year before `AS_OF`: a few customers make many, some columns are sparse, as in an export."""
    chance = np.random.default_rng(7)
    weights = chance.gamma(0.6, size=max(10, n // CONTACTS_PER_CUSTOMER))
    customers = chance.choice(weights.size, n, p=weights / weights.sum())
    opened = np.datetime64(AS_OF.replace(tzinfo=None), "us") - chance.integers(0, 365 * 86_400 * 10**6, n)
    resolved = opened + chance.integers(600, 5 * 86_400, n) * np.timedelta64(1, "s")

    def some(values: np.ndarray, share: float, kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind, mask=chance.random(n) > share)

    def named(name: str, n_names: int, share: float) -> pa.Array:
        names = pa.array([f"{name} {i}" for i in range(n_names)])
        return names.take(some(chance.integers(0, n_names, n), share, pa.int64()))

    columns = {
        "customer_id": pa.array([f"C{i:07d}" for i in range(weights.size)]).take(pa.array(customers)),
        "opened_at": pa.array(opened),
        "ticket_type": pa.array(["incident", "request"]).take(some(chance.integers(0, 2, n), 0.9, pa.int64())),
        "settled_at": some(resolved + np.timedelta64(1, "D"), 0.9, pa.timestamp("us")),
        "service": named("Service", 40, 0.95),
        "topic": named("Topic", 300, 0.95),
        "device": named("Device", 20_000, 0.5),
        "channel": pa.array(["email", "portal", "phone", "chat"]).take(some(chance.integers(0, 4, n), 1, pa.int64())),
        "writing_precision": some(chance.integers(0, 6, n) / 5, 0.95, pa.float64()),
        "asks_how": pa.array(chance.random(n) < 0.1),
        "is_automatic": pa.array(chance.random(n) < 0.05),
        "resolved_at": some(resolved, 0.9, pa.timestamp("us")),
        "reopens": some(chance.poisson(0.1, n), 0.9, pa.int64()),
        "reassignments": some(chance.poisson(0.4, n), 0.9, pa.int64()),
        "first_contact_resolution": some(chance.random(n) < 0.4, 0.9, pa.bool_()),
        "satisfaction": some(chance.integers(1, 6, n).astype(np.float64), 0.2, pa.float64()),
        "used_knowledge": some(chance.random(n) < 0.2, 0.5, pa.bool_()),
    }
    return pa.table(columns, schema=CONTACTS)


def _live() -> Measurement:
    """Each ticket of a generated desk asks about its customer, whose contacts of the year before are given."""
    tickets = generate_desk(n_tickets=N_TICKETS).tickets
    end = max(ticket.filed.opened_at for ticket in tickets if ticket.filed.opened_at)
    norms = describe_desk(contact_table([tickets], end), end).norms
    # weights by hand: they cost what learned ones cost
    model = CustomerModel(norms, FlyerForecast(3, 30, dict.fromkeys(FEATURES, 0.1), -3.0, 0.5))
    known: dict[str, ContactColumns] = defaultdict(lambda: ContactColumns.of([]))
    times = []
    for ticket in tickets:
        customer_id, opened_at = ticket.filed.customer_id, ticket.filed.opened_at
        if customer_id is None or opened_at is None:
            continue
        contacts = known[customer_id]
        begun = time.process_time_ns()
        contacts.plus(contact_of(ticket, opened_at))
        model.describe_all([(customer_id, contacts.until(opened_at), opened_at)])
        times.append((time.process_time_ns() - begun) / 1_000)
    return Measurement(
        f"one customer, for each of {len(times):,} tickets",
        f"{np.median(times):,.0f} µs median, {np.mean(times):,.0f} mean, {np.quantile(times, 0.99):,.0f} p99",
        "processor time, with a forecast; the customer's contacts of before are in memory",
    )


def _gigabytes() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    print(json.dumps(asdict(profile_batch(int(sys.argv[1])))))
