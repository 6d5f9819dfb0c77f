"""One label in several spellings is found, and two labels are not taken for one."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from models.manifest import Manifest
from tests.builders import make_ticket, make_wordy_history, make_worked
from training.audit.cleaning import clean_history
from training.audit.excerpt import read_excerpt
from training.audit.finding import Finding
from training.audit.inspection import audit_history
from training.audit.joined_labels import JoinedLabels
from training.audit.label_variants import find_label_variants
from triage.ticket import WorkedTicket

NAMES = ("Network", "Identity and Access", "Procurement", "Service Desk")

Spell = Callable[[int, str], str]


def desk(spell: Spell = lambda _, label: label, n: int = 600) -> list[WorkedTicket]:
    """Tickets of four groups, three words of each telling its group; the spelling is told number and label."""
    return [replace(ticket, assignment_group=spell(i, NAMES[i % 4])) for i, ticket in enumerate(make_wordy_history(n))]


def found(tickets: Sequence[WorkedTicket], target: str = "assignment_group") -> Finding | None:
    """What is found of a target's labels."""
    (*none, finding) = (None, *find_label_variants(read_excerpt(tickets, seed=0, on_progress=lambda _: None), target))
    assert none in ([], [None])
    return finding


def spell_in_many_ways(i: int, label: str) -> str:
    """As three tools and a spreadsheet do."""
    ways = (label, label, label.upper(), label.lower(), label + ".", label.replace(" ", "  "), f"\u200b{label}")
    return ways[i % len(ways)]


def test_labels_of_one_form_are_named_with_what_they_cost() -> None:
    """Twelve labels stood there as forty-seven, accuracy fell from 0.86 to 0.58, and the audit found nothing."""
    history = desk(spell_in_many_ways)

    finding = found(history)

    assert finding is not None
    assert (finding.kind, finding.severity, finding.is_cleaned) == ("label_variants", "warning", True)
    assert set(finding.joins.values()) == set(NAMES)
    assert finding.joins["NETWORK"] == finding.joins["network"] == finding.joins["Network."] == "Network"
    assert finding.joins["Identity  and  Access"] == "Identity and Access"
    n_labels, n_rarer = (
        len({t.assignment_group for t in history}),
        sum(t.assignment_group not in NAMES for t in history),
    )
    assert finding.n_rows == n_rarer
    assert finding.effects["labels"] == n_labels
    assert finding.effects["labels_joined"] == 4
    assert finding.effects["share_of_tickets"] == n_rarer / 600
    assert finding.effects["accuracy_joined"] > finding.effects["accuracy_as_they_are"] + 0.2
    assert finding.sentence.startswith(f"{n_labels} labels of assignment_group are 4 in several spellings: '")
    assert f"; {n_rarer:,} of 600 tickets (" in finding.sentence
    assert all(
        next(t for t in history if t.filed.id == id_).assignment_group in finding.joins for id_ in finding.examples
    )


def test_labels_that_differ_are_left_in_peace() -> None:
    """A finding on an honest desk teaches people not to read."""
    assert found(desk()) is None
    assert found(desk(lambda i, _: f"L{1 + i % 3}")) is None
    assert found(desk(lambda i, _: f"Team {i % 12}")) is None
    assert found(desk(lambda i, _: f"P{i % 4 + 1}")) is None


def test_the_commonest_spelling_wins() -> None:
    """Of equals the first in the alphabet, so that the same history gives the same model."""
    finding = found(desk(lambda i, label: label.upper() if i % 3 else label))

    assert finding is not None
    assert finding.joins == {label: label.upper() for label in NAMES}


@pytest.mark.parametrize(("n_odd", "severity"), [(5, "note"), (6, "warning")])
def test_one_ticket_in_a_hundred_is_worth_a_warning(n_odd: int, severity: str) -> None:
    """Fewer change no figure."""
    finding = found(desk(lambda i, label: label.lower() if i < 4 * n_odd and i % 4 == 0 else label))

    assert finding is not None
    assert finding.n_rows == n_odd
    assert (finding.severity, finding.effects["accuracy_joined"] - finding.effects["accuracy_as_they_are"] < 0.02) == (
        severity,
        True,
    )


@pytest.mark.parametrize(("n_odd", "typo"), [(1, "Netwrok"), (3, "Netwok"), (12, "Nettwork"), (8, "NETWROK")])
def test_a_typing_error_whose_tickets_read_like_the_label_is_joined(n_odd: int, typo: str) -> None:
    """Somebody typed it by hand, or the list of groups has it twice."""
    finding = found(desk(lambda i, label: typo if label == "Network" and i < 4 * n_odd else label))

    assert finding is not None
    assert finding.joins == {typo: "Network"}
    assert " 1 of the spellings are taken for typing errors: their tickets read like those of the label." in (
        finding.sentence
    )


@pytest.mark.parametrize(
    ("spell", "why"),
    [
        (lambda i, label: "Netwrok" if label == "Procurement" and i < 48 else label, "its tickets read otherwise"),
        (lambda i, label: "Netwrok" if label == "Network" and i < 80 else label, "it is not much rarer"),
        (lambda i, label: f"Network {1 + (i < 12)}" if label == "Network" else label, "a digit tells them apart"),
        (lambda i, label: ("Support UK", "Support US")[i < 12] if label == "Network" else label, "codes do"),
    ],
)
def test_what_only_looks_mistyped_stays(spell: Spell, why: str) -> None:
    """Joined, two teams would get one another's tickets, and nobody would know."""
    assert found(desk(spell)) is None, why


