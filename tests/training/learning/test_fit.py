"""Learning, and the numpy scorer's equality with scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from data.samples.desk import generate_desk
from models.arrays import arrays_of
from tests.builders import MONDAY, keeping_the_network, make_history, make_parameters, make_ticket, make_worked
from tests.fakes import FakeDistillation
from tests.strategies import TICKETS
from training.experiment import Experiment
from training.features.rows import learn_reader
from training.histories.dataset import closed_tickets
from training.histories.folds import Fold, FoldPlan, folds_forward, folds_of_groups
from training.learning.fit import fit_model, fit_svc
from training.learning.fitted_model import FittedHead, FittedModel
from training.learning.question import question_of
from triage.errors import UnusableTraining
from triage.policy import NEVER
from triage.targets import Target
from triage.ticket import NewTicket

TARGET = Target("assignment_group")


def plan_of(groups: np.ndarray) -> FoldPlan:
    """Folds that part no group."""
    return FoldPlan(folds_of_groups(groups, make_parameters().n_folds, seed=0), groups)


def head_of(fitted: FittedModel) -> FittedHead:
    """The one head of a model of one target."""
    (head,) = fitted.heads.values()
    return head


def thresholds_of(head: FittedHead) -> list[float]:
    """One a label."""
    return [found.threshold for found in head.thresholds.labels]


@settings(max_examples=300, deadline=None)
@given(ticket=TICKETS)
def test_the_scorer_equals_the_training_s_classifiers_on_any_ticket(experiment: Experiment, ticket: NewTicket) -> None:
    """What was measured in training must be what is served: any language, empty, emoji, very long."""
    served = experiment.scorer.confidences([ticket])

    for target, classifier in experiment.fitted.classifiers().items():
        assert np.abs(served[target] - classifier.predict_proba([ticket])).max() <= 1e-5


def test_two_labels_and_many_are_both_equal_over_a_whole_history(experiment: Experiment) -> None:
    """LinearSVC treats two labels as one column; the scorer has two."""
    tickets = [ticket.filed for ticket in make_history()]
    classifiers = experiment.fitted.classifiers()

    for target, n_labels in (("assignment_group", 3), ("ticket_type", 2)):
        served = experiment.scorer.confidences(tickets)[target]
        assert served.shape == (len(tickets), n_labels)
        assert np.abs(served - classifiers[target].predict_proba(tickets)).max() <= 1e-5


def test_a_classifier_predicts_labels_as_scikit_learn_users_expect(experiment: Experiment) -> None:
    """It is logged for people who open it in a notebook."""
    history = make_history()
    classifier = experiment.fitted.classifiers()["assignment_group"]

    predicted = classifier.predict([ticket.filed for ticket in history])

    assert classifier.classes_.tolist() == ["Hardware", "Messaging", "Network"]
    assert np.mean(predicted == [ticket.assignment_group for ticket in history]) > 0.95


def test_a_large_history_is_answered_in_blocks(experiment: Experiment) -> None:
    """Hidden layers of a million tickets do not fit into memory; where blocks meet nothing may change."""
    tickets = [ticket.filed for ticket in make_history(12)]

    many = experiment.fitted.confidences(tickets * 400)

    for target, few in experiment.fitted.confidences(tickets).items():
        assert np.abs(many[target] - np.tile(few, (400, 1))).max() <= 1e-5


def test_tickets_without_a_label_teach_nothing_about_that_target() -> None:
    """`None` must not become a group."""
    history = make_history(60) + [
        make_worked(filed=make_ticket(id=f"open-{i}"), assignment_group=None) for i in range(9)
    ]

    fitted = fit_model(history, [Target("assignment_group")], make_parameters(seed=0))

    assert head_of(fitted).labels == ("Hardware", "Messaging", "Network")


def test_a_group_of_one_ticket_can_be_learned() -> None:
    """Rare groups exist, and no fold can both learn and test a single ticket."""
    history = [*make_history(60), make_worked(filed=make_ticket(id="rare", subject="fax"), assignment_group="Fax")]

    fitted = fit_model(history, [Target("assignment_group")], make_parameters(seed=0))

    head = head_of(fitted)
    assert "Fax" in head.labels
    assert np.isfinite(head.blend.weights).all()
    assert thresholds_of(head)[head.labels.index("Fax")] == NEVER


def test_what_belongs_together_never_parts_over_the_folds() -> None:
    """Ten copies of each text with labels by chance: apart, they would be remembered and look like certainty."""
    chance = np.random.default_rng(0)
    texts = [" ".join(chance.choice(list("bcdfghjkl"), 6)).replace(" ", "x ") + "x" for _ in range(40)]
    history = [
        make_worked(filed=make_ticket(id=f"{i}-{j}", subject=text, body=""), assignment_group=str(i % 2))
        for i, text in enumerate(texts)
        for j in range(10)
    ]
    groups = np.repeat(np.arange(40), 10)

    together = head_of(fit_model(history, [TARGET], make_parameters(seed=0), plan=plan_of(groups)))
    apart = head_of(fit_model(history, [TARGET], make_parameters(seed=0)))

    assert max(thresholds_of(apart)) < NEVER
    assert thresholds_of(together) == [NEVER, NEVER]
    assert np.abs(apart.blend.weights).max() > 2 * np.abs(together.blend.weights).max()


@pytest.mark.parametrize("fast", [True, False])
def test_the_kept_model_has_the_measured_blend_and_thresholds(fast: bool) -> None:
    """What was measured must be what is served."""
    parameters = make_parameters(fast=fast, n_networks=1, n_hidden=16, n_epochs=4)
    history = make_history(240)
    with keeping_the_network():
        measured = fit_model(history[:180], [TARGET], parameters, meanings=FakeDistillation())

    kept = fit_model(history, [TARGET], parameters, meanings=FakeDistillation(), calibrated=measured)

    before, after = head_of(measured), head_of(kept)
    assert np.array_equal(after.blend.weights, before.blend.weights)
    assert after.blend.weights.shape[0] == (1 if fast else 2)
    assert after.thresholds.labels == before.thresholds.labels
    assert after.thresholds.unseen.confidences.tolist() == before.thresholds.unseen.confidences.tolist()
    assert max(thresholds_of(after)) < NEVER
    assert not np.array_equal(after.svc.coef_, before.svc.coef_)


def test_a_label_that_is_new_in_the_kept_model_has_proved_nothing() -> None:
    """A group founded last week is answered, by the average's weights; as any rare one it follows the target."""
    history = make_history(240)
    measured = fit_model(history[:180], [TARGET], make_parameters())
    founded = [make_worked(filed=make_ticket(id=f"f{i}", subject="fax jam"), assignment_group="Fax") for i in range(9)]

    kept = head_of(fit_model([*history, *founded], [TARGET], make_parameters(), calibrated=measured))

    known = head_of(measured)
    new = kept.labels.index("Fax")
    others = [kept.labels.index(label) for label in known.labels]
    assert (kept.thresholds.labels[new].standing, kept.thresholds.labels[new].n_answers) == ("unproved", 0)
    assert [kept.thresholds.labels[i] for i in others] == list(known.thresholds.labels)
    assert kept.thresholds.unseen.labels.tolist() == [others[i] for i in known.thresholds.unseen.labels.tolist()]
    assert np.array_equal(kept.blend.weights[:, others], known.blend.weights)
    assert kept.blend.weights[0, new] == pytest.approx(known.blend.weights[0].mean())


