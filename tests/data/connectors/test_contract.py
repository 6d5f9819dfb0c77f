"""What every connector keeps, whatever its system: who may send, what is read, and that nothing is written twice."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from data.connectors import CONNECTORS
from data.connectors.client import READS_AT_ONCE
from data.connectors.connector import Change, Connector, Delivery, Secrets
from data.connectors.errors import Gone, NotInTime, PeerError, Refused, TicketChanged, TryLater
from data.exports.preset import PRESET_NAMES
from tests.data.connectors.deliveries import NOW, OTHER, SECRET, Sender, without
from tests.data.connectors.peers import Failure, FakePeer
from triage.errors import InvalidInput, NotAllowed

MARK = "triage:0123456789abcdef"
SECRETS = Secrets(SECRET)
NO_TAGS = ("glpi",)
"""Systems without tags, and without a field for them."""


def make_change(**changes: object) -> Change:
    """The group, a tag and a note."""
    usual = {"fields": {"assignment_group": "Network"}, "tags": ("triage_network",), "note": "Suggested.", "mark": MARK}
    return Change(**(usual | changes))  # type: ignore[arg-type]


def refused(connector: Connector, delivery: Delivery, secrets: Secrets = SECRETS, now: datetime = NOW) -> str:
    """Why a delivery is not taken."""
    with pytest.raises(NotAllowed) as error:
        connector.verify(delivery, secrets, now)
    return str(error.value)


# --- who may send


def test_what_is_signed_rightly_is_taken(connector: Connector, sender: Sender) -> None:
    """Or nothing would ever arrive."""
    connector.verify(sender.delivery(), SECRETS, NOW)


def test_both_secrets_are_good_while_one_replaces_the_other(connector: Connector, sender: Sender) -> None:
    """A secret can be rotated without a lost event."""
    both = Secrets(OTHER, SECRET)

    connector.verify(sender.delivery(secret=SECRET), both, NOW)
    connector.verify(sender.delivery(secret=OTHER), both, NOW)

    assert refused(connector, sender.delivery(secret=SECRET), Secrets(OTHER))


def test_another_secret_is_refused_without_naming_one(connector: Connector, sender: Sender) -> None:
    """The sentence may be read by whoever tried."""
    sentence = refused(connector, sender.delivery(secret=OTHER))

    assert SECRET not in sentence
    assert OTHER not in sentence
    assert "wrong" in sentence


def test_a_body_that_was_changed_is_refused(connector: Connector, sender: Sender) -> None:
    """Also by a blank: it is the bytes that were signed."""
    delivery = sender.delivery()

    if sender.signed:
        assert refused(connector, replace(delivery, body=delivery.body + b" "))
        assert refused(connector, replace(delivery, body=delivery.body.replace(b"VPN", b"LAN")))


def test_every_header_of_the_proof_is_needed(connector: Connector, sender: Sender) -> None:
    """Nothing is taken because something is missing."""
    delivery = sender.delivery()
    proof = [name for name in delivery.headers if "signature" in name or name in ("authorization", "webhook-id")]

    assert proof
    for name in proof:
        sentence = refused(connector, without(delivery, name))
        assert ("no header" if sender.signed else "carries no secret") in sentence
        assert refused(connector, sender.delivery(**{name: ""}))
    assert refused(connector, replace(delivery, headers={}))


@pytest.mark.parametrize("strange", ["é", "sha256=é", "v1,é", "Bearer é", "Basic é", "Basic !!!", "\ud800", "v1,", "="])
def test_strange_headers_are_refused_and_break_nothing(connector: Connector, sender: Sender, strange: str) -> None:
    """Comparing texts that are not ASCII in constant time is an error in Python, and would be one here."""
    for name in sender.delivery().headers:
        if name in ("webhook-id", "x-zendesk-webhook-invocation-id") or "delivery" in name or "identifier" in name:
            continue
        assert refused(connector, sender.delivery(**{name: strange}))


def test_a_signature_of_another_algorithm_is_refused(connector: Connector, sender: Sender) -> None:
    """Who may choose the algorithm chooses the weakest."""
    other = {"sha256=": "sha1=", "sha1=": "sha256=", "v1,": "v1a,"}
    for name, value in sender.delivery().headers.items():
        for prefix, instead in other.items():
            if value.startswith(prefix) or f" {prefix}" in value:
                assert refused(connector, sender.delivery(**{name: value.replace(prefix, instead)}))


def test_times_too_far_from_now_are_refused(connector: Connector, sender: Sender) -> None:
    """What was overheard cannot be sent again later."""
    window = timedelta(days=7) if sender.name == "glpi" else timedelta(minutes=5)
    old, new = NOW - window - timedelta(seconds=2), NOW + timedelta(minutes=5, seconds=2)

    for sent_at in (old, new) if sender.has_time else ():
        assert "time" in refused(connector, sender.delivery(now=sent_at))
    connector.verify(sender.delivery(now=NOW - window + timedelta(seconds=2)), SECRETS, NOW)


def test_a_time_that_was_changed_is_refused(connector: Connector, sender: Sender) -> None:
    """It is signed with the body."""
    for name in sender.delivery().headers:
        if sender.has_time and "timestamp" in name:
            fresh = sender.sign(b"", SECRET, NOW + timedelta(seconds=60))[name]
            assert "signature" in refused(connector, sender.delivery(**{name: fresh}))
            assert refused(connector, sender.delivery(**{name: "tomorrow"}))
            assert refused(connector, sender.delivery(**{name: "9" * 30}))


# --- what is read


def test_a_delivery_is_read(connector: Connector, sender: Sender) -> None:
    """The ticket as it was filed is all that a model may see."""
    event = connector.read(sender.delivery())

    assert (event.kind, event.reference, event.number) == ("created", sender.reference, sender.number)
    assert event.actor == sender.actor
    assert event.version is not None
    assert event.ticket is not None
    assert event.state is not None
    assert (event.ticket.id, event.ticket.subject) == (sender.number, "VPN down")
    assert event.ticket.body == "Error 809 since this morning. I cannot work from home."
    assert event.ticket.opened_at is not None
    assert event.ticket.opened_at.replace(microsecond=0) == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert event.ticket.customer_id == sender.customer
    assert event.ticket.channel in ("email", None)
    assert event.state.fields.get("assignment_group") == sender.group
    assert event.state.is_closed is False


def test_a_delivery_that_comes_again_has_its_id_again(connector: Connector, sender: Sender) -> None:
    """By which it is known and left alone."""
    again = connector.read(sender.delivery())

    assert connector.read(sender.delivery()).delivery_id == again.delivery_id


def test_without_an_id_of_its_own_a_delivery_is_known_by_what_it_says(connector: Connector, sender: Sender) -> None:
    """Two changes of a ticket are two, one change is one."""
    first, second = (Delivery({}, json.dumps(each).encode()) for each in (sender.payload, sender.minimal))

    assert connector.read(first).delivery_id == connector.read(first).delivery_id
    assert connector.read(first).delivery_id != connector.read(second).delivery_id


def test_an_id_alone_is_enough(connector: Connector, sender: Sender) -> None:
    """The caller reads the rest back."""
    event = connector.read(sender.delivery(sender.minimal))

    assert event.reference == sender.reference
    assert event.ticket is None
    assert event.state is None


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"secret text"', b"{", b"{}", b'{"secret text": 1}', b"\xff\xfe", b"[" * 100_000,
     b'{"id": null}', b'{"id": "secret text"}', b'{"id": {"a": 1}}', b'{"ticket": "secret text"}', b'{"data": 5}'],
)  # fmt: skip
def test_bodies_that_name_no_ticket_are_refused_in_one_sentence(connector: Connector, body: bytes) -> None:
    """Without an echo: what is in there may be somebody's ticket."""
    with pytest.raises(InvalidInput) as error:
        connector.read(Delivery({}, body))

    assert str(error.value).startswith("The ")
    assert "secret text" not in str(error.value)