def test_what_a_model_tells_apart_is_no_typing_error() -> None:
    """Printers and the team of the printers' ink: alike in letters, and each with its own words."""

    def with_ink(i: int, ticket: WorkedTicket) -> WorkedTicket:
        if ticket.assignment_group != "Printers":
            return ticket
        is_ink = i < 48
        body = ticket.filed.body + (" ink cartridge toner" if is_ink else "")
        return replace(
            ticket, filed=replace(ticket.filed, body=body), assignment_group="Printer" if is_ink else "Printers"
        )

    history = [with_ink(i, t) for i, t in enumerate(desk(lambda _, label: label.replace("Network", "Printers")))]

    assert found(history) is None


def test_a_spelling_of_a_typing_error_is_the_label_itself() -> None:
    """Both rules together: what was meant, not what was mistyped."""

    def spell(i: int, label: str) -> str:
        return ("Netwrok", "NETWROK", "NETWORK")[i // 4 % 3] if label == "Network" and i < 24 else label

    finding = found(desk(spell))

    assert finding is not None
    assert finding.joins == {"Netwrok": "Network", "NETWROK": "Network", "NETWORK": "Network"}


def test_accents_that_are_missing_are_a_typing_error_and_unicode_forms_are_none() -> None:
    """Two labels that look the same on every screen need no evidence."""
    finding = found(
        desk(
            lambda i, label: (
                ("Réseau", "Re\u0301seau", "RÉSEAU ", "Reseau")[0 if i > 40 else i // 4 % 4]
                if label == "Network"
                else label
            )
        )
    )

    assert finding is not None
    assert finding.joins == {"Re\u0301seau": "Réseau", "RÉSEAU ": "Réseau", "Reseau": "Réseau"}


def test_names_are_not_compared() -> None:
    """A column of names is no target; of ten thousand of them nobody compares all pairs."""
    assert found(desk(lambda i, _: f"{'Ann' if i % 2 else 'ann'} Lee {3 * i // 5}")) is None


def test_many_labels_of_few_tickets_each_are_joined_and_not_measured() -> None:
    """Sixty words of a model for two hundred labels say nothing."""
    finding = found(desk(lambda i, _: f"{'Site' if i < 200 else 'SITE'} {i % 200}"))

    assert finding is not None
    assert finding.effects["labels_joined"] == 200
    assert "accuracy_joined" not in finding.effects


def test_where_joining_leaves_one_label_nothing_is_joined() -> None:
    """There would be nothing to learn, and that has to be said before."""
    history = [replace(ticket, assignment_group=("Réseau", "RÉSEAU")[i % 3 > 1]) for i, ticket in enumerate(desk())]

    finding = found(history)

    assert finding is not None
    assert (finding.severity, finding.is_cleaned) == ("warning", False)
    assert finding.advice == "Joined, there is one label and nothing to learn."
    assert clean_history(history, [finding]).tickets == tuple(history)


def test_a_small_history_is_not_measured() -> None:
    """Of forty tickets an accuracy would be chance."""
    finding = found(desk(spell_in_many_ways, 40))

    assert finding is not None
    assert "accuracy_joined" not in finding.effects
    assert "linear model" not in finding.sentence


def test_the_audit_has_it_and_cleaning_joins_it() -> None:
    """As `models train --clean` does; afterwards there is nothing of the kind to find."""
    history = desk(spell_in_many_ways)

    findings = audit_history(history, ["assignment_group"])
    cleaned = clean_history(history, findings)

    (finding,) = (f for f in findings if f.kind == "label_variants")
    assert {t.assignment_group for t in cleaned.tickets} == set(NAMES)
    assert [t.filed for t in cleaned.tickets] == [t.filed for t in history]
    (action,) = cleaned.actions
    assert action == (
        f"{len(finding.joins)} spellings of assignment_group were joined to 4 labels in {finding.n_rows} of 600 "
        "tickets: 'Identity and Access', 'Network', 'Procurement', 'Service Desk'. The model answers these."
    )
    assert found(cleaned.tickets) is None
    assert clean_history(cleaned.tickets, findings).tickets == cleaned.tickets


def test_tickets_that_were_not_audited_are_joined_by_the_same_rule() -> None:
    """A spelling that only the tickets to measure on have is one all the same; a new typing error is not."""
    finding = found(desk(spell_in_many_ways))
    assert finding is not None
    joined = JoinedLabels.of([finding])

    assert joined.label("assignment_group", "NetWork ") == "Network"
    assert joined.label("assignment_group", "Netwrok") == "Netwrok"
    assert joined.label("priority", "network") == "network"


@pytest.mark.parametrize(
    ("clean", "is_cleaned", "label"), [(True, True, "Network"), (False, True, "NETWORK"), (True, False, "NETWORK")]
)
def test_a_manifest_says_what_a_model_was_learned_with(clean: bool, is_cleaned: bool, label: str) -> None:
    """Whoever measures it has to join the same; where nothing was cleaned, labels are what they are."""
    finding = found(desk(spell_in_many_ways))
    assert finding is not None
    said = json.loads(json.dumps(replace(finding, is_cleaned=is_cleaned).as_dict()))
    manifest = cast("Manifest", SimpleNamespace(parameters={"clean": clean}, audit={"findings": [said]}))

    assert JoinedLabels.in_manifest(manifest).label("assignment_group", "NETWORK") == label


def test_an_export_s_own_column_is_joined_too() -> None:
    """Any column can be a target; the others of the ticket stay."""
    ticket = make_worked(filed=make_ticket(), attributes={"queue": "NETWORK", "note": "NETWORK"}, reopens=1)
    finding = Finding(
        kind="label_variants", severity="warning", sentence="", advice="", target="queue",
        joins={"NETWORK": "Network"}, is_cleaned=True,
    )  # fmt: skip

    (cleaned,) = clean_history([ticket], [finding]).tickets

    assert cleaned == replace(ticket, attributes={"queue": "Network", "note": "NETWORK"})