def test_thresholds_are_set_on_answers_to_later_tickets_where_folds_go_forward() -> None:
    """Groups that changed places lately were told by their words before; forward, that is not proof."""
    history = make_history(960)
    swap = {"Network": "Messaging", "Messaging": "Network", "Hardware": "Hardware"}
    moved = [
        make_worked(filed=t.filed, assignment_group=t.assignment_group if i < 720 else swap[t.assignment_group or ""],
                    closed_at=t.closed_at)
        for i, t in enumerate(history)
    ]  # fmt: skip
    forward = FoldPlan(folds_forward(moved, 4), np.arange(960))

    head = head_of(fit_model(moved, [replace(TARGET, per_label=True)], make_parameters(), plan=forward))

    assert [threshold < NEVER for threshold in thresholds_of(head)] == [True, False, False]


def test_what_folds_do_not_answer_is_not_calibrated_on() -> None:
    """Of a plan that answers ten tickets, ten count: their labels prove nothing yet."""
    plan = FoldPlan([Fold(np.arange(60), np.arange(60, 70))], np.arange(120))

    head = head_of(fit_model(make_history(120), [TARGET], make_parameters(), plan=plan))

    assert sum(found.n_answers for found in head.thresholds.labels) == 10
    assert thresholds_of(head) == [NEVER] * 3


