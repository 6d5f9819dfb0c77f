"""A ticket as a contact."""

from datetime import timedelta

import pytest

from tests.builders import MONDAY, make_ticket, make_worked
from triage.customers.contact import contact_of


def test_a_contact_holds_what_a_profile_asks_about() -> None:
    """From both halves of a ticket: as filed, and as people worked it."""
    ticket = make_worked(
        filed=make_ticket(
            body="Environment: laptop\nhow do I connect?",
            attributes={"service": "VPN", "subcategory": "client", "device": "L1", "location": "Lyon"},
        ),
        category="Network",
        reopens=1,
        reassignments=2,
        satisfaction=4.0,
        first_contact_resolution=False,
        knowledge_article="KB1",
        closed_at=MONDAY + timedelta(days=2),
    )

    found = contact_of(ticket, MONDAY)

    assert (found.opened_at, found.settled_at, found.resolved_at) == (MONDAY, ticket.closed_at, ticket.closed_at)
    assert (found.service, found.topic, found.device, found.channel) == ("VPN", "client", "L1", "email")
    assert (found.reopens, found.reassignments, found.satisfaction) == (1, 2, 4.0)
    assert (found.first_contact_resolution, found.used_knowledge) == (False, True)
    assert (found.writing_precision, found.asks_how, found.is_automatic) == (pytest.approx(0.2), True, False)


@pytest.mark.parametrize(
    ("attributes", "category", "service", "topic"),
    [
        ({}, None, None, None),
        ({}, "Mail", "Mail", "Mail"),
        ({"service": "VPN"}, "Mail", "VPN", "VPN"),
        ({"category": "Mail", "u_symptom": "slow"}, None, "Mail", "slow"),
        ({"subcategory": "slow"}, None, None, "slow"),
    ],
)
def test_what_it_is_about_is_as_filed_else_as_categorised(
    attributes: dict[str, str], category: str | None, service: str | None, topic: str | None
) -> None:
    """Desks record it in different places, and some in none."""
    found = contact_of(make_worked(filed=make_ticket(attributes=attributes), category=category), MONDAY)

    assert (found.service, found.topic) == (service, topic)


@pytest.mark.parametrize(
    ("channel", "body", "automatic"),
    [
        ("email", "the disk is full", False),
        ("monitoring", "disk full", True),
        ("API", "disk full", True),
        ("email", "Disk full.\nThis message was automatically generated.", True),
        ("email", "please do not reply", True),
        ("email", "Automatisch erstellt, bitte nicht antworten", True),
        ("email", "I do not know whom to reply to", False),
        ("email", "Disk full\nsent by the monitoring, do not reply", True),
        ("email", "I called three times and they don't reply to me", False),
        ("email", "I cannot log in to the no-reply mailbox settings", False),
        ("email", "Sent by noreply@example.org", True),
        ("email", "Bitte nicht auf diese Nachricht antworten", True),
        ("email", "Outlook: ich kann auf die Mail nicht antworten", False),
        (None, "disk full", False),
    ],
)
def test_machines_are_told_from_people(channel: str | None, body: str, automatic: bool) -> None:
    """A monitoring account is nobody who could be helped."""
    assert contact_of(make_worked(filed=make_ticket(channel=channel, body=body)), MONDAY).is_automatic is automatic


def test_a_ticket_without_text_says_nothing_of_its_writer() -> None:
    """An audit log has no texts; its customers do not write badly."""
    found = contact_of(make_worked(filed=make_ticket(subject="", body="", attributes={"a": "b"})), MONDAY)

    assert found.writing_precision is None


@pytest.mark.parametrize(("article", "used"), [(None, None), ("false", False), ("true", True), ("KB1", True)])
def test_whether_knowledge_was_used(article: str | None, used: bool | None) -> None:
    """Some desks name the article, an audit log says only whether there was one."""
    assert contact_of(make_worked(knowledge_article=article), MONDAY).used_knowledge is used
