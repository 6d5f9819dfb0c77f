"""A representative row of each system, by its own column names and values, read with its preset."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.exports.files import read_tickets
from data.exports.preset import load_preset

WriteExport = Callable[..., Path]

LATE = datetime(2026, 3, 12, 9, 15, tzinfo=UTC)

ROWS: dict[tuple[str, str], tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]] = {
    ("servicenow", "csv"): (
        {
            "Number": "INC0010023",
            "Short description": "VPN down",
            "Description": "error 809",
            "Caller": "Ada Byron",
            "Opened": "2026-03-12 09:15:00",
            "Contact type": "Self-service",
            "Location": "Lyon",
            "Task type": "Incident",
            "Assignment group": "Network",
            "Priority": "3 - Moderate",
            "Reassignment count": "2",
            "Reopen count": "0",
            "Made SLA": "true",
            "Resolved": "2026-03-12 09:15:00",
            "Resolved by": "Bo",
            "Resolution notes": "restarted",
            "Problem": "PRB1",
            "State": "Closed",
        },
        {
            "id": "INC0010023",
            "subject": "VPN down",
            "body": "error 809",
            "customer_id": "Ada Byron",
            "opened_at": LATE,
            "channel": "portal",
            "attributes": {"location": "Lyon"},
        },
        {
            "ticket_type": "incident",
            "assignment_group": "Network",
            "priority": "3 - Moderate",
            "reassignments": 2,
            "reopens": 0,
            "made_sla": True,
            "resolved_at": LATE,
            "resolved_by": "Bo",
            "resolution": "restarted",
            "problem_id": "PRB1",
            "attributes": {"State": "Closed"},
        },
    ),
    ("servicenow", "jsonl"): (
        {
            "number": "RITM1",
            "short_description": "New laptop",
            "caller_id": {"link": "https://x/api/now/table/sys_user/6816", "value": "6816"},
            "sys_created_on": "2026-03-12 09:15:00",
            "sys_class_name": "Requested Item",
            "assignment_group": {"display_value": "Hardware", "link": "https://x"},
            "priority": "4",
        },
        {"id": "RITM1", "subject": "New laptop", "customer_id": "6816", "opened_at": LATE},
        {"ticket_type": "request", "assignment_group": "Hardware", "priority": "4 - Low"},
    ),
    ("jira", "csv"): (
        {
            "Summary": "VPN down",
            "Issue key": "IT-7",
            "Issue id": "10007",
            "Issue Type": "[System] Service request",
            "Priority": "High",
            "Resolution": "Done",
            "Assignee": "bo",
            "Reporter": "ada",
            "Created": "12/Mar/26 9:15 AM",
            "Resolved": "12/Mar/26 9:15 AM",
            "Component/s": "Network",
            "Description": "error 809",
            "Time Spent": "5400",
            "Custom field (Request Type)": "Get IT help",
            "Satisfaction rating": "4",
        },
        {"id": "IT-7", "subject": "VPN down", "body": "error 809", "customer_id": "ada", "opened_at": LATE},
        {
            "ticket_type": "request",
            "assignment_group": "Network",
            "priority": "High",
            "category": "Get IT help",
            "resolved_at": LATE,
            "resolved_by": "bo",
            "effort_minutes": 90.0,
            "satisfaction": 4.0,
            "attributes": {"Issue id": "10007", "Resolution": "Done"},
        },
    ),
    ("jira", "jsonl"): (
        {
            "id": "10007",
            "key": "IT-7",
            "fields": {
                "summary": "VPN down",
                "issuetype": {"name": "Incident"},
                "priority": {"name": "High"},
                "reporter": {"accountId": "5b10"},
                "created": "2026-03-12T10:15:00.000+0100",
            },
        },
        {"id": "IT-7", "subject": "VPN down", "customer_id": "5b10", "opened_at": LATE},
        {"ticket_type": "incident", "priority": "High"},
    ),
    ("zendesk", "csv"): (
        {
            "Summation column": "1",
            "Id": "35",
            "Requester": "Ada",
            "Requester id": "42",
            "Assignee": "Bo",
            "Group": "Support",
            "Subject": "Where is it?",
            "Priority": "Normal",
            "Via": "Mail",
            "Ticket type": "Question",
            "Created at": "2026-03-12 09:15",
            "Solved at": "2026-03-12 09:15",
            "Organization": "ACME",
            "Satisfaction Score": "Good",
            "Reopens": "1",
        },
        {
            "id": "35",
            "subject": "Where is it?",
            "customer_id": "42",
            "channel": "email",
            "opened_at": LATE,
            "attributes": {"organization": "ACME"},
        },
        {
            "ticket_type": "request",
            "assignment_group": "Support",
            "priority": "Normal",
            "resolved_at": LATE,
            "resolved_by": "Bo",
            "satisfaction": 1.0,
            "reopens": 1,
        },
    ),
    ("zendesk", "jsonl"): (
        {
            "id": 35,
            "subject": "Where is it?",
            "description": "My parcel",
            "type": "incident",
            "group_id": 98738,
            "requester_id": 20978392,
            "via": {"channel": "web"},
            "created_at": "2026-03-12T09:15:00Z",
            "satisfaction_rating": {"score": "offered"},
        },
        {
            "id": "35",
            "body": "My parcel",
            "customer_id": "20978392",
            "channel": "portal",
            "opened_at": LATE,
        },
        {"ticket_type": "incident", "assignment_group": "98738", "satisfaction": None},
    ),
    ("freshservice", "csv"): (
        {
            "Ticket Id": "INC-5",
            "Subject": "VPN down",
            "Description": "error 809",
            "Status": "Closed",
            "Priority": "High",
            "Source": "Phone",
            "Type": "Service Request",
            "Agent": "Bo",
            "Group": "Network",
            "Created Time": "2026-03-12 09:15:00",
            "Resolved Time": "2026-03-12 09:15:00",
            "Resolution Status": "SLA Violated",
            "Requester Email": "ada@example.com",
            "Requester Name": "Ada",
            "Department": "Finance",
            "Time Tracked": "01:30",
        },
        {
            "id": "INC-5",
            "body": "error 809",
            "customer_id": "ada@example.com",
            "channel": "phone",
            "opened_at": LATE,
            "attributes": {"department": "Finance"},
        },
        {
            "ticket_type": "request",
            "assignment_group": "Network",
            "priority": "High",
            "resolved_at": LATE,
            "made_sla": False,
            "effort_minutes": 90.0,
        },
    ),
    ("freshservice", "jsonl"): (
        {
            "id": 5,
            "subject": "VPN down",
            "description": "<div>error 809</div>",
            "description_text": "error 809",
            "type": "Incident",
            "priority": 4,
            "urgency": 1,
            "impact": 3,
            "source": 2,
            "requester_id": 42,
            "group_id": 7,
            "created_at": "2026-03-12T09:15:00Z",
        },
        {"id": "5", "customer_id": "42", "channel": "portal", "opened_at": LATE},
        {
            "ticket_type": "incident",
            "assignment_group": "7",
            "priority": "Urgent",
            "urgency": "Low",
            "impact": "High",
        },
    ),
    ("zammad", "csv"): (
        {
            "#": "65001",
            "Title": "VPN down",
            "State": "closed",
            "Priority": "2 normal",
            "Group": "Network",
            "Owner": "Bo",
            "Customer": "Ada",
            "Organization": "ACME",
            "Create Channel": "email",
            "Time Units Total": "15",
            "Created At": "2026-03-12 09:15:00 UTC",
            "Closed At": "2026-03-12 09:15:00 UTC",
        },
        {
            "id": "65001",
            "subject": "VPN down",
            "customer_id": "Ada",
            "channel": "email",
            "opened_at": LATE,
            "attributes": {"organization": "ACME"},
        },
        {
            "assignment_group": "Network",
            "priority": "2 normal",
            "closed_at": LATE,
            "resolved_by": "Bo",
            "effort_minutes": 15.0,
        },
    ),
    ("zammad", "jsonl"): (
        {
            "ticket": {
                "id": 1,
                "number": "65001",
                "title": "VPN down",
                "group": {"name": "Network"},
                "priority": {"name": "3 high"},
                "type": "Incident",
                "customer": {"id": 7, "email": "ada@example.com"},
                "created_at": "2026-03-12T09:15:00Z",
            },
            "article": {"body": "error 809", "type": "web"},
        },
        {
            "id": "65001",
            "subject": "VPN down",
            "body": "error 809",
            "customer_id": "ada@example.com",
            "channel": "portal",
            "opened_at": LATE,
        },
        {"ticket_type": "incident", "assignment_group": "Network", "priority": "3 high"},
    ),
    ("glpi", "csv"): (
        {
            "ID": "3 012",
            "Titre": "VPN en panne",
            "Entité": "Lyon",
            "Date d'ouverture": "12-03-2026 09:15",
            "Priorité": "Très haute",
            "Type": "Demande",
            "Demandeur - Demandeur": "Ada",
            "Attribué à - Groupe de techniciens": "Réseau",
            "Date de résolution": "12-03-2026 09:15",
            "Durée totale": "1 heures 30 minutes",
        },
        {
            "id": "3012",
            "subject": "VPN en panne",
            "customer_id": "Ada",
            "opened_at": LATE,
            "attributes": {"entity": "Lyon"},
        },
        {
            "ticket_type": "request",
            "assignment_group": "Réseau",
            "priority": "Very high",
            "resolved_at": LATE,
            "effort_minutes": 90.0,
        },
    ),
    ("glpi", "jsonl"): (
        {
            "id": 12,
            "name": "VPN down",
            "content": "error 809",
            "date": "2026-03-12 09:15:00",
            "type": 1,
            "urgency": 3,
            "priority": 6,
            "requesttypes_id": 2,
            "actiontime": 5400,
        },
        {"id": "12", "subject": "VPN down", "body": "error 809", "channel": "email", "opened_at": LATE},
        {"ticket_type": "incident", "urgency": "Medium", "priority": "Major", "effort_minutes": 90.0},
    ),
    ("rt", "tsv"): (
        {
            "id": "7",
            "Subject": "VPN down",
            "Status": "resolved",
            "Queue": "Network",
            "Owner": "Nobody",
            "Requestors": "ada@example.com",
            "Created": "Thu Mar 12 09:15:00 2026",
            "Resolved": "Not set",
            "Time Worked": "1.5 hours (90 minutes)",
            "CustomField.{Ticket Type}": "Service Request",
        },
        {"id": "7", "subject": "VPN down", "customer_id": "ada@example.com", "opened_at": LATE},
        {
            "ticket_type": "request",
            "assignment_group": "Network",
            "resolved_at": None,
            "resolved_by": None,
            "effort_minutes": 90.0,
            "attributes": {"Status": "resolved"},
        },
    ),
    ("rt", "jsonl"): (
        {
            "id": 7,
            "Subject": "VPN down",
            "Content": "error 809",
            "Queue": {"id": "1", "type": "queue", "Name": "Network"},
            "Requestor": [{"id": "ada", "type": "user"}],
            "Creator": {"id": "bo"},
            "Created": "2026-03-12T09:15:00Z",
            "Resolved": "1970-01-01T00:00:00Z",
            "TimeWorked": "90",
        },
        {"id": "7", "body": "error 809", "customer_id": "ada", "opened_at": LATE},
        {"assignment_group": "Network", "resolved_at": None, "effort_minutes": 90.0},
    ),
}


def written(row: Mapping[str, Any], kind: str) -> str:
    """One row as a file of that kind."""
    if kind == "jsonl":
        return json.dumps(row) + "\n"
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(row), delimiter="\t" if kind == "tsv" else ",")
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue()


@pytest.mark.parametrize(("preset", "kind"), ROWS, ids="-".join)
def test_a_row_of_the_system_means_what_it_means_there(write_export: WriteExport, preset: str, kind: str) -> None:
    """The names and values are the system's own, as its export or its API writes them."""
    row, filed, worked = ROWS[preset, kind]
    path = write_export(written(row, kind), f"export.{kind}")

    [ticket], summary = read_tickets(path, load_preset(preset))

    assert {name: getattr(ticket.filed, name) for name in filed} == filed
    assert {name: getattr(ticket, name) for name in worked} == worked
    assert not any("was not readable" in note for note in summary.notes)