def test_whatever_stands_in_a_field_is_read_or_left(connector: Connector, sender: Sender) -> None:
    """Desks write their own templates, and a field may hold anything."""
    for strange in (
        None,
        7,
        1e300,
        True,
        "",
        "  ",
        [],
        [None],
        {},
        {"name": None},
        {"a": {"b": 1}},
        "\ud800\x00",
        "9" * 5000,
    ):
        payload = sender.payload
        _replace_leaves(payload, strange)

        event = connector.read(sender.delivery(payload))

        assert event.reference == sender.reference
        assert event.ticket is None or event.ticket.body.encode() is not None


def _replace_leaves(node: object, strange: object) -> None:
    """Puts the value everywhere but into ids and what leads to them."""
    keep = {"id", "key", "number", "sys_id", "ticket_id", "type", "event", "operation", "sys_class_name"}
    for name, value in list(node.items()) if isinstance(node, dict) else []:
        if (
            isinstance(value, dict) and name in ("detail", "ticket", "issue", "item", "data", "freshdesk_webhook")
        ) or name == "fields":
            _replace_leaves(value, strange)
        elif name not in keep:
            node[name] = strange  # type: ignore[index]


# --- what is read back


def test_a_ticket_that_is_read_back_is_the_one_that_was_sent(
    connector: Connector, sender: Sender, client: httpx.Client
) -> None:
    """One ticket, one customer, one version, whichever way they come."""
    event = connector.read(sender.delivery())

    remote = connector.fetch(client, sender.reference)

    assert event.ticket is not None
    assert remote.number == event.number
    assert remote.version == event.version
    assert (remote.ticket.id, remote.ticket.subject) == (event.ticket.id, event.ticket.subject)
    assert (remote.ticket.body, remote.ticket.opened_at) == (event.ticket.body, event.ticket.opened_at)
    assert (remote.ticket.customer_id, remote.ticket.channel) == (event.ticket.customer_id, event.ticket.channel)
    assert remote.state.fields["assignment_group"] == "Service Desk"
    assert (remote.state.tags or ()) == (() if sender.name in NO_TAGS else ("remote",))
    assert (remote.state.is_closed, remote.state.assignee, remote.marks) == (False, None, frozenset())


