"""One training from end to end."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.manifest import Manifest
from tests.builders import make_history, make_parameters, make_wordy_history
from training.experiment import Experiment, run_experiment
from triage.errors import InvalidInput, UnusableTraining
from triage.targets import Target


def test_it_learns_what_there_is_to_learn(experiment: Experiment) -> None:
    """Three groups that their words tell apart."""
    measures = experiment.measures["assignment_group"]

    assert measures.accuracy > 0.9 > measures.baseline_accuracy + 0.3
    assert measures.n == len(experiment.split.test)


def test_the_kept_model_knows_the_newest_tickets_too() -> None:
    """A word of last week's outage is what routing needs most."""
    history = make_history(120)
    newest = [replace(t, filed=replace(t.filed, body="the teapot overflows")) for t in history[-3:]]

    experiment = run_experiment(history[:-3] + newest, make_parameters(), targets=["assignment_group"])

    assert "teapot" in experiment.scorer.view.known


def test_measures_are_of_a_fit_that_had_not_seen_the_tickets() -> None:
    """Labels by chance cannot be predicted; a measure well above chance would be one of memory."""
    labels = np.random.default_rng(0).choice(["Network", "Messaging"], size=400).tolist()
    history = [replace(t, assignment_group=label) for t, label in zip(make_history(400), labels, strict=True)]

    measures = run_experiment(history, make_parameters(), targets=["assignment_group"]).measures["assignment_group"]

    assert measures.accuracy < 0.7


def test_the_manifest_says_how_it_came_about(experiment: Experiment) -> None:
    """Months later somebody asks what this model was learned from."""
    manifest = experiment.manifest

    assert manifest.n_tickets == 120
    assert manifest.window == ("2026-03-02", "2026-03-07")
    assert manifest.split.startswith("forward at 2026-03-06")
    assert manifest.parameters["seed"] == 0
    assert set(manifest.metrics) == {"assignment_group", "ticket_type"}
    assert "scikit-learn" in manifest.libraries


def test_a_usual_target_that_cannot_be_learned_is_left_out_with_a_note() -> None:
    """Nobody asked for it; refusing the others for its sake would help nobody."""
    history = [replace(t, priority="3" if i < 110 else str(i % 2)) for i, t in enumerate(make_history(120))]

    experiment = run_experiment(history, make_parameters())

    assert set(experiment.measures) == {"ticket_type", "assignment_group"}
    assert experiment.notes == ("'priority' has fewer than two different labels in the tickets to learn from.",)


def test_a_target_that_was_asked_for_is_refused_instead() -> None:
    """A model without it would not be what somebody wanted."""
    history = [replace(t, priority="3" if i < 110 else str(i % 2)) for i, t in enumerate(make_history(120))]

    with pytest.raises(UnusableTraining, match="'priority' has fewer than two"):
        run_experiment(history, make_parameters(), targets=["ticket_type", "priority"])


def test_labels_that_are_nearly_all_different_are_refused() -> None:
    """A column of names looks like a target and can only be memorised."""
    history = [replace(t, assignment_group=f"G{i}") for i, t in enumerate(make_history(120))]

    with pytest.raises(UnusableTraining, match="too few of each"):
        run_experiment(history, make_parameters(), targets=["assignment_group"])


def test_open_tickets_teach_nothing_where_closing_is_recorded() -> None:
    """Their group is today's guess."""
    history = [
        replace(t, closed_at=None, assignment_group="Guess") if i % 10 == 0 else t
        for i, t in enumerate(make_history(120))
    ]

    experiment = run_experiment(history, make_parameters(), targets=["assignment_group"])

    assert "Guess" not in experiment.scorer.heads[0].labels
    assert experiment.manifest.n_tickets == 108


def test_the_baseline_is_what_was_commonest_in_training() -> None:
    """Taken from the tickets set aside, it would know the future."""
    history = [
        replace(t, assignment_group="Early" if i < 60 else "Late") for i, t in enumerate(make_history(130, dated=True))
    ]
    mixed = [replace(t, assignment_group="Late") if i % 9 == 0 else t for i, t in enumerate(history)]

    found = run_experiment(mixed, make_parameters(), targets=["assignment_group"]).measures["assignment_group"]

    assert found.baseline_label == "Early"
    assert found.baseline_accuracy == 0.0


