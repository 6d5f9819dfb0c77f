"""From a webhook to the note on the ticket, for every ticketing system there is; and what people decide stays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from api.hooks import Hooks
from api.intake import LEASE, Intake
from api.peers import Peers
from api.workers import SETTLED_SECONDS
from api.writing_back import WriteBack
from data import deliveries as deliveries_store
from data import outbox, outcomes
from data.connectors import CONNECTORS
from data.connectors.client import READS_AT_ONCE, open_client
from data.connectors.connector import Secrets
from data.connectors.standard_webhooks import signed_headers
from data.database import reading
from data.sources import Connection, connect, parse_sources
from data.tables import deliveries, predictions, review_queue, tickets
from data.tables import outbox as outbox_table
from tests.data.connectors.deliveries import NOW, SECRET, SENDERS, Sender
from tests.data.connectors.peers import PEERS, FakePeer, FakeTokens
from triage.errors import NoModel, NotAllowed, NotFound
from triage.retries import MOST_FAILURES, PAUSE_SECONDS
from triage.sources import SourceMode

PAGES = Path(__file__).parents[2] / "docs" / "connect"
SOON = NOW + timedelta(seconds=5)


@dataclass
class Loop:
    """One system, connected; `seconds` is the clock that its pauses go by."""

    sender: Sender
    peer: FakePeer
    app: FastAPI
    connection: Connection

    def __post_init__(self) -> None:
        """Everything between the webhook and the note."""
        connections = {"desk": self.connection}
        self.hooks = Hooks(lambda: self.app.state.desk, connections, lambda: None)
        self.seconds = 0.0
        self.peers = Peers(connections, lambda: self.seconds)
        self.intake = Intake(lambda: self.app.state.desk, self.app.state.queue, self.peers)
        self.write_back = WriteBack(lambda: self.app.state.desk, self.peers)

    def send(self, payload: object = None, now: datetime = NOW) -> bool:
        """The system sends what it has recorded."""
        delivery = self.sender.delivery(payload, now=now)
        return self.hooks.take("desk", delivery.headers, delivery.body, now)

    def counted(self, table: Any) -> int:  # noqa: ANN401
        """Rows of a table."""
        with reading(self.app.state.desk.engine) as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0

    def states(self, table: Any) -> list[tuple[str, str | None]]:  # noqa: ANN401
        """What became of its rows."""
        with reading(self.app.state.desk.engine) as connection:
            return [
                (row.state, row.reason or row.last_error)
                for row in connection.execute(select(table).order_by(table.c.id))
            ]


def connected(system: str, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Loop:
    """A system, connected as its page says, in mode `auto`, and by rules that leave no ticket alone."""
    page = (PAGES / f"{system}.md").read_text(encoding="utf-8")
    (source,) = parse_sources(page.split("```toml\n")[1].partition("```")[0], system)
    rules = replace(source.rules, skip_assigned=False, skip_closed=False, skip_older_than_days=None)
    address = "https://desk.example.org"
    source = replace(source, url=address, accounts=("triage-account",), mode="auto", blind_share=0.0, rules=rules)
    if system == "jira":  # whose page gives an example of a desk's own field, which the fake does not have
        source = replace(source, own_fields={})
    held = dict.fromkeys(source.variables, SECRET)
    if system == "glpi":
        held[source.credentials["password"]] = "right"
    peer = PEERS[system]()

    def opened(self: Connection) -> httpx.Client:
        return open_client(self.source.url, self.credentials, transport=transport_to(peer))

    monkeypatch.setattr(Connection, "open", opened)
    return Loop(SENDERS[system], peer, app, replace(connect(source, held), secrets=Secrets(SECRET)))


def transport_to(peer: FakePeer) -> httpx.MockTransport:
    """What takes requests to the system itself, or to whatever gives tokens for it."""
    return httpx.MockTransport(FakeTokens(peer) if peer.name == "glpi" else peer)


@pytest.fixture(params=sorted(CONNECTORS))
def loop(request: pytest.FixtureRequest, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """Every system there is, in turn."""
    yield connected(request.param, app, monkeypatch)
    app.state.queue.stop()
    app.state.desk.engine.dispose()


@pytest.fixture
def generic(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """What holds whatever the system is tried on one of them."""
    yield connected("generic", app, monkeypatch)
    app.state.queue.stop()
    app.state.desk.engine.dispose()


def test_a_webhook_becomes_one_note(loop: Loop) -> None:
    """However often it is sent, and however often the workers look."""
    assert loop.send() is True
    assert loop.send() is False
    for minutes in range(3):
        loop.intake.work(SOON + timedelta(minutes=minutes))
        loop.write_back.work(SOON + timedelta(minutes=minutes))

    assert loop.states(deliveries) == [("done", None)]
    assert loop.counted(tickets) == loop.counted(predictions) == 1
    assert loop.states(outbox_table) == [("written", None)]
    assert len(loop.peer.notes) == 1
    assert loop.peer.public_notes == []
    assert "Network" in loop.peer.notes[0]


def test_what_may_be_applied_is_applied(loop: Loop) -> None:
    """In mode `auto`, where the answer is sure enough and the system has such a field."""
    loop.send()
    loop.intake.work(SOON)
    loop.write_back.work(SOON)

    assert loop.peer.group == "Network"
    (entry,) = _entries(loop)
    assert entry.entry.change.fields == {"assignment_group": "Network"}
    assert _outcome(loop) == ("Network", "automatic")


def test_in_mode_suggest_no_field_is_touched(loop: Loop) -> None:
    """A note and tags; people decide."""
    loop.connection = replace(loop.connection, source=replace(loop.connection.source, mode="suggest"))
    loop.__post_init__()
    before = loop.peer.group
    loop.send()
    loop.intake.work(SOON)
    loop.write_back.work(SOON)

    assert (loop.peer.group, len(loop.peer.notes)) == (before, 1)


def test_a_note_is_written_once_also_where_the_answer_was_lost(loop: Loop) -> None:
    """The system took the change and the connection broke: the ticket is read again, and the mark is found."""
    loop.send()
    loop.intake.work(SOON)
    loop.peer.broken_after = _n_writes(loop)
    for hours in range(3):
        loop.write_back.work(SOON + timedelta(hours=hours))

    assert loop.states(outbox_table)[0][0] == "written"
    assert len(loop.peer.notes) == 1


def test_a_change_that_was_made_by_half_is_finished(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many systems take fields and note one after the other: a field that we have set is no decision of a person."""
    monkeypatch.setattr("api.writing_back.WRITES_AT_ONCE", 1)
    loop.send()
    loop.intake.work(SOON)
    loop.peer.broken_after = 1
    loop.write_back.work(SOON)
    first = loop.states(outbox_table)[0][0]
    loop.write_back.work(SOON + timedelta(hours=1))

    assert first == "waiting"
    assert loop.states(outbox_table) == [("written", None)]
    assert (loop.peer.group, len(loop.peer.notes)) == ("Network", 1)
    assert _outcome(loop) == ("Network", "automatic")


