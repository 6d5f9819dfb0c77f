"""One training from end to end."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.samples.desk import generate_desk
from models.customers import CUSTOMERS_FILE
from models.manifest import Manifest
from tests.builders import MONDAY, make_history, make_parameters, make_wordy_history
from tests.conftest import learn_small
from training import experiment as experiment_module
from training.configs.parameters import CustomerParameters
from training.experiment import Experiment, run_experiment
from training.experiment_report import report_training
from training.histories import near_duplicates
from triage.errors import InvalidInput, UnusableTraining
from triage.policy import NEVER
from triage.targets import Target
from triage.ticket import WorkedTicket


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


@pytest.mark.parametrize("history", [make_history(), make_wordy_history(160)])
def test_texts_are_compared_with_each_other_once(history: list[WorkedTicket], monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes seconds of every ten thousand; split, audit, folds and intervals all go by the same families."""
    compared: list[int] = []
    joined = near_duplicates._joined
    monkeypatch.setattr(near_duplicates, "_joined", lambda texts, pairs: compared.append(1) or joined(texts, pairs))

    run_experiment(history, make_parameters(), targets=["assignment_group"])

    assert len(compared) == 1


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
    """So that a changed hash means that something changed, down to the networks, the card and the golden answers."""
    repeated = learn_small(make_history())

    first, second = experiment.write(tmp_path / "first"), repeated.write(tmp_path / "second")

    assert repeated.manifest.trained_at > experiment.manifest.trained_at
    assert {"hidden.npy", "word_vectors.npy", "ngrams.json"} <= set(first.files)
    assert second.files == first.files
    assert second.bundle_hash == first.bundle_hash


def test_customers_are_learned_beside_the_answers(tmp_path: Path) -> None:
    """With a forecast, where the history is long enough; the same data gives the same file, and no ticket's label."""
    history = list(generate_desk(n_tickets=1_500, n_customers=90, seed=3).tickets)
    parameters = make_parameters(customers=CustomerParameters(n_contacts=3, bars={"n_reopens": 9.0}))

    first, second = (run_experiment(history, parameters, targets=["ticket_type"]) for _ in range(2))

    assert first.customers is not None
    assert first.scorer.customers == first.customers.model
    assert first.customers.forecast is not None
    assert first.customers.forecast.forecast.n_contacts == 3
    assert first.customers.model.norms.bars["n_reopens"] == 9.0
    files = [found.write(tmp_path / name).files for name, found in (("first", first), ("second", second))]
    assert files[0] == files[1]
    assert CUSTOMERS_FILE in files[0]


@pytest.mark.parametrize("history", [make_history(customers=0), make_history(dated=False)])
def test_where_nobody_or_no_day_is_named_nothing_is_learned_of_customers(history: list[WorkedTicket]) -> None:
    """And all the rest as ever."""
    found = run_experiment(history, make_parameters(), targets=["assignment_group"])

    assert found.customers is found.scorer.customers is None


def test_an_open_ticket_is_a_contact() -> None:
    """What people will decide of it is not known; that somebody called is."""
    history = make_history(120)
    waiting = [replace(history[-1], filed=replace(history[-1].filed, id="T120", customer_id="new"), closed_at=None)]

    ended, going_on = (
        run_experiment(some, make_parameters(), targets=["assignment_group"]) for some in (history, history + waiting)
    )

    assert ended.customers is not None
    assert going_on.customers is not None
    assert going_on.customers.model.norms.n_customers == ended.customers.model.norms.n_customers + 1


@pytest.mark.parametrize("what", ["seed", "ticket", "parameter"])
def test_another_seed_ticket_or_parameter_gives_another_bundle(
    experiment: Experiment, tmp_path: Path, what: str
) -> None:
    """A hash that never changes would prove nothing."""
    other = learn_small(make_history(121 if what == "ticket" else 120), seed=1 if what == "seed" else 0)
    if what == "parameter":
        other = run_experiment(make_history(), make_parameters(), targets=["assignment_group", "ticket_type"])

    written = [found.write(tmp_path / name) for name, found in (("first", experiment), ("other", other))]

    assert written[0].bundle_hash != written[1].bundle_hash


def test_a_label_of_the_newest_tickets_is_answered_and_has_proved_nothing() -> None:
    """A group founded after the measured part: the kept model names it, and holds it to the target's threshold."""
    history = make_history(480)
    founded = [
        replace(t, assignment_group="Fax", filed=replace(t.filed, subject="fax", body=f"the fax jams at {i}"))
        for i, t in enumerate(history[-20:])
    ]

    experiment = run_experiment([*history[:-20], *founded], make_parameters(), targets=["assignment_group"])

    (head,) = experiment.scorer.heads
    answers = [experiment.scorer.score([ticket.filed])[0][0] for ticket in founded]
    assert "Fax" not in {ticket.assignment_group for ticket in experiment.split.train}
    fitted = experiment.fitted.evidence()["assignment_group"]
    assert (fitted["Fax"].standing, fitted["Fax"].needs) == ("unproved", None)
    assert set(head.thresholds) == {min(head.thresholds)}
    assert min(head.thresholds) < NEVER
    assert {(a.value, a.decision) for a in answers} == {("Fax", "suggest")}
    assert experiment.measures["assignment_group"].per_class["Fax"].recall == 0.0


