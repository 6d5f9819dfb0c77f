"""What is special to one ticketing system, beside what all of them keep."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from data.connectors import CONNECTORS
from data.connectors.client import Token, open_client
from data.connectors.connector import Change, Connector, Delivery, Options, Secrets
from data.connectors.errors import Gone, Refused, TicketChanged
from tests.data.connectors.deliveries import NOW, SECRET, SENDERS, SYS_ID
from tests.data.connectors.peers import (
    FakeFreshservice,
    FakeGeneric,
    FakeGlpi,
    FakeJira,
    FakePeer,
    FakeRt,
    FakeServiceNow,
    FakeZammad,
    FakeZendesk,
)
from triage.errors import InvalidInput

MARK = "triage:0123456789abcdef"


@contextmanager
def asking(peer: FakePeer, **own_fields: str) -> Iterator[tuple[Connector, httpx.Client]]:
    """A connector and a client for a system."""
    connector = CONNECTORS[peer.name](Options(own_fields=own_fields))
    with open_client("https://desk.example.org", Token("t"), transport=httpx.MockTransport(peer)) as client:
        yield connector, client


def make_change(*, note: str | None = None, tags: tuple[str, ...] = (), **fields: str) -> Change:
    """Fields alone, unless a test is about more."""
    return Change(fields=fields, note=note, tags=tags, mark=MARK)


def kind_of(name: str, change: Callable[[Any], None]) -> str:
    """What a changed payload is read as."""
    payload = SENDERS[name].payload
    change(payload)
    return CONNECTORS[name](Options()).read(Delivery({}, json.dumps(payload).encode())).kind


def read(name: str, payload: object) -> Any:  # noqa: ANN401 - an event
    """What a payload is read as."""
    return CONNECTORS[name](Options()).read(Delivery({}, json.dumps(payload).encode()))


def meanwhile(peer: FakePeer) -> Callable[[httpx.Request], httpx.Response]:
    """Somebody changes the ticket just before a request is answered."""

    def answer(request: httpx.Request) -> httpx.Response:
        peer.touch()
        return peer.answer(request, request.url.path, json.loads(request.content))

    return answer


# --- Zendesk


def test_zendesk_shouts_in_webhooks_and_not_in_its_api() -> None:
    """`HIGH` and `high` are one priority."""
    state = read("zendesk", SENDERS["zendesk"].payload).state

    assert state.fields == {"ticket_type": "incident", "priority": "high"}
    assert state.status == "new"


@pytest.mark.parametrize(
    ("type_", "kind"),
    [("ticket.status_changed", "updated"), ("ticket.comment_added", "other"), ("ticket.soft_deleted", "deleted")],
)
def test_zendesk_names_its_events(type_: str, kind: str) -> None:
    """New kinds of event are changes until they are known."""
    assert kind_of("zendesk", lambda payload: payload.update(type=f"zen:event-type:{type_}")) == kind


def test_zendesk_does_not_overwrite_what_changes_between_reading_and_writing() -> None:
    """`safe_update` closes the last gap."""
    peer = FakeZendesk()
    peer.failures = [None, None, None, meanwhile(peer)]

    with asking(peer) as (connector, client), pytest.raises(TicketChanged):
        connector.write(client, "35436", make_change(assignment_group="Network", note="x"))

    assert peer.group == "Service Desk"
    assert peer.notes == []


def test_zendesk_writes_everything_in_one_request() -> None:
    """A hundred updates a minute are allowed."""
    peer = FakeZendesk()

    with asking(peer, category="4711") as (connector, client):
        before = connector.fetch(client, "35436").state.fields
        connector.write(
            client,
            "35436",
            make_change(ticket_type="request", priority="urgent", category="Mail", note="x", tags=("a",)),
        )

    assert before["category"] == "Network"
    assert len(peer.writes) == 1
    ticket = peer.ticket["ticket"]
    assert (ticket["type"], ticket["priority"], ticket["tags"]) == ("question", "urgent", ["remote", "a"])
    assert ticket["custom_fields"] == [{"id": 4711, "value": "cat_mail"}]


def test_zendesk_believes_marks_in_internal_notes_only() -> None:
    """A customer who writes one does not keep our note away."""
    peer = FakeZendesk()
    peer.ticket["ticket"]["description"] = f"I saw {MARK}"

    with asking(peer) as (connector, client):
        assert connector.fetch(client, "35436").marks == frozenset()


def test_zendesk_has_own_fields_by_number() -> None:
    """Which is said when the desk is set up, not when the first ticket comes."""
    with pytest.raises(InvalidInput):
        CONNECTORS["zendesk"](Options(own_fields={"category": "Category"}))


def test_zendesk_has_no_other_priorities() -> None:
    """A label of another system is refused with those there are."""
    with asking(FakeZendesk()) as (connector, client), pytest.raises(Refused, match="low, normal, high, urgent"):
        connector.write(client, "35436", make_change(priority="1 - Critical"))


# --- Jira


def test_jira_never_makes_a_note_public() -> None:
    """Outside a service project every comment is, so none is made."""
    peer = FakeJira()
    peer.failures = [None, None, httpx.Response(404)]

    with asking(peer) as (connector, client), pytest.raises(Refused, match="internal"):
        connector.write(client, "10002", make_change(note="x"))

    assert peer.public_notes == []


def test_jira_gives_types_by_what_they_mean() -> None:
    """A desk calls them `[System] Service request`, models `request`."""
    peer = FakeJira()

    with asking(peer) as (connector, client):
        connector.write(client, "10002", make_change(ticket_type="incident"))
        assert peer.writes == []
        connector.write(client, "10002", make_change(ticket_type="request"))
        assert connector.labels(client, "ticket_type") == ("incident", "request")
        assert connector.labels(client, "priority") == ("Highest", "High")

    assert json.loads(peer.writes[0].content)["fields"] == {"issuetype": {"id": "10011"}}


def test_jira_says_which_field_is_not_on_the_screen() -> None:
    """An administrator has to put it there."""
    with asking(FakeJira(), impact="customfield_10004") as (connector, client):
        with pytest.raises(Refused, match="edit screen has no impact"):
            connector.write(client, "10002", make_change(impact="High"))
        findings = connector.check(client)

    assert [each.sentence for each in findings if not each.passed] == [
        "Cannot edit impact: not on the issue's edit screen, or a right is missing."
    ]


def test_jira_labels_have_no_blanks() -> None:
    """Jira refuses them."""
    peer = FakeJira()

    with asking(peer) as (connector, client):
        connector.write(client, "10002", make_change(tags=("triage network",)))

    assert peer.tags == ["remote", "triage_network"]


def test_jira_deliveries_without_a_signature_are_refused() -> None:
    """Jira sends them where nobody set a secret."""
    assert kind_of("jira", lambda payload: payload.update(webhookEvent="comment_created")) == "other"


# --- ServiceNow


def test_servicenow_says_success_and_leaves_a_field_as_it_was() -> None:
    """An access rule does so in silence."""
    peer = FakeServiceNow()
    peer.locked = ("impact",)

    with asking(peer) as (connector, client), pytest.raises(Refused, match=r"left as it was: impact\."):
        connector.write(
            client, "a9e30c7dc61122760116894de7bcc7bd", make_change(impact="1 - High", urgency="2 - Medium")
        )


def test_servicenow_takes_levels_by_number_and_choices_by_value() -> None:
    """Labels are what people see, values are what is kept."""
    peer = FakeServiceNow()

    with asking(peer) as (connector, client):
        connector.write(client, SYS_ID, make_change(urgency="2 - Medium", category="Mail"))
        assert connector.labels(client, "category") == ("Network", "Mail")

    assert json.loads(peer.writes[0].content) == {"urgency": "2", "category": "mail"}


def test_servicenow_reads_values_objects_and_links() -> None:
    """Depending on how the rule makes its JSON."""
    group = {"link": "https://desk.example.org/x", "value": "d625dccec0a8016700a222a0f7900d06"}
    plain = {"sys_id": SYS_ID, "number": "INC1", "short_description": "x", "assignment_group": group, "priority": "2"}

    event = read("servicenow", {"record": plain | {"sys_class_name": "sc_req_item", "sys_mod_count": 12}})

    assert event.reference == f"sc_req_item/{SYS_ID}"
    assert event.state.fields == {"priority": "2 - High", "ticket_type": "request"}
    assert event.kind == "updated"
    assert event.version > read("servicenow", plain | {"sys_mod_count": "9"}).version


# --- Freshservice


def test_freshservice_notes_are_text_in_hypertext() -> None:
    """What a label says is no markup."""
    peer = FakeFreshservice()

    with asking(peer) as (connector, client):
        connector.write(client, "4242", make_change(note="a < b\n& c"))

    assert peer.notes == [f"a &lt; b<br>&amp; c<br><br>{MARK}"]


def test_freshservice_counts_its_levels() -> None:
    """Models know words."""
    peer = FakeFreshservice()

    with asking(peer) as (connector, client):
        assert connector.fetch(client, "4242").state.fields["priority"] == "High"
        connector.write(client, "4242", make_change(priority="Urgent", impact="low", category="Mail"))
        assert connector.labels(client, "category") == ("Network", "Mail")

    assert (peer.ticket["priority"], peer.ticket["impact"], peer.ticket["category"]) == (4, 1, "Mail")


@pytest.mark.parametrize(
    ("event", "kind"), [("ticket raised", "created"), ("ticket_updated", "updated"), ("x", "other")]
)
def test_freshservice_events_are_named_by_the_desk(event: str, kind: str) -> None:
    """Where its template names them at all."""
    assert kind_of("freshservice", lambda payload: payload.update(event=event)) == kind


# --- Zammad


def test_zammad_says_by_its_times_whether_a_ticket_is_new() -> None:
    """The delivery does not say which trigger means what."""
    later = "2026-11-21T09:00:05Z"

    assert kind_of("zammad", lambda payload: payload["ticket"].update(updated_at=later)) == "updated"


def test_zammad_takes_names() -> None:
    """And types by its own."""
    peer = FakeZammad()

    with asking(peer) as (connector, client):
        connector.write(client, "81", make_change(ticket_type="request", priority="2 normal"))

    assert (peer.ticket["type"], peer.ticket["priority"]) == ("Request for Change", "2 normal")


# --- GLPI


def test_glpi_has_one_group_after_a_hand_over() -> None:
    """The old one goes when the new one is there."""
    peer = FakeGlpi()
    peer.ticket["team"].append(
        {"id": 7, "name": "Ann's group", "href": "/front/group.form.php?id=7", "type": "Group", "role": "assigned"}
    )

    with asking(peer) as (connector, client):
        connector.write(client, "507", make_change(assignment_group="Network"))

    assert peer.group == "Network"
    assert [each["role"] for each in peer.ticket["team"]] == ["requester", "assigned"]
    assert [each.method for each in peer.writes] == ["POST", "DELETE", "DELETE"]


def test_glpi_takes_ids_and_levels() -> None:
    """Labels are looked up."""
    peer = FakeGlpi()

    with asking(peer) as (connector, client):
        connector.write(
            client, "507", make_change(category="hardware > network", priority="Major", ticket_type="request")
        )
        assert connector.labels(client, "category") == ("Hardware > Network",)

    assert (peer.ticket["category"], peer.ticket["priority"], peer.ticket["type"]) == ({"id": 4}, 6, 2)


def test_glpi_followups_tell_of_their_ticket() -> None:
    """They are no change of it."""
    event = read(
        "glpi", {"event": "new", "item": {"id": 3, "itemtype": "Ticket", "items_id": 507}, "parent_item": {"id": 507}}
    )

    assert (event.kind, event.reference, event.ticket) == ("other", "507", None)


def test_glpi_may_be_given_another_window() -> None:
    """Where its cron runs every minute, a week is far too long."""
    strict = CONNECTORS["glpi"](Options(window=timedelta(minutes=10)))
    late = SENDERS["glpi"].delivery(now=NOW - timedelta(minutes=11))

    CONNECTORS["glpi"](Options()).verify(late, Secrets(SECRET), NOW)
    with pytest.raises(Exception, match="time"):
        strict.verify(late, Secrets(SECRET), NOW)


def test_glpi_attempts_are_known_by_their_signature() -> None:
    """Which is no part of the id itself."""
    delivery = SENDERS["glpi"].delivery()
    connector = CONNECTORS["glpi"](Options())

    id_ = connector.read(delivery).delivery_id

    assert delivery.headers["x-glpi-signature"] not in id_
    assert connector.read(replace(delivery, headers={**delivery.headers, "x-glpi-timestamp": "1"})).delivery_id != id_


# --- Request Tracker


def test_rt_does_not_overwrite_what_changes_between_reading_and_writing() -> None:
    """The ETag closes the last gap."""
    peer = FakeRt()
    peer.failures = [None, None, meanwhile(peer)]

    with asking(peer) as (connector, client), pytest.raises(TicketChanged):
        connector.write(client, "1207", make_change(assignment_group="Network", note="x"))

    assert peer.notes == []


def test_rt_priorities_are_numbers_with_three_words() -> None:
    """Desks have others too."""
    peer = FakeRt()

    with asking(peer, category="Tags") as (connector, client):
        connector.write(client, "1207", make_change(priority="medium"))
        assert peer.writes == []
        connector.write(client, "1207", make_change(priority="High", category="vpn"))
        connector.write(client, "1207", make_change(priority="73"))
        with pytest.raises(Refused, match="Low, Medium, High"):
            connector.write(client, "1207", make_change(priority="Sometime"))

    assert peer.ticket["Priority"] == "73"
    assert json.loads(peer.writes[0].content) == {"Priority": "100", "CustomFields": {"Tags": "vpn"}}


def test_rt_tells_what_the_account_may_do() -> None:
    """It links a ticket to what may be done with it."""
    peer = FakeRt()
    peer.ticket["_hyperlinks"] = [{"ref": "self"}]

    with asking(peer, tags="Labels") as (connector, client):
        failed = [each.sentence for each in connector.check(client) if not each.passed]

    for right in ("CommentOnTicket", "ModifyTicket", "SeeCustomField"):
        assert any(right in sentence for sentence in failed)


def test_rt_leaves_queues_out_of_a_page_and_goes_on() -> None:
    """A page of a hundred holds as many as the account may see, so a short one is not the last."""
    peer = FakeRt()
    pages = [["Service Desk"], ["Network", "Printers"], []]
    peer.failures = [
        httpx.Response(200, json={"items": [{"id": name, "Name": name} for name in page]}) for page in pages
    ]

    with asking(peer) as (connector, client):
        assert connector.labels(client, "assignment_group") == ("Service Desk", "Network", "Printers")


def test_rt_says_success_and_leaves_tags_as_they_were() -> None:
    """As for a field that takes one value."""
    peer = FakeRt()
    peer.failures = [None, None, httpx.Response(200, json=["Tags: Permission Denied"])]

    with asking(peer, tags="Tags") as (connector, client), pytest.raises(Refused, match="left as it was: Tags"):
        connector.write(client, "1207", make_change(tags=("triage_network",), note="x"))

    assert peer.notes == []


def test_a_ticket_that_was_deleted_in_rt_is_gone() -> None:
    """RT still answers with it."""
    peer = FakeRt()
    peer.ticket["Status"] = "deleted"

    with asking(peer) as (connector, client), pytest.raises(Gone):
        connector.fetch(client, "1207")


# --- any program


def test_a_change_for_a_program_has_the_id_of_its_mark() -> None:
    """It comes twice and is made once, by what every receiver of Standard Webhooks does anyway."""
    peer = FakeGeneric()

    with asking(peer) as (connector, client):
        connector.write(client, "T-1", make_change(assignment_group="Network", note="x"))

    assert peer.writes[0].headers["webhook-id"] == MARK
    assert json.loads(peer.writes[0].content)["type"] == "ticket.change"


def test_a_ticket_alone_is_a_new_one() -> None:
    """The simplest thing that a program can send."""
    event = read("generic", {"id": 42, "subject": "x", "customer_id": "guest"})

    assert (event.kind, event.number, event.ticket.customer_id) == ("created", "42", None)
