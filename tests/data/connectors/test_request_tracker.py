"""The connector at a real Request Tracker: what its scrip posts, what it lets us read, and what it makes of a change.

Whoever has no Request Tracker runs the contract of connectors only.
"""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from data.connectors.client import Token, open_client
from data.connectors.connector import Change, Delivery, Options, Secrets
from data.connectors.errors import Gone, Refused, TicketChanged
from data.connectors.rt import RequestTracker as Connector
from tests.data.connectors.deliveries import OTHER, SECRET
from tests.data.connectors.request_tracker import RIGHTS, RequestTracker, running, why_not_here
from triage.errors import NotAllowed

pytestmark = pytest.mark.skipif(why_not_here() is not None, reason=why_not_here() or "")

MARK = "triage:0123456789abcdef"
CUSTOMER = "ann.lee@example.org"
MESSAGE = "<p>Fehler <b>809</b> &amp; kein Büro ☃</p>"
CONNECTOR = Connector(Options(own_fields={"tags": "Tags"}))
TICKETS = "/REST/2.0/ticket"


@dataclass
class Received:
    """What the scrip posted, the oldest first."""

    deliveries: list[Delivery] = field(default_factory=list)
    port: int = 0

    def take(self) -> list[Delivery]:
        """What came since it was last asked: Request Tracker posts before it answers."""
        taken, self.deliveries = self.deliveries, []
        return taken


