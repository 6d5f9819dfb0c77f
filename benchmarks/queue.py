"""How long the queue's pages take where much waits and much was answered before."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert, literal, select
from starlette.testclient import TestClient

from api.answers import predictions_answer
from api.app import create_app
from benchmarks.measurement import Measurement
from benchmarks.sizes.databases import answers_postgresql, empty_postgresql
from benchmarks.sizes.models import draw_model, serve_model
from benchmarks.sizes.size import Size
from benchmarks.sizes.vocabulary import draw_vocabulary
from data import sessions, users
from data.database import Json, UtcDateTime, open_database, writing
from data.schema import upgrade
from data.tables import outcomes, predictions, review_queue, reviews, tickets
from triage.model import TriageModel
from triage.settings import Settings
from triage.ticket import NewTicket

__all__ = ["run"]

N_WAITING, N_ANSWERS_EACH, N_REVIEWED = 100_000, 10, 20_000
N_CUSTOMERS, N_ASKED, CHUNK = 5_000, 20, 5_000

PAGES = {
    "the queue": "/",
    "by group": "/?group={group}",
    "by question and age": "/?target=target_0&age=24",
    "by customers": "/?segment=troubled",
    "filters that hide all": "/?source=nowhere",
    "one ticket": "/tickets/T99",
}


def run() -> Iterator[Measurement]:
    """On SQLite; and on PostgreSQL, where there is one."""
    with tempfile.TemporaryDirectory(prefix="triage-queue-") as folder:
        yield from _measured(Path(folder), "SQLite", f"sqlite:///{folder}/triage.db")
    if answers_postgresql():
        with tempfile.TemporaryDirectory(prefix="triage-queue-") as folder, empty_postgresql() as url:
            yield from _measured(Path(folder), "PostgreSQL", url)


def _measured(home: Path, kind: str, url: str) -> Iterator[Measurement]:
    size = Size()
    vocabulary = draw_vocabulary(size.n_terms)
    model = draw_model(vocabulary, size)
    serve_model(home, model)
    engine = open_database(url)
    upgrade(engine)
    print(f"filling {kind}", file=sys.stderr)
    group = _fill(engine, model)
    with writing(engine) as connection:
        person = users.add(connection, "lead@example.org", "lead", None, datetime.now(UTC))
        token = sessions.open_session(connection, person.id, datetime.now(UTC))
    engine.dispose()
    settings = Settings(_env_file=None, home=home, database_url=url)
    with TestClient(create_app(settings), "https://testserver", headers={"Accept": "text/html"}) as client:
        client.cookies.set("__Host-triage", token, domain="testserver.local")
        for what, path in PAGES.items():
            seconds, n_bytes = [], 0
            for _ in range(N_ASKED + 1):
                begun = time.perf_counter()
                answer = client.get(path.format(group=group))
                seconds.append(time.perf_counter() - begun)
                n_bytes = len(answer.content)
                if not answer.is_success:
                    raise RuntimeError(f"{path} was answered {answer.status_code}")
            median, slowest = statistics.median(seconds[1:]), max(seconds[1:])
            yield Measurement(
                f"{what}, {kind}",
                f"{1000 * median:.0f} ms, at most {1000 * slowest:.0f}",
                f"{n_bytes / 1000:.0f} kB; {N_WAITING:,} wait, {N_WAITING * N_ANSWERS_EACH:,} answers are stored",
                {"median_ms": 1000 * median, "slowest_ms": 1000 * slowest, "bytes": n_bytes, "n_waiting": N_WAITING},
            )


def _fill(engine: Engine, model: TriageModel) -> str:
    """Tickets that wait, each answered about several times; the group that is suggested of each."""
    now = datetime.now(UTC)
    text = " ".join(model.view.known[:12])
    (answers,) = model.score([NewTicket(id="T0", subject=text, body=text)])
    said = predictions_answer(answers)
    group = answers[0].value
    for first in range(0, N_WAITING, CHUNK):
        rows = [_ticket(n, text, now) for n in range(first, first + CHUNK)]
        waiting = [_entry(n, group, [answer.target for answer in answers], now) for n in range(first, first + CHUNK)]
        with writing(engine) as connection:
            connection.execute(insert(tickets), rows)
            connection.execute(insert(review_queue), waiting)
    one_each = select(
        tickets.c.id, literal(model.version), literal(now, UtcDateTime()), literal(json.loads(said), Json)
    )
    for _ in range(N_ANSWERS_EACH):
        with writing(engine) as connection:
            columns = ["ticket_id", "model_version", "created_at", "answers"]
            connection.execute(insert(predictions).from_select(columns, one_each))
    with writing(engine) as connection:
        connection.execute(insert(reviews), [_review(n, group, now) for n in range(N_REVIEWED)])
        connection.execute(
            insert(outcomes),
            [
                {"ticket_id": f"T{n}", "target": "priority", "value": "3", "provenance": "human", "source": "review"}
                | {"at": now, "model_version": None}
                for n in range(N_REVIEWED)
            ],
        )
    with writing(engine) as connection:
        connection.exec_driver_sql("ANALYZE")
    return group


def _ticket(n: int, text: str, now: datetime) -> dict[str, object]:
    return {
        "id": f"T{n}",
        "subject": f"{text[:60]} {n}",
        "body": f"{text}\n" * 5,
        "opened_at": now - timedelta(minutes=n),
        "customer_id": f"c{n % N_CUSTOMERS}",
        "channel": "email",
        "attributes": {"location": "Lyon"},
        "outcome_attributes": {},
        "writing_precision": 0.5,
        "asks_how": False,
        "is_automatic": False,
        "first_seen_at": now,
        "updated_at": now,
    }


def _entry(n: int, group: str, targets: list[str], now: datetime) -> dict[str, object]:
    return {
        "ticket_id": f"T{n}",
        "rank": float(n * 7919 % N_WAITING),
        "targets": targets,
        "settled": [],
        "waits": True,
        "model_version": "1",
        "opened_at": now - timedelta(minutes=n),
        "source": "desk",
        "assignment_group": group if n % 9 else "another",
        "segments": ",troubled," if n % 40 == 0 else ",newcomer,",
        "is_blind": False,
    }


def _review(n: int, group: str, now: datetime) -> dict[str, object]:
    return {
        "ticket_id": f"T{n}",
        "target": "target_0",
        "suggested": group,
        "confidence": 0.6,
        "model_version": "1",
        "verdict": "skipped" if n % 10 == 0 else "accepted",
        "value": None if n % 10 == 0 else group,
        "reviewer": "user:somebody",
        "at": now - timedelta(minutes=n),
        "seconds": 3.0,
    }