def test_needs_say_what_a_label_lacks() -> None:
    """They are told to a lead as what is missing; a label that has proved itself lacks nothing."""
    history = [*make_history(600)[:500], *[make_worked(filed=make_ticket(subject=f"fax {i}"), assignment_group="Fax")
                                           for i in range(20)]]  # fmt: skip

    evidence = fit_model(history, [TARGET], make_parameters()).evidence()["assignment_group"]

    assert {label for label, found in evidence.items() if found.needs == 0} == {"Network", "Messaging", "Hardware"}
    assert evidence["Fax"].standing == "unproved"
    assert evidence["Fax"].needs is not None
    assert 30 <= evidence["Fax"].needs <= 60


@pytest.mark.parametrize(("asked", "floor"), [(None, 0.75), (0.2, 0.2)])
def test_a_suggestion_is_better_than_naming_the_commonest_label(asked: float | None, floor: float) -> None:
    """Unless the desk says from where on it wants to be shown one."""
    history = [replace(t, assignment_group="Network" if i % 4 else "Messaging") for i, t in enumerate(make_history(80))]

    head = head_of(fit_model(history, [replace(TARGET, suggest_from=asked)], make_parameters()))

    assert head.thresholds.suggest_from == pytest.approx(floor)


@pytest.mark.parametrize("n_labelled", [0, 1])
def test_labels_in_one_group_alone_cannot_be_compared(n_labelled: int) -> None:
    """One form sent daily has labels, and what was written before it too: a sentence, and no traceback."""
    history = make_history(60)
    plan = FoldPlan([Fold(np.arange(30), np.arange(30, 60))], np.array([*range(30), *[99] * 30]))
    given = [t if i < 30 else make_worked(filed=t.filed, assignment_group=t.assignment_group if n_labelled else None)
             for i, t in enumerate(history)]  # fmt: skip

    with pytest.raises(UnusableTraining, match="nothing to compare"):
        fit_model(given, [TARGET], make_parameters(), plan=plan)


def test_a_rare_label_weighs_by_the_square_root_of_how_rare_it_is() -> None:
    """The one choice of the recipe that was made on figures; another exponent changes accuracy and macro-F1."""
    history = [make_worked(assignment_group=group) for group in ("a", "b", "b", "b")]

    _, rows = learn_reader([t.filed for t in history], make_parameters(), meanings=None)
    svc = fit_svc(rows.terms, question_of(history, TARGET), make_parameters())

    assert svc.class_weight == {0: pytest.approx(2**0.5), 1: pytest.approx((2 / 3) ** 0.5)}


def test_customers_with_labels_of_their_own_cannot_be_compared() -> None:
    """No fold has seen any label of another: a blend would be made up."""
    history = [make_worked(filed=make_ticket(id=str(i)), assignment_group=str(i % 2)) for i in range(20)]

    with pytest.raises(UnusableTraining, match="nothing to compare"):
        fit_model(history, [TARGET], make_parameters(seed=0), plan=plan_of(np.arange(20) % 2))


