"""Which answers of two versions may be set side by side."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.mlflow_registry import MlflowRegistry, RegisteredVersion
from tests.builders import make_history, make_parameters
from training.experiment import Experiment, run_experiment
from training.histories.dataset import seen_keys
from training.pairing import answer_held_out, fresh_answers, stored_answers
from training.registered_model import load_registered
from training.tracking import log_experiment
from training.version_evaluation import evaluate_version
from triage.errors import NotFound
from triage.ticket import WorkedTicket

HISTORY = make_history(240)


def learn(tickets: Sequence[WorkedTicket], *, clean: bool = False) -> Experiment:
    """A model of one target."""
    return run_experiment(tickets, make_parameters(), targets=["assignment_group"], clean=clean)


@pytest.fixture(scope="module")
def first() -> Experiment:
    """Learned from the first 120 tickets, of which it held out the last 24."""
    return learn(HISTORY[:120])


@pytest.fixture
def champion(registry: MlflowRegistry, first: Experiment) -> RegisteredVersion:
    """That model, registered."""
    return registry.find(log_experiment(registry, first, "desk.csv"))


def test_a_ticket_that_the_champion_has_learned_from_counts_only_where_it_was_held_out(
    registry: MlflowRegistry, first: Experiment, champion: RegisteredVersion
) -> None:
    """Ten that it learned by heart, five that its own run held out, ten that are new to it."""
    tickets = [*HISTORY[:10], *first.split.test[:5], *HISTORY[120:130]]

    answers = answer_held_out(registry, champion, tickets, seen_keys(tickets))["assignment_group"]

    assert sorted(answers.key.tolist()) == sorted(seen_keys([*first.split.test[:5], *HISTORY[120:130]]).tolist())


def test_what_it_answered_before_it_learned_is_what_counts(
    registry: MlflowRegistry, first: Experiment, champion: RegisteredVersion
) -> None:
    """The model that serves has learned from those tickets since, and would flatter itself."""
    answers = answer_held_out(registry, champion, first.split.test, seen_keys(first.split.test))["assignment_group"]

    kept = first.held_out["assignment_group"]
    order = np.argsort(answers.key), np.argsort(kept.key)
    assert answers.confidence[order[0]].tolist() == kept.confidence[order[1]].tolist()


def test_a_version_without_answers_of_its_own_answers_what_is_new_to_it(
    registry: MlflowRegistry, first: Experiment, champion: RegisteredVersion
) -> None:
    """Trained before answers were kept, it can still be asked about tickets that came later."""
    with registry.artifact(champion, "held_out.parquet") as file:
        file.unlink()

    tickets = [*first.split.test, *HISTORY[120:130]]

    answers = answer_held_out(registry, champion, tickets, seen_keys(tickets))["assignment_group"]

    assert sorted(answers.key.tolist()) == sorted(seen_keys(HISTORY[120:130]).tolist())


def test_stored_answers_are_the_larger_common_ground(registry: MlflowRegistry, champion: RegisteredVersion) -> None:
    """The two runs held out different tickets; the later one asked the champion about its own."""
    second = learn(HISTORY)
    asked = answer_held_out(registry, champion, second.split.test, seen_keys(second.split.test))
    challenger = registry.find(log_experiment(registry, second, "desk.csv", others={champion.version: asked}))

    for pair in ((champion, challenger), (challenger, champion)):
        before, after = (answers["assignment_group"].key for answers in stored_answers(registry, *pair))
        assert np.intersect1d(before, after).size == second.held_out["assignment_group"].key.size


def test_without_kept_answers_the_sentence_names_another_way(
    registry: MlflowRegistry, champion: RegisteredVersion
) -> None:
    """An export can always be answered afresh."""
    with registry.artifact(champion, "held_out.parquet") as file:
        file.unlink()

    with pytest.raises(NotFound, match=r"Model 1 has kept no answers .* --tickets"):
        stored_answers(registry, champion, champion)


def test_an_export_is_answered_without_what_either_has_learned_from(
    registry: MlflowRegistry, champion: RegisteredVersion
) -> None:
    """A version that has learned by heart what it is asked would win every comparison."""
    other = registry.find(log_experiment(registry, learn(HISTORY[60:180]), "desk.csv"))

    before, after, n_left_out = fresh_answers(registry, champion, other, HISTORY)

    assert n_left_out == 180
    for answers in (before, after):
        assert answers["assignment_group"].key.tolist() == seen_keys(HISTORY[180:]).tolist()


def spelled(tickets: Sequence[WorkedTicket]) -> list[WorkedTicket]:
    """The same with every third label in capitals."""
    return [
        replace(t, assignment_group=t.assignment_group.upper()) if t.assignment_group and i % 3 == 2 - i // 3 % 3 else t
        for i, t in enumerate(tickets)
    ]


def test_a_right_answer_in_another_spelling_is_right(registry: MlflowRegistry) -> None:
    """One model learned the spellings apart and the other joined: both are held against the joined label."""
    history = spelled(HISTORY)
    apart, joined = (
        registry.find(log_experiment(registry, learn(history[:180], clean=clean), "desk.csv"))
        for clean in (False, True)
    )

    for pair in (
        stored_answers(registry, apart, joined),
        stored_answers(registry, joined, apart),
        fresh_answers(registry, apart, joined, history)[:2],
    ):
        for answers in pair:
            found = answers["assignment_group"]
            assert not [label for label in {*found.label.tolist(), *found.answer.tolist()} if label.isupper()]
            assert len(found.vocabulary) == 3
        assert pair[0]["assignment_group"].key.size == pair[1]["assignment_group"].key.size > 0


def test_an_export_is_measured_by_the_labels_that_a_model_joined(registry: MlflowRegistry) -> None:
    """It answers one spelling; an export of the same desk goes on having all of them."""
    history = spelled(HISTORY)
    learned = log_experiment(registry, learn(history[:180], clean=True), "desk.csv")
    version = load_registered(registry, registry.find(learned))

    found = evaluate_version(version, history[180:]).measures["assignment_group"]

    assert found.accuracy == evaluate_version(version, HISTORY[180:]).measures["assignment_group"].accuracy
