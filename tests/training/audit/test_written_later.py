"""Columns that are written at the end and stand among what is known at the beginning."""

import pytest

from tests.builders import make_ticket, make_worked
from training.audit.excerpt import read_excerpt
from training.audit.finding import Finding
from training.audit.inspection import audit_history
from training.audit.written_later import find_written_later
from triage.ticket import WorkedTicket


def history(*names: str) -> list[WorkedTicket]:
    """Tickets with attributes of these names."""
    return [make_worked(filed=make_ticket(id=f"T{i}", attributes=dict.fromkeys(names, f"v{i % 3}"))) for i in range(40)]


def found(*names: str) -> list[Finding]:
    """What is found of them."""
    return list(find_written_later(read_excerpt(history(*names), seed=0, on_progress=lambda _: None)))


@pytest.mark.parametrize(
    "name",
    [
        "closed_at",
        "closed_code",
        "Close code",
        "close_notes",
        "resolved_by",
        "Resolution code",
        "sys_updated_at",
        "sys_updated_by",
        "sys_mod_count",
        "reassignment_count",
        "calendar_duration",
        "business_duration",
        "made_sla",
        "incident_state",
    ],
)
def test_a_column_of_the_end_is_named(name: str) -> None:
    """A published model explained 98 % of the time to resolve by the moment of closing, and was believed."""
    (finding,) = found("location", name)

    assert (finding.kind, finding.severity, finding.terms, finding.n_rows) == ("written_later", "warning", (name,), 40)
    assert "0.98" in finding.sentence


@pytest.mark.parametrize(
    "name",
    ["location", "category", "cmdb_ci", "disclosed to", "state", "duration", "priority as filed", "floor", "enclosure"],
)
def test_what_is_known_at_opening_is_left_alone(name: str) -> None:
    """A warning that is wrong once is not read again."""
    assert found(name) == []


def test_the_audit_tells_it_before_learning() -> None:
    """`triage tickets check` and every training ask the audit."""
    findings = audit_history(history("closed_code"), ["assignment_group"])

    assert "written_later" in {finding.kind for finding in findings}
