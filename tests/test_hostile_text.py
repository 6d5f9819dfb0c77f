"""Nothing that somebody writes into a ticket steers, breaks or disguises an answer."""

import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from models.bundle import load_bundle
from tests.builders import MONDAY, make_ticket, make_worked
from tests.hostile import ATTACKS, Attack
from training.experiment import Experiment
from triage.customers.contact import contact_of
from triage.customers.profiling import profile_customer
from triage.model import TriageModel
from triage.prediction import Decision, Prediction, Reason
from triage.redaction import redact_ticket
from triage.ticket import NewTicket

ORDINARY = "vpn tunnel drops since this morning"


@pytest.fixture(scope="module")
def model(experiment: Experiment, tmp_path_factory: pytest.TempPathFactory) -> TriageModel:
    """The small model as it is served: out of its bundle."""
    folder: Path = tmp_path_factory.mktemp("hostile") / "bundle"
    experiment.write(folder)
    return load_bundle(folder, version="1")


def tickets_of(attack: Attack) -> list[NewTicket]:
    """The text wherever somebody can write it: alone, behind an ordinary text, and in the fields of a form."""
    return [
        make_ticket(subject=attack.text, body=attack.text),
        make_ticket(body=f"{ORDINARY}\n{attack.text}"),
        make_ticket(
            channel=attack.text, language=attack.text, attributes={attack.text: attack.text, "service": attack.text}
        ),
    ]


def check_answer(prediction: Prediction, labels: dict[str, tuple[str, ...]]) -> None:
    """An answer as any other: known labels, probabilities, a decision and a reason from the list."""
    known = labels[prediction.target]
    assert {label.value for label in prediction.top} <= set(known)
    assert len(prediction.top) == min(3, len(known))
    assert (prediction.value, prediction.confidence) == prediction.top[0]
    assert all(0 <= label.confidence <= 1 for label in prediction.top)
    assert 0 <= prediction.threshold <= 1
    assert prediction.decision in get_args(Decision)
    assert prediction.reason in get_args(Reason)


def test_there_are_enough_attacks_of_every_kind() -> None:
    """A list that shrinks proves less than it says."""
    assert len(set(ATTACKS)) == len(ATTACKS) >= 80
    assert len({attack.kind for attack in ATTACKS}) >= 10


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.kind}: {ascii(attack.text)[:40]}")
def test_an_attack_is_answered_as_any_other_ticket(model: TriageModel, attack: Attack) -> None:
    """A label that does not exist, or a confidence of 7, would go straight into the ticketing system."""
    labels = {head.target: head.labels for head in model.questions}

    first, again = (model.score(tickets_of(attack), explain=True) for _ in range(2))

    assert first == again
    for answers in first:
        assert [prediction.target for prediction in answers] == list(model.targets)
        for prediction in answers:
            check_answer(prediction, labels)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.kind}: {ascii(attack.text)[:40]}")
def test_an_attack_is_a_contact_as_any_other(attack: Attack) -> None:
    """Profiles are read by people, and are made of what customers write."""
    contacts = [contact_of(make_worked(filed=ticket), MONDAY) for ticket in tickets_of(attack)]

    profile = profile_customer("u42", contacts, MONDAY + timedelta(days=1))

    assert profile.n_contacts_7d == len(contacts)
    assert set(asdict(profile)) == set(asdict(profile_customer("u42", [], MONDAY)))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.kind}: {ascii(attack.text)[:40]}")
def test_an_attack_is_redacted_as_any_other_text(attack: Attack) -> None:
    """Redaction reads what nobody has checked before it."""
    ticket = tickets_of(attack)[1]

    redacted = redact_ticket(ticket).ticket

    assert (redacted.id, redacted.customer_id) == (ticket.id, ticket.customer_id)
    assert redact_ticket(redacted) == (redacted, {})


def test_an_attack_does_not_touch_the_answers_about_its_neighbours(model: TriageModel) -> None:
    """Tickets are scored as one batch; who shares it must not matter."""
    mine = make_ticket(body=ORDINARY)

    (alone,) = model.score([mine])
    among = model.score([mine, *(ticket for attack in ATTACKS for ticket in tickets_of(attack)), mine])

    for other in (among[0], among[-1]):
        assert [(p.value, p.decision, p.reason) for p in other] == [(p.value, p.decision, p.reason) for p in alone]
        assert [p.confidence for p in other] == pytest.approx([p.confidence for p in alone], abs=1e-6)


def test_every_answer_about_an_attack_can_be_written_as_json(model: TriageModel) -> None:
    """NaN is no JSON, and half a surrogate pair no UTF-8: either would fail after the work was done."""
    for attack in ATTACKS:
        for answers in model.score(tickets_of(attack), explain=True):
            values = [(p.value, p.confidence, p.threshold, p.top, p.explanation) for p in answers]

            assert json.dumps(values, allow_nan=False, ensure_ascii=False).encode()