@pytest.mark.parametrize(("dated", "is_proved"), [(True, False), (False, True)])
def test_thresholds_are_set_as_the_history_is_measured(dated: bool, is_proved: bool) -> None:
    """A group is closed half way: forward in time its name was wrong for a while, and shuffled nobody would notice."""
    history = [
        replace(t, assignment_group="Messaging", filed=replace(t.filed, body=f"{t.filed.body} since you moved"))
        if i >= 240 and t.assignment_group == "Network"
        else t
        for i, t in enumerate(make_history(480, dated=dated))
    ]

    parameters = make_parameters(targets={"assignment_group": Target("assignment_group", per_label=True)})

    (head,) = run_experiment(history, parameters, targets=["assignment_group"]).scorer.heads

    assert bool(head.thresholds[head.labels.index("Network")] < NEVER) is is_proved


def test_needs_are_told_of_labels_that_proved_nothing() -> None:
    """The report's advice: how many more tickets until a threshold can be set."""
    history = [
        t if i % 12 else replace(t, assignment_group="Rare", filed=replace(t.filed, subject="fax", body=f"fax jam {i}"))
        for i, t in enumerate(make_history(240))
    ]

    per_class = (
        run_experiment(history, make_parameters(), targets=["assignment_group"]).measures["assignment_group"].per_class
    )

    assert per_class["Rare"].standing in ("unproved", "withheld")
    assert per_class["Rare"].needs is not None
    assert 20 < per_class["Rare"].needs < 120


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
    assert (plain.test_keys == cleaned.test_keys).all()
    assert set(cleaned.held_out["ticket_type"].key) <= set(cleaned.seen)
    assert plain.manifest.fingerprint == cleaned.manifest.fingerprint


def test_a_gap_is_kept_before_the_tickets_measured_on() -> None:
    """The configuration asks for a day."""
    experiment = run_experiment(make_history(24 * 32), make_parameters(), targets=["assignment_group"])

    assert "a gap of 1 day" in experiment.manifest.split


def test_a_large_history_is_studied_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million tickets would be learned from a dozen times, only to be compared with; and the reader is told."""
    monkeypatch.setattr(experiment_module, "MAX_STUDIED", 80)

    large = run_experiment(make_history(240), make_parameters(), targets=["assignment_group"])

    assert large.study.curves["assignment_group"].points[-1].n_tickets < 80
    assert large.manifest.n_tickets == 240
    assert large.notes[-1].endswith("are of 80 tickets drawn by chance.")
    assert report_training(large, "desk.csv").details["Compared on"].startswith("80 tickets drawn by chance")


def test_a_report_of_a_whole_history_speaks_of_no_sample() -> None:
    """A reader would look for what was left out."""
    whole = run_experiment(make_history(240), make_parameters(), targets=["assignment_group"])

    assert "Compared on" not in report_training(whole, "desk.csv").details


def test_spellings_of_a_label_are_joined_in_what_is_learned_and_measured_on() -> None:
    """Of a history of three groups in nine spellings the model answers three, and the manifest says so."""
    history = [
        replace(
            t,
            assignment_group=(str(t.assignment_group), str(t.assignment_group).upper(), f"{t.assignment_group}.")[
                i // 3 % 4 % 3
            ],
        )
        for i, t in enumerate(make_history(240))
    ]

    apart, joined = (
        run_experiment(history, make_parameters(), targets=["assignment_group"], clean=clean) for clean in (False, True)
    )

    (head,) = joined.manifest.heads
    (said,) = (action for action in joined.manifest.audit["cleaned"] if "spellings" in action)
    assert set(head.labels) == {t.assignment_group for t in make_history(240)}
    assert said.startswith("6 spellings of assignment_group were joined to 3 labels in ")
    assert {t.assignment_group for t in joined.split.test} <= set(head.labels)
    assert joined.measures["assignment_group"].accuracy > apart.measures["assignment_group"].accuracy + 0.1
    assert any("several spellings" in note and "Train with --clean" in note for note in apart.notes)


def test_one_stray_date_changes_neither_window_nor_split_nor_customers() -> None:
    """A test ticket of the wrong year was the last day of the window, and the moment as of which nobody had called."""
    history = make_history(240)
    at = MONDAY + timedelta(days=800)
    stray = replace(history[-1], filed=replace(history[-1].filed, id="S", opened_at=at), closed_at=at)

    clean, told = (
        run_experiment(tickets, make_parameters(), targets=["assignment_group"])
        for tickets in (history, [*history, stray])
    )

    assert told.manifest.window == clean.manifest.window == ("2026-03-02", "2026-03-12")
    assert (told.split.cut, told.split.test, told.split.train) == (clean.split.cut, clean.split.test, clean.split.train)
    assert told.manifest.n_tickets == clean.manifest.n_tickets + 1
    assert told.customers is not None
    assert clean.customers is not None
    assert told.customers.model == clean.customers.model