def test_a_killed_process_is_taken_over(loop: Loop) -> None:
    """It had claimed, read and perhaps written, and settled nothing."""
    loop.send()
    deliveries_store.claim(loop.app.state.desk.engine, SOON, 10, LEASE)  # and is killed
    loop.intake.work(SOON)
    assert loop.counted(tickets) == 0
    later = SOON + LEASE + timedelta(seconds=1)
    loop.intake.work(later)
    outbox.claim(loop.app.state.desk.engine, later, 10, LEASE)  # and is killed, too
    loop.write_back.work(later)
    assert loop.peer.notes == []
    loop.write_back.work(later + LEASE + timedelta(seconds=1))

    assert loop.counted(predictions) == len(loop.peer.notes) == 1


def test_a_group_that_a_person_set_meanwhile_stays(generic: Loop) -> None:
    """Between scoring and writing somebody was faster."""
    generic.send()
    generic.intake.work(SOON)
    generic.peer.ticket["assignment_group"] = "Printers"
    generic.peer.touch()
    generic.write_back.work(SOON)

    assert generic.peer.group == "Printers"
    assert generic.states(outbox_table) == [("unchanged", "human_set")]
    assert generic.peer.notes == []


def test_a_group_that_a_person_sets_later_is_the_outcome(generic: Loop) -> None:
    """It sticks, and the next training knows it; our own change is none."""
    generic.send()
    generic.intake.work(SOON)
    generic.write_back.work(SOON)
    _tell(generic, "msg_2")
    generic.intake.work(SOON + timedelta(minutes=1))
    after_our_own = _outcome(generic)
    generic.peer.ticket["assignment_group"] = "Service Desk"
    generic.peer.touch()
    _tell(generic, "msg_3")
    generic.intake.work(SOON + timedelta(minutes=2))
    generic.write_back.work(SOON + timedelta(minutes=2))

    assert after_our_own == ("Network", "automatic")
    assert _outcome(generic) == ("Service Desk", "human")
    assert generic.peer.group == "Service Desk"
    assert len(generic.peer.notes) == 1