@pytest.fixture(scope="module")
def received() -> Iterator[Received]:
    """Listens where triage would."""
    all_of_it = Received()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            all_of_it.deliveries.append(Delivery({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(202)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        all_of_it.port = server.server_port
        yield all_of_it
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def tracker(received: Received, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestTracker]:
    """Starting one takes seconds, so all tests share it, each with tickets of its own."""
    accounts = {"triage": RIGHTS} | {f"without {right}": _without(right) for right in RIGHTS}
    hook = f"http://127.0.0.1:{received.port}/v1/hooks/rt"
    with running(tmp_path_factory.mktemp("rt"), accounts, hook, SECRET) as started:
        yield started


def _without(right: str) -> tuple[str, ...]:
    return tuple(each for each in RIGHTS if each != right)


@pytest.fixture
def person(tracker: RequestTracker, received: Received) -> Iterator[httpx.Client]:
    """Somebody who works there."""
    with tracker.open_as_root() as client:
        received.take()
        yield client


@pytest.fixture
def account(tracker: RequestTracker) -> Iterator[httpx.Client]:
    """The service account, with the rights of the documentation."""
    with tracker.open("triage") as client:
        yield client


def file_ticket(person: httpx.Client, **changes: object) -> str:
    """An ordinary ticket, and its number."""
    usual = {
        "Queue": "Service Desk",
        "Subject": "VPN im Büro gestört ☃",
        "Content": MESSAGE,
        "ContentType": "text/html",
        "Requestor": CUSTOMER,
        "CustomFields": {"Tags": ["remote"], "Location": "Lyon"},
    }
    answer = person.post(TICKETS, json=usual | changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def change_ticket(person: httpx.Client, number: str, **changes: object) -> None:
    """A person's change."""
    answer = person.put(f"{TICKETS}/{number}", json=changes)
    assert answer.status_code == 200, answer.text


def make_change(**changes: object) -> Change:
    """The queue, a tag and a note."""
    usual = {
        "fields": {"assignment_group": "Network"},
        "tags": ("triage_network",),
        "note": "Vorschlag: Network, weil „VPN“ ☃.",
        "mark": MARK,
    }
    return Change(**(usual | changes))  # type: ignore[arg-type]


def transactions(person: httpx.Client, number: str) -> list[str]:
    """What happened to the ticket, mail to people included."""
    answer = person.get(f"{TICKETS}/{number}/history", params={"fields": "Type", "orderby": "id"})
    return [each["Type"] for each in answer.json()["items"]]


def comments(person: httpx.Client, number: str) -> list[str]:
    """The internal notes."""
    query = json.dumps([{"field": "Type", "value": "Comment"}])
    written = person.get(f"{TICKETS}/{number}/history", params={"query": query}).json()["items"]
    paths = [f"/REST/2.0/transaction/{each['id']}/attachments" for each in written]
    return [one["Content"] for path in paths for one in person.get(path, params={"fields": "Content"}).json()["items"]]


# --- what the scrip posts


def test_a_new_ticket_is_told_whole_and_read_back_the_same(
    person: httpx.Client, account: httpx.Client, received: Received
) -> None:
    """Markup and letters of any language arrive as they were meant, whichever way they come."""
    number = file_ticket(person)

    (delivery,) = received.take()
    CONNECTOR.verify(delivery, Secrets(SECRET), datetime.now(UTC))
    event = CONNECTOR.read(delivery)
    remote = CONNECTOR.fetch(account, number)

    assert (event.kind, event.reference, event.number, event.actor) == ("created", number, number, "root")
    assert event.ticket is not None
    assert (event.ticket.subject, event.ticket.customer_id) == ("VPN im Büro gestört ☃", CUSTOMER)
    assert event.ticket.body == "Fehler 809 & kein Büro ☃"
    assert event.ticket.attributes == {"location": "Lyon"}
    assert event.ticket.opened_at is not None
    assert abs(datetime.now(UTC) - event.ticket.opened_at) < timedelta(minutes=5)
    assert event.state is not None
    assert event.state.fields["assignment_group"] == "Service Desk"
    assert event.state.tags == ("remote",)
    assert remote.ticket == event.ticket
    assert remote.state == event.state
    assert remote.version == event.version


def test_a_ticket_that_came_by_mail_is_told_and_read_back_the_same(
    person: httpx.Client, account: httpx.Client, received: Received
) -> None:
    """A mail says everything twice, in an alphabet of its own."""
    mail = MIMEMultipart("alternative")
    mail["From"], mail["Subject"] = "Root <root@localhost>", str(Header("Drücker brennt", "iso-8859-1"))
    mail.attach(MIMEText("Der Drücker brennt.", "plain", "iso-8859-1"))
    mail.attach(MIMEText("<p>Der <b>Drücker</b> brennt.</p>", "html", "iso-8859-1"))
    form = {"queue": "Service Desk", "action": "correspond", "SessionType": "REST", "message": mail.as_string()}

    person.post("/REST/1.0/NoAuth/mail-gateway", data=form)

    event = CONNECTOR.read(received.take()[0])
    assert event.kind == "created"
    assert event.ticket is not None
    assert (event.ticket.subject, event.ticket.body) == ("Drücker brennt", "Der Drücker brennt.")
    assert CONNECTOR.fetch(account, event.reference).ticket == event.ticket


def test_another_secret_is_refused(person: httpx.Client, received: Received) -> None:
    """The secret that the scrip holds is the only proof of who sent it."""
    file_ticket(person)

    with pytest.raises(NotAllowed):
        CONNECTOR.verify(received.take()[0], Secrets(OTHER), datetime.now(UTC))


def test_what_a_person_changes_is_told_once_with_all_that_it_became(person: httpx.Client, received: Received) -> None:
    """Queue and priority in one form are one decision."""
    number = file_ticket(person)
    before = CONNECTOR.read(received.take()[0])

    change_ticket(person, number, Queue="Network", Priority=50)

    (delivery,) = received.take()
    event = CONNECTOR.read(delivery)
    assert (event.kind, event.reference, event.actor) == ("updated", number, "root")
    assert event.state is not None
    assert event.state.fields == {"assignment_group": "Network", "priority": "50"}
    assert event.version is not None
    assert before.version is not None
    assert event.version > before.version


def test_a_resolved_and_a_deleted_ticket_are_told(person: httpx.Client, received: Received) -> None:
    """What was decided by then is what a model learns from."""
    number = file_ticket(person)
    received.take()

    change_ticket(person, number, Status="resolved")
    resolved = CONNECTOR.read(received.take()[0])
    change_ticket(person, number, Status="deleted")
    deleted = CONNECTOR.read(received.take()[0])

    assert resolved.state is not None
    assert (resolved.kind, resolved.state.is_closed) == ("updated", True)
    assert deleted.kind == "deleted"


def test_our_own_change_is_told_with_our_name(person: httpx.Client, account: httpx.Client, received: Received) -> None:
    """By it the change is left aside; the note itself is not told at all."""
    number = file_ticket(person)
    received.take()

    CONNECTOR.write(account, number, make_change())

    (delivery,) = received.take()
    assert CONNECTOR.read(delivery).actor == "triage"


# --- what is read back


def test_a_later_note_is_not_taken_for_the_first_message(person: httpx.Client, account: httpx.Client) -> None:
    """The first message has markup, the note has none: the plainer one is not the ticket's text."""
    number = file_ticket(person)
    CONNECTOR.write(account, number, make_change())

    assert CONNECTOR.fetch(account, number).ticket.body == "Fehler 809 & kein Büro ☃"


def test_a_ticket_without_a_message_has_none(person: httpx.Client, account: httpx.Client) -> None:
    """Whatever is written to it later."""
    number = file_ticket(person, Content="")
    CONNECTOR.write(account, number, make_change())

    assert CONNECTOR.fetch(account, number).ticket.body == ""


def test_a_file_is_not_taken_for_the_message(person: httpx.Client, account: httpx.Client, received: Received) -> None:
    """A log that somebody attached is plain text as well."""
    log = {"FileName": "a.log", "FileType": "text/plain", "FileContent": base64.b64encode(b"kernel: oops").decode()}
    number = file_ticket(person, Attachments=[log])

    event = CONNECTOR.read(received.take()[0])

    assert event.ticket is not None
    assert event.ticket.body == "Fehler 809 & kein Büro ☃"
    assert CONNECTOR.fetch(account, number).ticket == event.ticket


def test_a_merged_ticket_keeps_its_own_message(person: httpx.Client, account: httpx.Client) -> None:
    """The history of a ticket also has what was merged into it, and the older one may be the merged."""
    merged = file_ticket(person, Content="Printer on fire", ContentType="text/plain")
    number = file_ticket(person)
    change_ticket(person, merged, MergeInto=number)

    assert CONNECTOR.fetch(account, number).ticket.body == "Fehler 809 & kein Büro ☃"
    assert CONNECTOR.fetch(account, merged).number == number


def test_a_ticket_that_is_gone_is_gone(person: httpx.Client, account: httpx.Client) -> None:
    """Request Tracker still shows a deleted one to whoever knows its number, and takes changes of it."""
    number = file_ticket(person)
    change_ticket(person, number, Status="deleted")

    for reference in (number, "999999"):
        with pytest.raises(Gone):
            CONNECTOR.fetch(account, reference)
        with pytest.raises(Gone):
            CONNECTOR.write(account, reference, make_change())


def test_queues_are_listed_without_those_that_are_disabled(account: httpx.Client) -> None:
    """A ticket cannot be moved there."""
    assert CONNECTOR.labels(account, "assignment_group") == ("General", "Network", "Service Desk")


# --- what is written


def test_a_change_is_written_once_and_nobody_outside_hears_of_it(
    tracker: RequestTracker, person: httpx.Client, account: httpx.Client
) -> None:
    """The note is a comment; the customer had mail about the ticket, and gets none about our guess."""
    number = file_ticket(person)
    mails = tracker.mails
    assert CUSTOMER in mails

    CONNECTOR.write(account, number, make_change())
    CONNECTOR.write(account, number, make_change())

    remote = CONNECTOR.fetch(account, number)
    assert remote.state.fields["assignment_group"] == "Network"
    assert remote.state.tags == ("remote", "triage_network")
    assert remote.marks == {MARK}
    (note,) = comments(person, number)
    assert note.startswith("Vorschlag: Network, weil „VPN“ ☃.")
    assert transactions(person, number) == ["Create", "EmailRecord", "Set", "CustomField", "Comment"]
    assert tracker.mails == mails


def test_a_priority_is_written_as_its_number(person: httpx.Client, account: httpx.Client) -> None:
    """Request Tracker counts; people say High."""
    number = file_ticket(person)

    CONNECTOR.write(account, number, make_change(fields={"priority": "High"}))

    assert CONNECTOR.fetch(account, number).state.fields["priority"] == "100"


def test_what_a_person_decided_since_it_was_read_stays(person: httpx.Client, account: httpx.Client) -> None:
    """Nothing is written on what is not known."""
    number = file_ticket(person)
    version = CONNECTOR.fetch(account, number).version
    change_ticket(person, number, Priority=50)

    with pytest.raises(TicketChanged):
        CONNECTOR.write(account, number, make_change(version=version))

    assert CONNECTOR.fetch(account, number).state.fields["assignment_group"] == "Service Desk"


def test_what_a_person_decides_in_the_same_moment_stays(person: httpx.Client, account: httpx.Client) -> None:
    """Between our last look and our change a person moves the ticket; Request Tracker itself sees that."""
    number = file_ticket(person)

    def first_the_person(request: httpx.Request) -> None:
        if request.method == "PUT":
            change_ticket(person, number, Queue="General")

    account.event_hooks["request"].append(first_the_person)

    with pytest.raises(TicketChanged):
        CONNECTOR.write(account, number, make_change())

    remote = CONNECTOR.fetch(account, number)
    assert remote.state.fields["assignment_group"] == "General"
    assert remote.state.tags == ("remote",)
    assert remote.marks == frozenset()


@pytest.mark.parametrize("queue", ["Fax", "Closed Desk"])
def test_a_queue_that_takes_no_tickets_is_refused_and_no_note_says_otherwise(
    person: httpx.Client, account: httpx.Client, queue: str
) -> None:
    """Request Tracker answers success, and leaves the ticket where it was."""
    number = file_ticket(person)

    with pytest.raises(Refused, match="assignment_group"):
        CONNECTOR.write(account, number, make_change(fields={"assignment_group": queue}))

    assert comments(person, number) == []


# --- rights


def test_with_the_rights_of_the_documentation_a_check_finds_nothing(
    person: httpx.Client, account: httpx.Client
) -> None:
    """And leaves a note only where it may."""
    number = file_ticket(person)

    read_only = CONNECTOR.check(account, number)
    n_before = len(comments(person, number))
    written = CONNECTOR.check(account, number, may_write=True)

    assert [each.sentence for each in (*read_only, *written) if not each.passed] == []
    assert (n_before, len(comments(person, number))) == (0, 1)


def test_a_wrong_token_is_the_only_finding(tracker: RequestTracker) -> None:
    """Nothing else can be said."""
    with open_client(tracker.address, Token("1-14-" + "0" * 32, "token"), allow_plain_http=True) as client:
        (finding,) = CONNECTOR.check(client)

    assert not finding.passed
    assert "does not accept the credentials (401)" in finding.sentence


@pytest.mark.parametrize("right", [each for each in RIGHTS if each != "ModifyCustomField"])
def test_a_check_names_the_right_that_is_missing(tracker: RequestTracker, person: httpx.Client, right: str) -> None:
    """Each of them is needed, so the documentation asks for none in vain."""
    number = file_ticket(person)

    with tracker.open(f"without {right}") as client:
        findings = CONNECTOR.check(client, number, may_write=right == "ShowTicketComments")

    failed = [each.sentence for each in findings if not each.passed]
    said = "(403)" if right == "ShowTicket" else right
    assert any(said in sentence for sentence in failed), failed


def test_tags_that_were_not_taken_are_refused_before_the_note(tracker: RequestTracker, person: httpx.Client) -> None:
    """Who may change custom fields is known only by changing one."""
    number = file_ticket(person)

    with tracker.open("without ModifyCustomField") as client, pytest.raises(Refused, match="ModifyCustomField"):
        CONNECTOR.write(client, number, make_change())

    assert comments(person, number) == []


def test_what_is_posted_is_json_that_holds_no_more_than_is_read(person: httpx.Client, received: Received) -> None:
    """What is not needed does not leave Request Tracker."""
    file_ticket(person)

    posted = json.loads(received.take()[0].body)

    assert set(posted) == {"ticket", "transaction"}
    assert set(posted["ticket"]) == {
        "id", "Subject", "Queue", "Status", "Priority", "Owner", "Requestor", "Creator", "Created", "CustomFields"
    }  # fmt: skip
    assert set(posted["transaction"]) == {"id", "Type", "Creator", "Content"}
