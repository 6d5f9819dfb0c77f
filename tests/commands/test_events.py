"""Events on the command line; what is the same for all that waits is tried with the outbox."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import Result

from commands import waiting
from commands.events import app
from data import audit, events
from data.connectors.connector import Delivery, Secrets
from data.connectors.standard_webhooks import verify
from data.database import open_database, reading, writing
from data.schema import upgrade
from tests.data.test_subscribers import secret
from tests.triage.test_subscribers import make_subscriber
from triage.errors import Conflict, NotFound, UnusableSources

Run = Callable[..., Result]

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    """The installation's database with three events: one delivered, one dead, one that waits."""
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    upgrade(engine)
    with writing(engine) as connection:
        for n in range(1, 4):
            data = {"customer_id": f"u{n}"}
            events.publish(connection, [make_subscriber()], "profile.changed", f"customer:u{n}", data, NOW)
    delivered, dead = events.claim(engine, "warehouse", NOW, 2, timedelta(minutes=5))
    with writing(engine) as connection:
        events.deliver(connection, delivered.lease, NOW)
        events.bury(connection, dead.lease, "warehouse.example.org did not take it (400).", NOW)
    yield engine
    engine.dispose()


@pytest.mark.usefixtures("engine")
def test_events_are_listed_with_what_became_of_them(invoke: Run) -> None:
    """Somebody asks why their program was not told."""
    listed = invoke(app, "list")
    dead = json.loads(invoke(app, "list", "--dead", "--json").stdout)

    assert "warehouse.example.org did not take it (400)." in listed.stdout
    assert dead == json.loads(invoke(app, "list", "--state", "dead", "--json").stdout)
    (event,) = dead
    assert event.pop("message_id").startswith("msg_")
    assert event == {
        "id": 2,
        "subscriber": "warehouse",
        "type": "profile.changed",
        "subject": "customer:u2",
        "state": "dead",
        "reason": None,
        "attempts": 1,
        "next_attempt_at": None,
        "leased_until": None,
        "last_error": "warehouse.example.org did not take it (400).",
        "created_at": "2026-11-21T09:00:00+00:00",
        "settled_at": "2026-11-21T09:00:00+00:00",
    }


@pytest.mark.usefixtures("engine")
def test_one_event_is_shown_with_what_is_sent(invoke: Run) -> None:
    """Byte for byte, so that a signature can be checked by hand."""
    shown = invoke(app, "show", "2").stdout.splitlines()
    document = json.loads(invoke(app, "show", "2", "--json").stdout)

    assert shown[0] == "id                2"
    body = {"type": "profile.changed", "timestamp": NOW.isoformat(), "data": {"customer_id": "u2"}}
    assert shown[-1] == f"payload           {json.dumps(body, separators=(',', ':'))}"
    assert document["payload"] == body


def test_dead_events_are_tried_again_and_the_log_says_who_did(invoke: Run, engine: Engine) -> None:
    """After the receiver was mended."""
    retried = invoke(app, "retry", "2", "--json")
    dropped = invoke(app, "drop", "2", "--yes", "--json")
    again = invoke(app, "retry", "--all-dead", "--json")

    assert (json.loads(retried.stdout)["state"], retried.stderr) == ("waiting", "Event 2 is tried again.\n")
    assert (json.loads(dropped.stdout)["state"], dropped.stderr) == ("dropped", "Event 2 is dropped.\n")
    assert (json.loads(again.stdout), again.stderr) == (
        {"retried": 0, "dead": 0},
        "0 dead events are tried again.\n",
    )
    with reading(engine) as connection:
        logged = [(entry.action, entry.object, entry.details["subscriber"]) for entry in audit.entries(connection)]
    assert sorted(logged) == [("events.dropped", "events:2", "warehouse"), ("events.retried", "events:2", "warehouse")]


@pytest.mark.usefixtures("engine")
def test_dropping_at_a_terminal_says_who_is_not_told(invoke: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The id is one digit away from another one."""
    monkeypatch.setattr(waiting, "_is_asked", lambda: True)

    asked = invoke(app, "drop", "3", answers="n\n")

    assert asked.exit_code == 1
    assert "Nobody is told of profile.changed (customer:u3), which warehouse was to hear." in asked.stderr


@pytest.mark.usefixtures("engine")
def test_what_is_delivered_is_refused_and_so_is_what_is_unknown(invoke: Run) -> None:
    """With the command that lists the known ones."""
    with pytest.raises(Conflict, match="Event 1 is delivered"):
        invoke(app, "retry", "1")
    with pytest.raises(NotFound, match="triage events list"):
        invoke(app, "show", "99")


class Receiver(BaseHTTPRequestHandler):
    """Takes what is signed for it."""

    answers = 204
    taken: list[bytes]

    def do_POST(self) -> None:
        """Verifies and answers."""
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        verify(Delivery(headers, body), Secrets(secret()), datetime.now(UTC))
        self.taken.append(body)
        self.send_response(self.answers)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Receiver]]:
    """A receiver on this machine, which the file of sources allows."""
    handler = type("Own", (Receiver,), {"taken": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    (tmp_path / "triage.toml").write_text(f"""
[subscribers.here]
url = "http://127.0.0.1:{server.server_port}/hooks"
secret = "HERE_SECRET"
types = ["model.promoted"]
networks = ["127.0.0.1"]
ports = [{server.server_port}]
allow_plain_http = true

[subscribers.inside]
url = "http://10.0.0.1/"
secret = "HERE_SECRET"
types = ["model.promoted"]
allow_plain_http = true
""")
    monkeypatch.setenv("HERE_SECRET", secret())
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_subscriber_is_sent_a_signed_event_that_says_nothing(invoke: Run, receiver: type[Receiver]) -> None:
    """Before anything happens that it should hear of."""
    checked = invoke(app, "check", "here", "--json")

    (body,) = map(json.loads, receiver.taken)
    document = json.loads(checked.stdout)
    assert (body["type"], body["data"], checked.exit_code) == ("test.sent", {}, 0)
    assert (document["subscriber"], document["passed"], document["status"]) == ("here", True, 204)
    assert invoke(app, "check", "here").stdout.startswith("ok      here took msg_")


def test_a_subscriber_that_refuses_fails_the_check(invoke: Run, receiver: type[Receiver]) -> None:
    """With its status."""
    receiver.answers = 410

    checked = invoke(app, "check", "here")

    assert checked.exit_code == 1
    assert checked.stdout == "FAILED  127.0.0.1 wants no more events (410): take it out of triage.toml.\n"


@pytest.mark.usefixtures("receiver")
def test_an_address_inside_that_nobody_allowed_fails_the_check(invoke: Run) -> None:
    """And says which."""
    checked = invoke(app, "check", "inside", "--json")

    assert checked.exit_code == 1
    assert "10.0.0.1 is private" in json.loads(checked.stdout)["sentence"]


@pytest.mark.usefixtures("receiver")
def test_an_unknown_subscriber_or_secret_is_refused(invoke: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With those that there are, or with the variable."""
    with pytest.raises(NotFound, match="Known: here, inside"):
        invoke(app, "check", "there")
    monkeypatch.delenv("HERE_SECRET")
    with pytest.raises(UnusableSources, match="names HERE_SECRET"):
        invoke(app, "check", "here")


@pytest.mark.usefixtures("home")
def test_a_desk_without_subscribers_is_told_where_to_read(invoke: Run) -> None:
    """The page that says how to add one."""
    with pytest.raises(NotFound, match=r"docs/connect/events\.md"):
        invoke(app, "check", "here")
