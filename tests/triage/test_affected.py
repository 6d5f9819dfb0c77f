"""What a ticket is about."""

import pytest

from tests.builders import make_ticket
from triage.affected import Lists, find_affected, kind_of_field
from triage.gazetteer import Gazetteer, ListedName
from triage.identifiers import read_formats
from triage.prediction import Decision, LabelConfidence, Prediction

LISTS = Lists(
    Gazetteer(
        [
            ListedName("VPN", owner="Network"),
            ListedName("Intranet"),
            ListedName("Payroll Portal"),
            ListedName("Kestrel", "configuration_item"),
        ]
    ),
    read_formats({"asset_tag": ["LT-#####"]}),
)


def prediction(target: str, value: str, decision: Decision = "suggest") -> Prediction:
    """A model's answer."""
    return Prediction(target, value, 0.8, 0.9, decision, "below_threshold", (LabelConfidence(value, 0.8),))


def test_a_named_service_is_told_with_its_words_and_place() -> None:
    """Whoever reads it sees why, and which group looks after it."""
    ticket = make_ticket(subject="no vpn", body="since today")

    [one] = find_affected(ticket, LISTS).findings

    assert (one.name, one.kind, one.how, one.words, one.field, one.owner) == (
        *("VPN", "service", "exact", "vpn", "subject", "Network"),
    )
    assert ticket.subject[one.start : one.end] == "vpn"


def test_what_the_subject_names_goes_before_what_the_body_does() -> None:
    """Bodies name things in passing: that is measured, and the confidence says so."""
    found = find_affected(make_ticket(subject="Payroll portal down", body="found nothing in the intranet"), LISTS)

    assert [one.name for one in found.findings] == ["Payroll Portal", "Intranet"]
    assert found.findings[0].confidence > found.findings[1].confidence  # type: ignore[operator] # named ones have one


def test_a_slip_in_the_body_counts_only_where_nothing_is_written_right() -> None:
    """Beside a right name, a word like another name is more often a word."""
    alone = find_affected(make_ticket(subject="help", body="the intarnet is gone"), LISTS)
    beside = find_affected(make_ticket(subject="vpn", body="the intarnet is gone"), LISTS)

    assert [(one.name, one.how) for one in alone.findings] == [("Intranet", "typo")]
    assert [one.name for one in beside.findings] == ["VPN"]


def test_the_models_suggestion_is_used_where_no_text_names_one() -> None:
    """Most tickets name nothing; what the text says is surer than what a model thinks."""
    suggested = [prediction("service", "Intranet"), prediction("cmdb_ci", "Falcon"), prediction("priority", "1")]

    silent = find_affected(make_ticket(subject="help", body="it is broken"), LISTS, predictions=suggested)
    named = find_affected(make_ticket(subject="vpn", body="it is broken"), LISTS, predictions=suggested)

    assert [(one.name, one.kind, one.how) for one in silent.findings] == [
        ("Intranet", "service", "predicted"),
        ("Falcon", "configuration_item", "predicted"),
    ]
    assert [(one.name, one.how) for one in named.findings] == [("VPN", "exact"), ("Falcon", "predicted")]


@pytest.mark.parametrize("decision", ["abstain", "skipped", "error"])
def test_what_the_model_withholds_is_not_told(decision: Decision) -> None:
    """It is not sure, so nothing is said."""
    found = find_affected(
        make_ticket(subject="help", body="broken"), LISTS, predictions=[prediction("service", "Intranet", decision)]
    )

    assert not found


def test_the_customers_past_is_evidence_and_no_finding() -> None:
    """A profile must not decide what a ticket is about."""
    found = find_affected(
        make_ticket(subject="help", body="broken"), LISTS, past={"service": "Intranet", "location": "Room 4"}
    )

    assert found.findings == ()
    assert [(one.name, one.how, one.confidence) for one in found.evidence] == [("Intranet", "own_past", None)]


def test_what_is_named_is_not_repeated_as_evidence() -> None:
    """It says nothing more."""
    found = find_affected(make_ticket(subject="vpn", body=""), LISTS, past={"service": "vpn"})

    assert found.evidence == ()


def test_identifiers_of_subject_and_body_are_told_once() -> None:
    """The subject's first."""
    found = find_affected(make_ticket(subject="LT-12345: error 809", body="ERROR 809 on lt-12345, HTTP 503"), LISTS)

    assert [one.text for one in found.identifiers] == ["LT-12345", "error 809", "HTTP 503"]


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("service", "service"),
        ("Business_Service", "service"),
        ("cmdb_ci", "configuration_item"),
        ("category", None),
        ("priority", None),
    ],
)
def test_fields_that_name_things_are_known(field: str, kind: str | None) -> None:
    """A category is no service, though profiles take it for one where there is nothing better."""
    assert kind_of_field(field) == kind