def test_a_label_that_is_closed_today_is_not_written(generic: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reorganisation was last night."""
    monkeypatch.setattr("tests.data.connectors.peers.GROUPS", {"Service Desk": 1})
    generic.send()
    generic.intake.work(SOON)
    generic.write_back.work(SOON)

    assert generic.states(outbox_table) == [("unchanged", "inactive_label")]


def test_what_the_desk_wants_left_alone_is_not_even_scored(generic: Loop) -> None:
    """A bypass word, an assignee, a robot: the reason is on record."""
    rules = replace(generic.connection.source.rules, bypass_words=("error 809",))
    generic.connection = replace(generic.connection, source=replace(generic.connection.source, rules=rules))
    generic.__post_init__()
    generic.send()
    generic.intake.work(SOON)

    assert generic.states(deliveries) == [("ignored", "bypassed")]
    assert generic.counted(tickets) == 0


def test_the_blind_sample_is_scored_and_nothing_is_said_of_it(generic: Loop) -> None:
    """People decide it unprompted, so that accuracy stays honest."""
    generic.connection = replace(generic.connection, source=replace(generic.connection.source, blind_share=1.0))
    generic.__post_init__()
    generic.send()
    generic.intake.work(SOON)
    generic.write_back.work(SOON)

    assert generic.counted(predictions) == 1
    assert generic.counted(outbox_table) == 0
    assert generic.peer.notes == []


def test_a_system_that_is_only_watched_is_scored_and_nobody_is_asked(generic: Loop) -> None:
    """A desk looks for some weeks at what would have been done before anybody notices."""
    generic.connection = replace(generic.connection, source=replace(generic.connection.source, mode="watch"))
    generic.__post_init__()
    generic.send()
    generic.intake.work(SOON)
    generic.write_back.work(SOON)

    assert generic.counted(predictions) == 1
    assert generic.counted(outbox_table) == generic.counted(review_queue) == 0
    assert generic.peer.notes == []


@pytest.mark.parametrize(("mode", "n_waiting"), [("suggest", 1), ("auto", 0)])
def test_what_is_only_suggested_waits_for_a_person(generic: Loop, mode: SourceMode, n_waiting: int) -> None:
    """In mode `suggest` also what the model is sure of; in mode `auto` that is written, and nobody is asked."""
    generic.connection = replace(generic.connection, source=replace(generic.connection.source, mode=mode))
    generic.__post_init__()
    generic.send()
    generic.intake.work(SOON)

    assert generic.counted(predictions) == 1
    assert generic.counted(review_queue) == n_waiting


def test_a_system_that_stumbles_is_asked_again_at_once(generic: Loop) -> None:
    """Reading once more costs little; waiting for seconds costs everybody behind it."""
    generic.send()
    generic.intake.work(SOON)
    generic.peer.failures = [httpx.Response(500), httpx.ConnectError("gone"), None, httpx.Response(502)]
    generic.write_back.work(SOON)

    assert generic.states(outbox_table) == [("written", None)]
    assert len(generic.peer.notes) == 1


def test_a_system_that_fails_is_asked_again_later_and_then_left_alone(generic: Loop) -> None:
    """It has enough to do; one attempt finds out that it is back, and no entry is used up meanwhile."""
    generic.send()
    generic.intake.work(SOON)
    now = SOON
    generic.peer.failures = [httpx.Response(500)] * 1000
    for _ in range(MOST_FAILURES):
        generic.write_back.work(now)
        now += timedelta(hours=1)
    n_asked, (entry,) = len(generic.peer.requests), _entries(generic)
    for _ in range(5):
        generic.write_back.work(now)
    generic.send(generic.sender.payload | {"type": "ticket.updated"})
    generic.intake.work(now)

    assert len(generic.peer.requests) == n_asked
    assert _entries(generic) == [entry]
    assert entry.n_attempts == MOST_FAILURES
    assert "(500)" in (entry.last_error or "")

    generic.peer.failures = []
    generic.seconds += PAUSE_SECONDS
    generic.write_back.work(now)

    assert generic.states(outbox_table) == [("written", None)]
    assert len(generic.peer.notes) == 1


def test_a_system_that_says_when_to_come_back_is_not_asked_before(generic: Loop) -> None:
    """Its limit holds for all tickets and for both directions, not only for the request that it refused."""
    generic.send()
    generic.intake.work(SOON)
    generic.peer.failures = [httpx.Response(429, headers={"retry-after": "60"})]
    generic.write_back.work(SOON)
    n_asked = len(generic.peer.requests)
    later = SOON + timedelta(minutes=5)
    generic.seconds = 59.0
    generic.write_back.work(later)
    assert len(generic.peer.requests) == n_asked
    generic.seconds = 60.0
    generic.write_back.work(later)

    assert generic.states(outbox_table) == [("written", None)]


def test_what_did_not_answer_in_time_is_not_asked_at_once(generic: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may still be writing: whoever looks too early writes the note again."""
    monkeypatch.setattr("random.random", lambda: 0.0)
    generic.send()
    generic.intake.work(SOON)
    generic.peer.failures = [None, None, None, httpx.ReadTimeout("slow")]
    generic.write_back.work(SOON)
    n_asked = len(generic.peer.requests)
    assert generic.states(outbox_table)[0][0] == "waiting"
    generic.write_back.work(SOON + timedelta(seconds=SETTLED_SECONDS - 1))
    assert len(generic.peer.requests) == n_asked
    generic.write_back.work(SOON + timedelta(seconds=SETTLED_SECONDS))

    assert generic.states(outbox_table) == [("written", None)]


def test_credentials_that_ran_out_cost_nothing(generic: Loop) -> None:
    """They run out on Friday evening; nobody wants to look for what was given up on Monday."""
    generic.send()
    generic.intake.work(SOON)
    generic.peer.failures = [httpx.Response(401)]
    generic.write_back.work(SOON)
    (entry,) = _entries(generic)
    assert (entry.state, "credentials" in (entry.last_error or "")) == ("waiting", True)
    generic.write_back.work(SOON + timedelta(days=2))

    assert generic.states(outbox_table) == [("written", None)]


def test_an_outage_over_a_weekend_loses_nothing(generic: Loop) -> None:
    """However often it was tried in between."""
    generic.send()
    generic.intake.work(SOON)
    generic.peer.failures = [httpx.ConnectError("gone")] * 1000
    for hours in range(60):
        generic.seconds += 3600.0
        generic.write_back.work(SOON + timedelta(hours=hours))
    generic.peer.failures = []
    generic.seconds += 3600.0
    generic.write_back.work(SOON + timedelta(hours=62))

    assert generic.states(outbox_table) == [("written", None)]


def test_a_lease_is_renewed_while_its_worker_is_at_work(generic: Loop) -> None:
    """It is short, so that little waits for a killed process; a slow system must not make two workers of one."""
    generic.send()
    generic.intake.work(SOON)
    others: list[int] = []

    def answer_slowly(_: httpx.Request) -> httpx.Response:
        generic.write_back.leases.work(SOON + LEASE * 0.9)
        other = WriteBack(lambda: generic.app.state.desk, generic.peers)
        others.append(other.work(SOON + LEASE * 1.5))
        return httpx.Response(500)

    generic.peer.failures = [answer_slowly]
    generic.write_back.work(SOON)
    generic.write_back.leases.work(SOON + LEASE * 9)

    assert others == [0]
    assert generic.states(outbox_table) == [("written", None)]
    assert _entries(generic)[0].leased_until is None


@pytest.mark.parametrize("before", ["intake", "write-back"])
def test_a_clock_that_is_set_back_loses_nothing(generic: Loop, before: str) -> None:
    """What was planned for a moment that comes once more waits for it: as long as the clock was set back, at most."""
    early = NOW - timedelta(hours=1)
    generic.send()
    if before == "write-back":
        generic.intake.work(SOON)
    generic.intake.work(early)
    generic.write_back.work(early)
    assert generic.peer.notes == []
    for minutes in (61, 62):
        generic.intake.work(early + timedelta(minutes=minutes))
        generic.write_back.work(early + timedelta(minutes=minutes))

    assert generic.states(deliveries) == [("done", None)]
    assert generic.states(outbox_table) == [("written", None)]
    assert len(generic.peer.notes) == 1


def test_a_system_that_cannot_be_read_costs_no_delivery(generic: Loop) -> None:
    """Reading back fails as writing does."""
    generic.send()
    generic.peer.failures = [httpx.ConnectError("gone")] * READS_AT_ONCE
    generic.intake.work(SOON)
    assert generic.states(deliveries)[0][0] == "waiting"
    generic.intake.work(SOON + timedelta(minutes=1))

    assert generic.states(deliveries) == [("done", None)]


def test_without_a_model_nothing_is_begun(generic: Loop, model: Any) -> None:  # noqa: ANN401
    """A delivery must not be given up because nobody has promoted a model for a day."""
    model.fault = NoModel("No model was promoted yet.")
    generic.send()
    with pytest.raises(NoModel):
        generic.intake.work(SOON)
    model.fault = None
    generic.intake.work(SOON)

    assert generic.states(deliveries) == [("done", None)]


def test_strangers_get_in_nowhere(generic: Loop) -> None:
    """Neither under another name nor without the secret."""
    delivery = generic.sender.delivery()
    with pytest.raises(NotFound, match="connectors list"):
        generic.hooks.take("elsewhere", delivery.headers, delivery.body, NOW)
    with pytest.raises(NotAllowed):
        generic.hooks.take("desk", delivery.headers, delivery.body + b" ", NOW)

    assert generic.counted(deliveries) == 0


def _entries(loop: Loop) -> list[outbox.StoredEntry]:
    with reading(loop.app.state.desk.engine) as connection:
        return outbox.listed(connection, None, 10)


def _outcome(loop: Loop) -> tuple[str, str] | None:
    with reading(loop.app.state.desk.engine) as connection:
        ticket_id = connection.scalar(select(tickets.c.id))
        found = outcomes.outcomes_of(connection, ticket_id or "").get("assignment_group")
    return None if found is None else (found.value, found.provenance)


def _n_writes(loop: Loop) -> int:
    """How many requests a change takes at this system: tried on a twin of it."""
    twin = type(loop.peer)()
    connection = loop.connection
    with open_client(connection.source.url, connection.credentials, transport=transport_to(twin)) as client:
        connection.connector.write(client, loop.sender.reference, _entries(loop)[0].entry.change)
    return len([each for each in twin.writes if "token" not in each.url.path])


def _tell(loop: Loop, delivery_id: str) -> None:
    """The system says that the ticket was changed."""

    def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:
        return dict(signed_headers(secret, delivery_id, now, body))

    loop.sender = replace(loop.sender, sign=sign)
    loop.send(loop.sender.payload | {"type": "ticket.updated"})