@pytest.mark.parametrize("fast", [True, False])
def test_the_same_seed_learns_the_same_model(fast: bool) -> None:
    """A result that cannot be repeated cannot be trusted; chance is the same for several targets too."""
    desk = generate_desk(n_tickets=1500 if fast else 300, n_customers=60, seed=3)
    targets = [Target(name) for name in ("assignment_group", "ticket_type", "priority")]
    parameters = make_parameters(seed=1, fast=fast, n_networks=1, n_hidden=16, n_epochs=2)

    first, again = (
        fit_model(closed_tickets(desk.tickets), targets, parameters).scorer(version="1", trained_at=MONDAY)
        for _ in range(2)
    )

    arrays, same = arrays_of(first), arrays_of(again)
    assert all(np.array_equal(arrays[name], same[name]) for name in arrays)
    assert first.heads == again.heads


@pytest.mark.parametrize("subject", ["", "🙂 ! ?"])
def test_a_history_without_words_is_refused(subject: str) -> None:
    """The sentence must not be scikit-learn's about an empty vocabulary."""
    history = [
        make_worked(filed=make_ticket(id=str(i), subject=subject, body="", channel=None), assignment_group=str(i % 2))
        for i in range(20)
    ]

    with pytest.raises(UnusableTraining, match="No word"):
        fit_model(history, [Target("assignment_group")], make_parameters(seed=0))


def test_one_label_is_nothing_to_learn() -> None:
    """It can happen by the split alone, so it is checked where it matters."""
    with pytest.raises(UnusableTraining, match="fewer than two"):
        fit_model([make_worked() for _ in range(10)], [Target("priority")], make_parameters(seed=0))


def test_a_corrected_label_counts_for_more_in_the_linear_model() -> None:
    """Of two groups that the same words speak for, the one that reviewers gave wins."""
    says = [
        make_worked(filed=make_ticket(id=f"T{n}", subject="vpn", body=""), assignment_group=g)
        for n, g in enumerate(["Network"] * 12 + ["Cloud"] * 8)
    ]
    others = [
        make_worked(filed=make_ticket(id=f"O{n}", subject="mailbox full", body=""), assignment_group="Mail")
        for n in range(20)
    ]
    history = says + others
    _, rows = learn_reader([ticket.filed for ticket in history], make_parameters(), meanings=None)
    weights = {(f"T{n}", "assignment_group"): 3.0 for n in range(12, 20)}

    plain = question_of(history, TARGET)
    weighed = question_of(history, TARGET, weights)
    answers = [
        question.labels[
            int(fit_svc(rows.terms, question, make_parameters()).decision_function(rows.terms[:1]).argmax())
        ]
        for question in (plain, weighed)
    ]

    assert answers == ["Network", "Cloud"]
    assert plain.weights is None
    assert weighed.weights is not None
    assert weighed.of(np.asarray([0, 19])).weights.tolist() == [1.0, 3.0]


def test_only_what_is_learned_from_is_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thresholds and blends are set on answers that count alike: a held-out part has every ticket once."""
    history = make_history()
    seen: list[tuple[int, float]] = []

    def watching(rows, question, parameters, **more):  # noqa: ANN001, ANN003, ANN202 - as the original
        seen.append((rows.shape[0], 0.0 if question.weights is None else float(question.weights.sum())))
        return fit_svc(rows, question, parameters, **more)

    monkeypatch.setattr("training.learning.fit.fit_svc", watching)
    groups = np.arange(len(history))
    plan = plan_of(groups)
    fit_model(history, [TARGET], make_parameters(), plan=plan, weights={("T0", "assignment_group"): 3.0})

    expected = [len(fold.train) + 2.0 * bool((fold.train == 0).any()) for fold in plan.folds]
    assert [total or float(n) for n, total in seen[:-1]] == expected
    assert seen[-1] == (len(history), len(history) + 2.0)
