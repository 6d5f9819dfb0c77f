"""The audit as a whole, on generated and on real desks."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from data.exports.files import read_tickets
from data.exports.preset import load_preset, with_map
from data.samples.desk import generate_desk
from tests.builders import make_history, make_wordy_history
from training.audit.cleaning import clean_history
from training.audit.finding import Finding
from training.audit.inspection import audit_history
from triage.targets import USUAL_TARGETS
from triage.ticket import WorkedTicket


def warned(findings: Iterable[Finding]) -> set[tuple[str, str | None]]:
    """Kind and target of what an audit warns of."""
    return {(f.kind, f.target) for f in findings if f.severity == "warning"}


def warnings(tickets: Sequence[WorkedTicket], *targets: str) -> set[tuple[str, str | None]]:
    """The same of an audit of these tickets."""
    return warned(audit_history(tickets, targets))


def test_a_believable_desk_is_left_in_peace() -> None:
    """False alarms on honest desks make people ignore audits."""
    assert warnings(list(generate_desk(n_tickets=4000).tickets), *USUAL_TARGETS) == set()


def test_a_finding_is_json() -> None:
    """Programs read it, and the manifest keeps it."""
    history = [*make_history(100), *make_history(20)]

    findings = audit_history(history, ["assignment_group", "priority"])

    assert findings
    for finding in findings:
        content = json.loads(json.dumps(finding.as_dict()))
        assert set(content) == {
            "kind", "severity", "sentence", "advice", "target", "n_rows", "examples", "effects", "terms", "joins",
            "is_cleaned",
        }  # fmt: skip


def test_warnings_come_first() -> None:
    """Nobody reads to the end."""
    history = make_wordy_history(100, lambda i, _: {"text": "issue resolved.\n" if i < 10 else "", "priority": "3"})

    severities = [f.severity for f in audit_history([*history, *history], ["assignment_group", "priority"])]

    assert severities == ["warning", "warning", "note"]


def test_a_hopeless_target_is_said_once() -> None:
    """That a column of names also stands in the texts is no news."""
    findings = audit_history(make_wordy_history(100, lambda i, _: {"priority": f"P{i}", "text": f"P{i}"}), ["priority"])

    assert [f.kind for f in findings] == ["near_unique_labels"]


def test_the_same_seed_finds_the_same() -> None:
    """A manifest can be made again."""
    history = list(generate_desk(n_tickets=600, n_customers=50).tickets)

    assert audit_history(history, USUAL_TARGETS, seed=3) == audit_history(history, USUAL_TARGETS, seed=3)


def test_no_tickets_are_no_findings() -> None:
    """An export may be empty."""
    assert audit_history([], ["priority"]) == ()


def test_progress_is_told_to_the_end() -> None:
    """The last of it is the longest."""
    told: list[float] = []

    audit_history(make_history(60), ["priority", "ticket_type"], on_progress=told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_published_leak_is_found_named_and_gone(real_data: Path) -> None:
    """The Endava ticket types were cleaned differently; its topics are sound."""
    preset = with_map(load_preset("generic"), ["body=text", "assignment_group=topic"])
    tickets, _ = read_tickets(real_data / "endava_it_tickets.csv.gz", preset)
    history = tickets[::4]
    targets = ("ticket_type", "assignment_group")

    findings = audit_history(history, targets)
    cleaned = clean_history(history, findings)

    leak = next(f for f in findings if f.kind == "neutral_words_tell_label")
    assert warned(findings) == {
        ("neutral_words_tell_label", "ticket_type"),
        ("extreme_words", "ticket_type"),
    }
    assert leak.effects["neutral_words_accuracy"] > 0.96
    assert {"you", "tuesday", "regards"} <= set(leak.terms)
    assert warnings(list(cleaned.tickets), *targets) == set()


def test_notes_in_a_real_export_are_found_named_and_gone(real_data: Path) -> None:
    """Agents of that desk wrote what they did into the description."""
    tickets, _ = read_tickets(real_data / "servicenow_incidents_with_callers.csv.gz", load_preset("servicenow"))

    findings = audit_history(tickets, ["assignment_group"])
    cleaned = clean_history(tickets, findings)

    kinds = {f.kind: f for f in findings}
    assert warned(findings) == {("written_afterwards", None)}
    assert {"issue resolved", "verified user details"} <= set(kinds["written_afterwards"].terms)
    assert {"repeated_texts", "large_customer", "rare_labels", "dominant_label", "conflicting_labels"} <= set(kinds)
    assert warnings(list(cleaned.tickets), "assignment_group") == set()


@pytest.mark.parametrize("target", ["ticket_type", "assignment_group", "priority"])
def test_a_real_desk_in_five_languages_is_left_in_peace(real_data: Path, target: str) -> None:
    """Its figures are low and honest."""
    tickets, _ = read_tickets(real_data / "multilingual_helpdesk.csv.gz", load_preset("generic"))

    assert warnings(tickets, target) == set()