def test_a_configured_target_that_there_is_not_is_refused() -> None:
    """Somebody believes it to be switched off."""
    parameters = replace(make_parameters(), targets={"asignment_group": Target("asignment_group", mode="off")})

    with pytest.raises(InvalidInput, match="No target named 'asignment_group'"):
        run_experiment(make_history(), parameters)


def test_a_target_without_labels_in_the_tickets_set_aside_is_refused() -> None:
    """A column that a desk has given up cannot be measured, so it is not learned."""
    history = make_history(120)
    given_up = [replace(t, priority=None) if i >= 90 else t for i, t in enumerate(history)]

    with pytest.raises(UnusableTraining, match="so it cannot be measured"):
        run_experiment(given_up, make_parameters(), targets=["priority"])


def test_the_same_data_and_seed_give_the_same_bundle(experiment: Experiment, tmp_path: Path) -> None:
    """So that a changed hash means that something changed, down to the card and the golden answers."""
    again = run_experiment(make_history(), make_parameters(), targets=["assignment_group", "ticket_type"])

    first, second = experiment.write(tmp_path / "first"), again.write(tmp_path / "second")

    assert again.manifest.trained_at > experiment.manifest.trained_at
    assert second.files == first.files
    assert second.bundle_hash == first.bundle_hash


def test_another_seed_or_ticket_gives_another_bundle(experiment: Experiment, tmp_path: Path) -> None:
    """A hash that never changes would prove nothing."""
    written = [experiment.write(tmp_path / "first")]
    for name, history, seed in (("seed", make_history(), 1), ("ticket", make_history(121), 0)):
        other = run_experiment(history, make_parameters(), targets=["assignment_group", "ticket_type"], seed=seed)
        written.append(other.write(tmp_path / name))

    assert len({manifest.bundle_hash for manifest in written}) == 3


def leaking(_: int, chance: np.random.Generator) -> dict[str, Any]:
    """Tickets whose type is told by words that say nothing, and a note of the work here and there."""
    is_request = bool(chance.random() < 0.5)
    words = ["could", "have", "would", "but"] if is_request else ["sent", "pm", "tuesday", "october"]
    note = "Issue resolved.\n" if chance.random() < 0.1 else ""
    said = " ".join(chance.choice(words, 2, replace=False))
    return {"ticket_type": "request" if is_request else "incident", "text": f"{note}{said}"}


def test_what_the_audit_warns_of_is_said_and_kept() -> None:
    """A figure of 0.99 must not stand alone."""
    experiment = run_experiment(make_wordy_history(800, leaking), make_parameters(), targets=["ticket_type"])

    kinds = {f["kind"] for f in experiment.manifest.audit["findings"]}
    assert {"neutral_words_tell_label", "extreme_words", "written_afterwards"} <= kinds
    assert experiment.manifest.audit["cleaned"] == []
    assert sum("Train with --clean" in note for note in experiment.notes) == 3
    assert experiment.measures["ticket_type"].accuracy > 0.95
    assert Manifest.from_bytes(experiment.manifest.to_bytes()).audit == experiment.manifest.audit


def test_what_is_cleaned_away_is_neither_learned_nor_measured_on() -> None:
    """By chance the label of this desk follows from nothing else."""
    history = make_wordy_history(800, leaking)

    experiment = run_experiment(history, make_parameters(), targets=["ticket_type"], clean=True)

    assert experiment.measures["ticket_type"].accuracy < 0.7
    assert not {"tuesday", "could", "resolved"} & set(experiment.scorer.view.known)
    assert len(experiment.manifest.audit["cleaned"]) == 2
    assert not any("Train with --clean" in note for note in experiment.notes)
    assert set(experiment.manifest.audit["cleaned"]) <= set(experiment.notes)


def test_a_cleaned_history_is_known_again_by_its_tickets_as_filed() -> None:
    """An evaluation on the same export must say that the model has learned from it."""
    history = make_wordy_history(400, leaking)

    plain, cleaned = (
        run_experiment(history, make_parameters(), targets=["ticket_type"], clean=clean) for clean in (False, True)
    )

    assert (plain.seen == cleaned.seen).all()
    assert plain.manifest.fingerprint == cleaned.manifest.fingerprint


def test_a_gap_is_kept_before_the_tickets_measured_on() -> None:
    """The configuration asks for a day."""
    experiment = run_experiment(make_history(24 * 32), make_parameters(), targets=["assignment_group"])

    assert "a gap of 1 days" in experiment.manifest.split
