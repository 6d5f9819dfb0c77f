"""How long pages take over a million tickets, and how long these take to be counted.

A page is a name and a path in `PAGES`.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, insert, select
from starlette.testclient import TestClient

from api.app import create_app
from benchmarks.measurement import Measurement
from benchmarks.sizes.databases import answers_postgresql, empty_postgresql
from benchmarks.sizes.models import draw_model, serve_model
from benchmarks.sizes.size import Size
from benchmarks.sizes.vocabulary import draw_vocabulary
from data import sessions, users
from data.database import open_database, reading, writing
from data.measures import refresh
from data.schema import upgrade
from data.tables import handovers, jobs, tickets
from triage.settings import Settings

__all__ = ["run"]

N_TICKETS, N_DAYS, N_CUSTOMERS, N_ASKED, CHUNK = 1_000_000, 1_095, 50_000, 10, 10_000
QUIET_SECONDS, MOST_SECONDS_TO_WAIT = 90.0, 600.0

PAGES = {
    "measures of 30 days": "/measures",
    "measures of a year": "/measures?days=365",
    "measures of a year by service": "/measures?days=365&by=service",
    "measures for programs, a year": "/v1/measures?since={year_ago}",
    "problems": "/problems",
    "surges": "/surges",
    "team": "/team",
    "knowledge": "/knowledge",
    "one ticket": "/tickets/T99",
}
"""Those that are not there are left out."""

_NOT_THERE = 404


def run() -> Iterator[Measurement]:
    """On SQLite; and on PostgreSQL, where there is one."""
    with tempfile.TemporaryDirectory(prefix="triage-pages-") as folder:
        yield from _measured(Path(folder), "SQLite", f"sqlite:///{folder}/triage.db")
    if answers_postgresql():
        with tempfile.TemporaryDirectory(prefix="triage-pages-") as folder, empty_postgresql() as url:
            yield from _measured(Path(folder), "PostgreSQL", url)


def _measured(home: Path, kind: str, url: str) -> Iterator[Measurement]:
    size = Size()
    serve_model(home, draw_model(draw_vocabulary(size.n_terms), size))
    engine = open_database(url)
    upgrade(engine)
    now = datetime.now(UTC)
    print(f"filling {kind}", file=sys.stderr)
    _fill(engine, now)
    yield _counted(engine, kind, "all days, the first time", now)
    _touch(engine, now + timedelta(minutes=10))
    yield _counted(engine, kind, "again, after 100 new tickets", now + timedelta(minutes=11))
    with writing(engine) as connection:
        person = users.add(connection, "lead@example.org", "lead", None, now)
        token = sessions.open_session(connection, person.id, now)
    engine.dispose()
    settings = Settings(_env_file=None, home=home, database_url=url)
    with TestClient(create_app(settings), "https://testserver", headers={"Accept": "text/html"}) as client:
        client.cookies.set("__Host-triage", token, domain="testserver.local")
        _wait_for_the_first_counts(engine)
        for what, path in PAGES.items():
            asked = path.format(year_ago=(now - timedelta(days=365)).date())
            yield from _asked(client, kind, what, asked)


def _wait_for_the_first_counts(engine: Engine) -> None:
    """What a service does once after its start is no page's cost: waits until no job is under way for a while."""
    give_up, quiet_since = time.monotonic() + MOST_SECONDS_TO_WAIT, time.monotonic()
    print("waiting for the first counts", file=sys.stderr)
    while time.monotonic() < give_up and time.monotonic() - quiet_since < QUIET_SECONDS:
        with reading(engine) as connection:
            if connection.scalar(select(func.count()).where(jobs.c.leased_until.is_not(None))):
                quiet_since = time.monotonic()
        time.sleep(1)


def _asked(client: TestClient, kind: str, what: str, path: str) -> Iterator[Measurement]:
    seconds, n_bytes = [], 0
    for _ in range(N_ASKED + 1):
        begun = time.perf_counter()
        answer = client.get(path)
        seconds.append(time.perf_counter() - begun)
        n_bytes = len(answer.content)
        if answer.status_code == _NOT_THERE:
            return
        if not answer.is_success:
            raise RuntimeError(f"{path} was answered {answer.status_code}")
    median, slowest = statistics.median(seconds[1:]), max(seconds[1:])
    yield Measurement(
        f"{what}, {kind}",
        f"{1000 * median:.0f} ms, at most {1000 * slowest:.0f}",
        f"{n_bytes / 1000:.0f} kB; {N_TICKETS:,} tickets of {N_DAYS:,} days",
        {"median_ms": 1000 * median, "slowest_ms": 1000 * slowest, "bytes": n_bytes, "n_tickets": N_TICKETS},
    )


def _counted(engine: Engine, kind: str, what: str, now: datetime) -> Measurement:
    begun = time.perf_counter()
    done = refresh(engine, now)
    seconds = time.perf_counter() - begun
    n_days = 0 if done is None else done.n_days
    beside = f"{n_days:,} days of {N_TICKETS:,} tickets"
    return Measurement(f"counting {what}, {kind}", f"{seconds:.1f} s", beside, {"seconds": seconds, "n_days": n_days})


def _fill(engine: Engine, now: datetime) -> None:
    """Tickets of three years, some open still, one of eight handed on."""
    for first in range(0, N_TICKETS, CHUNK):
        rows = [_ticket(n, now) for n in range(first, first + CHUNK)]
        handed = [
            {"ticket_id": f"T{n}", "place": 0, "from_group": f"Group {n % 40}", "to_group": f"Group {n * 7 % 40}"}
            for n in range(first, first + CHUNK, 8)
        ]
        with writing(engine) as connection:
            connection.execute(insert(tickets), rows)
            connection.execute(insert(handovers), handed)
    with writing(engine) as connection:
        connection.exec_driver_sql("ANALYZE")


def _touch(engine: Engine, now: datetime) -> None:
    fresh = {"opened_at": now, "resolved_at": None, "closed_at": None, "updated_at": now}
    rows = [_ticket(N_TICKETS + n, now) | fresh for n in range(100)]
    with writing(engine) as connection:
        connection.execute(insert(tickets), rows)


def _ticket(n: int, now: datetime) -> dict[str, object]:
    opened = now - timedelta(days=N_DAYS * (n * 7_919 % N_TICKETS) / N_TICKETS)
    took = timedelta(minutes=2 ** (n * 31 % 150 / 10))
    resolved = opened + took if opened + took < now and n % 200 else None
    return {
        "id": f"T{n}",
        "subject": f"the tunnel drops {n}",
        "body": "since this morning, on every network\n" * 3,
        "opened_at": opened,
        "customer_id": f"c{n % N_CUSTOMERS if n % 3 else n % 500}",
        "channel": ("email", "phone", "portal", "chat")[n % 4],
        "attributes": {"service": f"Service {n * 13 % 60}", "location": "Lyon"},
        "ticket_type": "incident" if n % 9 < 5 else "request",
        "assignment_group": f"Group {n * 7 % 40}",
        "resolved_at": resolved,
        "closed_at": None if resolved is None or resolved + timedelta(days=5) > now else resolved + timedelta(days=5),
        "reassignments": 0 if n % 8 else 1 + n % 5,
        "reopens": int(n % 50 == 0),
        "made_sla": n % 7 != 0,
        "satisfaction": float(1 + n % 5) if n % 6 == 0 else None,
        "first_contact_resolution": n % 3 == 0,
        "outcome_attributes": {},
        "writing_precision": 0.5,
        "asks_how": False,
        "is_automatic": False,
        "first_seen_at": now - timedelta(days=1),
        "updated_at": now - timedelta(days=1),
    }
