"""Answers to tickets set aside, kept for later comparisons."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from models.manifest import Manifest
from tests.builders import make_answers, make_history, make_model, make_ticket, make_worked
from training.evaluation.answers import answer_tickets
from training.evaluation.held_out import TargetAnswers, asked_precisions, held_out_answers, read_answers, write_answers
from training.experiment import Experiment
from training.histories.dataset import seen_keys
from triage.model import TriageModel
from triage.ticket import WorkedTicket

ASKED = {"ticket_type": 0.95, "assignment_group": 0.9}


def kept_answers(model: TriageModel, tickets: Sequence[WorkedTicket]) -> dict[str, TargetAnswers]:
    """What is kept of the model's answers."""
    return held_out_answers(answer_tickets(model, tickets), tickets, ASKED)


def test_answers_are_those_that_the_service_would_give() -> None:
    """A comparison of anything else would decide about another model than the one that serves."""
    model = make_model()
    tickets = [make_worked(filed=make_ticket(id=str(i), subject=s)) for i, s in enumerate(("VPN down", "mailbox"))]

    answers = kept_answers(model, tickets)

    scored = model.score([ticket.filed for ticket in tickets])
    groups = answers["assignment_group"]
    assert groups.answer.tolist() == [predictions[1].value for predictions in scored]
    assert groups.confidence.tolist() == [predictions[1].confidence for predictions in scored]
    assert groups.is_covered.tolist() == [p[1].reason == "above_threshold" for p in scored]
    assert groups.label.tolist() == ["Network", "Network"]
    assert groups.key.tolist() == seen_keys(tickets).tolist()
    assert (groups.precision, groups.vocabulary) == (0.9, ("Network", "Messaging", "Hardware"))


def test_an_answer_that_rests_on_nothing_is_never_covered() -> None:
    """However sure the model is of what it would say to an empty page."""
    model = make_model(threshold=0.01)
    empty = make_worked(filed=make_ticket(subject="", body="", channel=None))

    answers = kept_answers(model, [empty, make_worked()])

    assert answers["ticket_type"].is_covered.tolist() == [False, True]


def test_tickets_without_a_label_or_a_date_are_kept_as_what_they_are() -> None:
    """Each target has its own tickets, and a desk without dates is compared all the same."""
    undated = make_worked(filed=make_ticket(opened_at=None), ticket_type=None)

    answers = kept_answers(make_model(), [undated])

    assert answers["ticket_type"].key.size == 0
    assert np.isnat(answers["assignment_group"].opened_at).all()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Labels of any script, dates that are missing, targets without a ticket."""
    some = make_answers([True, False] * 3, labels=("Netzwerk", "メール", "[Ext] A=B, C"), covered=True, precision=0.9)
    some.opened_at[2] = np.datetime64("NaT")
    none = make_answers([])

    write_answers(tmp_path / "held_out.parquet", {"group": some, "some column": none})

    found = read_answers(tmp_path / "held_out.parquet")
    assert list(found) == ["group", "some column"]
    for target, kept in (("group", some), ("some column", none)):
        for name in ("key", "opened_at", "label", "answer", "confidence", "is_covered"):
            assert getattr(found[target], name).tolist() == getattr(kept, name).tolist(), name
        assert (found[target].vocabulary, found[target].precision) == (kept.vocabulary, kept.precision)


def test_a_file_of_answers_says_nothing_of_who_wrote_or_what(experiment: Experiment, tmp_path: Path) -> None:
    """It is kept for months beside the run; people are told that no text is."""
    write_answers(tmp_path / "held_out.parquet", experiment.held_out)

    table = pq.read_table(tmp_path / "held_out.parquet")
    assert table.column_names == ["target", "key", "opened_at", "label", "answer", "confidence", "is_covered"]
    written = " ".join(str(value) for column in ("target", "label", "answer") for value in table[column].to_pylist())
    for ticket in make_history():
        assert ticket.filed.subject not in written
        assert f" {ticket.filed.customer_id} " not in written


def test_an_experiment_keeps_the_answers_that_it_was_measured_by(experiment: Experiment) -> None:
    """The fit that had not seen the tickets gave them; the one that serves has learned from all."""
    kept = experiment.held_out["assignment_group"]

    assert kept.key.tolist() == seen_keys(experiment.split.test).tolist()
    assert float((kept.answer == kept.label).mean()) == experiment.measures["assignment_group"].accuracy
    assert float(kept.is_covered.mean()) == experiment.measures["assignment_group"].coverage


@pytest.mark.parametrize(
    ("configured", "asked"),
    [({"assignment_group": {"precision": 0.8}}, 0.8), ({"priority": {"precision": 0.8}}, 0.95), ({}, 0.95)],
)
def test_the_precision_asked_for_is_the_configured_one_or_the_usual(
    experiment: Experiment, configured: dict[str, dict[str, float]], asked: float
) -> None:
    """A target that no configuration names has the precision of `Target`."""
    manifest: Manifest = replace(experiment.manifest, parameters={"targets": configured})

    assert asked_precisions(manifest)["assignment_group"] == asked