def test_what_the_system_has_not_is_gone(connector: Connector, client: httpx.Client) -> None:
    """A ticket may be deleted while its event waits."""
    with pytest.raises(Gone):
        connector.fetch(client, "999")


@pytest.mark.parametrize("reference", ["", ".", "..", "1/../2", "1?x=1", "a b", "%2e%2e", "é", "1\n", "../../admin"])
def test_a_reference_is_no_path(connector: Connector, client: httpx.Client, peer: FakePeer, reference: str) -> None:
    """It came in a webhook's body, and our rights at the system go further than its sender's."""
    with pytest.raises(Gone):
        connector.fetch(client, reference)

    assert all("/.." not in each.url.raw_path.decode() for each in peer.requests)


# --- what is written


def test_a_change_is_written(connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer) -> None:
    """Fields by their names, tags beside those that are there, a note that no customer sees."""
    connector.write(client, sender.reference, make_change())

    assert peer.group == "Network"
    assert peer.tags == ([] if sender.name in NO_TAGS else ["remote", "triage_network"])
    assert len(peer.notes) == 1
    assert peer.notes[0].startswith("Suggested.")
    assert peer.public_notes == []
    assert connector.fetch(client, sender.reference).marks == {MARK}


def test_a_change_that_is_there_is_not_written_again(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """The queue delivers at least once."""
    connector.write(client, sender.reference, make_change())
    n_writes = len(peer.writes)

    connector.write(client, sender.reference, make_change())

    assert len(peer.writes) == n_writes
    assert len(peer.notes) == 1


def test_what_a_person_set_after_us_stays_when_a_change_comes_again(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """Our change was made; what is there now is somebody's decision."""
    connector.write(client, sender.reference, make_change())
    connector.write(client, sender.reference, make_change(fields={"assignment_group": "Service Desk"}, mark=MARK[:-1]))

    connector.write(client, sender.reference, make_change())

    assert peer.group == "Service Desk"


def test_after_a_half_answer_a_note_is_there_once(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """Nobody knows whether it was written, until the mark is looked for."""
    for n_written in range(1, 5):
        peer.broken_after = n_written
        try:
            connector.write(client, sender.reference, make_change())
        except TryLater:
            continue
        break
    peer.broken_after = 0
    connector.write(client, sender.reference, make_change())

    assert len(peer.notes) == 1
    assert peer.group == "Network"


def test_a_change_without_a_note_is_a_change_of_values(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """A desk may not want notes; the same value twice is written once."""
    change = make_change(note=None, tags=())
    connector.write(client, sender.reference, change)
    n_writes = len(peer.writes)

    connector.write(client, sender.reference, change)

    assert peer.group == "Network"
    assert len(peer.writes) == n_writes
    assert not any(peer.notes)


def test_a_value_that_is_there_already_is_not_written(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """Every write is an event, a row in somebody's audit and a mail to somebody."""
    connector.write(
        client, sender.reference, make_change(fields={"assignment_group": "SERVICE DESK"}, tags=(), note=None)
    )

    assert peer.writes == []


def test_a_ticket_of_another_version_is_left_alone(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """Between reading and writing a person may have decided."""
    version = connector.fetch(client, sender.reference).version
    peer.touch()

    with pytest.raises(TicketChanged):
        connector.write(client, sender.reference, make_change(version=version))

    assert peer.writes == []
    assert peer.group == "Service Desk"


def test_an_unknown_group_is_refused_and_no_note_says_otherwise(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """Groups are renamed; a suggestion for one that is gone is for a person to look at."""
    with pytest.raises(Refused) as error:
        connector.write(client, sender.reference, make_change(fields={"assignment_group": "Fax"}))

    assert not isinstance(error.value, Gone)
    assert peer.group == "Service Desk"
    assert peer.notes == []


def test_a_field_that_cannot_be_written_is_refused_before_anything_is(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """Half a change is worse than none."""
    with pytest.raises(Refused, match="assignment_group"):
        connector.write(client, sender.reference, make_change(fields={"resolution": "x"}))

    assert peer.writes == []


def test_groups_are_listed_and_what_is_not_known_is_none(connector: Connector, client: httpx.Client) -> None:
    """A label that the system does not take any more is not suggested."""
    groups = connector.labels(client, "assignment_group")

    assert groups in (("Service Desk", "Network"), None if connector.name == "jira" else ())
    assert connector.labels(client, "resolution") is None


# --- systems that misbehave


def html(status: int, **headers: str) -> httpx.Response:
    """A page for people."""
    return httpx.Response(status, html="<h1>Ann Lee cannot log in</h1>", headers=headers)


class Broken(httpx.SyncByteStream):
    """Breaks off in the middle."""

    def __iter__(self):  # noqa: ANN204
        yield b'{"ticket": {'
        raise httpx.ReadError("peer closed connection")


FAILURES = [
    (httpx.Response(429, headers={"retry-after": "17"}), TryLater, 17),
    (httpx.Response(503, headers={"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"}), TryLater, 86_400),
    (httpx.Response(503, headers={"retry-after": "Sat, 01 Jan 2000 00:00:00 GMT"}), TryLater, 0),
    (httpx.Response(503, headers={"retry-after": "soon"}), TryLater, None),
    (httpx.Response(503, headers={"retry-after": "nan"}), TryLater, None),
    (httpx.Response(429, headers={"retry-after": "-5"}), TryLater, 0),
    (httpx.Response(408), TryLater, None),
    (httpx.Response(425), TryLater, None),
    (httpx.Response(500, json={"error": "Ann Lee"}), TryLater, None),
    (html(502), TryLater, None),
    (httpx.Response(409), TicketChanged, None),
    (httpx.Response(412), TicketChanged, None),
    (httpx.Response(200, content=b'{"ticket": {"id": 1, "subje'), TryLater, None),
    (lambda _: httpx.Response(200, stream=Broken()), TryLater, None),
    (html(200), TryLater, None),
    (httpx.Response(200, json=None), TryLater, None),
    (httpx.Response(200, json=["Ann Lee"]), TryLater, None),
    (httpx.Response(200, content=b" " * 1_000_001), Refused, None),
    (httpx.Response(302, headers={"location": "https://elsewhere.example.org"}), Refused, None),
    (httpx.Response(400, json={"error": "Ann Lee said so"}), Refused, None),
    (html(401), Refused, None),
    (html(403), Refused, None),
    (httpx.Response(422, json={"details": {"priority": [{"description": "Ann Lee"}]}}), Refused, None),
    (httpx.Response(404), Gone, None),
    (httpx.Response(410), Gone, None),
    (httpx.ConnectTimeout("…"), NotInTime, None),
    (httpx.ReadTimeout("…"), NotInTime, None),
    (httpx.ConnectError("…"), TryLater, None),
    (httpx.RemoteProtocolError("…"), TryLater, None),
]


@pytest.mark.parametrize(
    ("failure", "kind", "seconds"),
    FAILURES,
    ids=lambda each: "broken off" if each.__class__.__name__ == "function" else str(each)[:40],
)
def test_a_failure_says_what_to_do(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer,
    failure: Failure, kind: type[PeerError], seconds: float | None,
) -> None:  # fmt: skip
    """The queue tries again, reads again or gives up; and its log names neither a secret nor a person."""
    peer.failures = [failure] * READS_AT_ONCE

    with pytest.raises(PeerError) as error:
        connector.fetch(client, sender.reference)

    assert type(error.value) is kind
    assert getattr(error.value, "retry_after_seconds", None) == seconds
    sentence = str(error.value)
    assert sentence.endswith((".", "?"))
    for hidden in ("Ann Lee", "a-password", "c2VjcmV0", "VPN"):
        assert hidden not in sentence
    assert len(peer.requests) in (1, READS_AT_ONCE)


def test_a_failure_while_writing_is_tried_again_to_the_end(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """Whichever request it is that fails."""
    for n_before in range(12):
        peer.failures = [None] * n_before + [httpx.Response(503)]
        try:
            connector.write(client, sender.reference, make_change())
        except TryLater:
            peer.failures = []
            continue
        break

    assert peer.group == "Network"
    assert len(peer.notes) == 1
    assert peer.tags.count("triage_network") <= 1


# --- checks


def test_a_check_finds_nothing_wrong_and_writes_nothing(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """An administrator runs it against a live desk."""
    findings = connector.check(client, sender.reference)

    assert [each.sentence for each in findings if not each.passed] == []
    assert len(findings) >= 3
    assert peer.writes == []


def test_a_check_leaves_a_note_only_where_it_was_told_to(
    connector: Connector, sender: Sender, client: httpx.Client, peer: FakePeer
) -> None:
    """And only on the ticket that was named."""
    unnamed = connector.check(client, may_write=True)
    assert not unnamed[-1].passed
    assert peer.notes == []

    named = connector.check(client, sender.reference, may_write=True)

    assert named[-1].passed
    assert len(peer.notes) == 1
    assert peer.group == "Service Desk"
    assert peer.public_notes == []


def test_a_check_says_what_is_missing(connector: Connector, client: httpx.Client, peer: FakePeer) -> None:
    """In sentences that an administrator can act on."""
    peer.failures = [httpx.Response(401)]
    findings = connector.check(client)
    assert [each.passed for each in findings] == [False]
    assert "credentials" in findings[0].sentence

    peer.failures = [None, httpx.Response(403), httpx.Response(403)]
    findings = connector.check(client)

    assert findings[0].passed
    assert any(not each.passed and "403" in each.sentence for each in findings) or connector.name == "generic"


# --- the table


def test_every_system_with_a_preset_has_a_connector() -> None:
    """A desk that learned from its export can be served."""
    assert set(CONNECTORS) == set(PRESET_NAMES) - {"servicenow-log"}


def test_a_connector_is_called_as_its_preset(system: str, connector: Connector) -> None:
    """Its values are translated by it."""
    assert connector.name == system


def test_secrets_and_texts_are_not_shown(sender: Sender) -> None:
    """What is logged by accident is logged for years."""
    shown = f"{Secrets(SECRET, OTHER)} {sender.delivery(secret=SECRET).__class__({}, b'VPN down')} {make_change()}"

    for hidden in (SECRET, OTHER, "VPN", "Suggested"):
        assert hidden not in shown


def test_a_blank_secret_is_none() -> None:
    """Everybody could sign with it."""
    for secrets in (("",), (" ",), (SECRET, "")):
        with pytest.raises(InvalidInput):
            Secrets(*secrets)


def test_a_mark_that_could_not_be_found_again_is_refused() -> None:
    """Its note would be written twice."""
    for mark in ("", "triage:", "triage:12", "triage:ABCDEF0123", "x triage:0123456789"):
        with pytest.raises(InvalidInput):
            make_change(mark=mark)
