"""Learning, and the numpy scorer's equality with scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from data.samples.desk import generate_desk
from tests.builders import make_history, make_parameters, make_ticket, make_worked
from training.dataset import settled
from training.experiment import Experiment
from training.fit import LinearHead, fit_model
from triage.errors import UnusableTraining
from triage.policy import NEVER
from triage.targets import Target
from triage.ticket import NewTicket

TARGET = Target("assignment_group")

_WORD = st.sampled_from(
    ["vpn", "tunnel", "drops", "mailbox", "full", "docking", "please", "laptop", "7", "ünïcode", "🙂"]
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(_WORD, max_size=60).map(" ".join),
    st.just("vpn tunnel drops " * 5_000),
)
TICKETS = st.builds(
    NewTicket,
    id=st.just("T"),
    subject=TEXTS,
    body=TEXTS,
    channel=st.sampled_from([None, "email", "phone", ""]),
    attributes=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)


@settings(max_examples=300, deadline=None)
@given(ticket=TICKETS)
def test_the_scorer_equals_scikit_learn_on_any_ticket(experiment: Experiment, ticket: NewTicket) -> None:
    """What was measured with scikit-learn must be what is served: any language, empty, emoji, very long."""
    served = experiment.scorer.confidences(ticket)

    for target, pipeline in experiment.fitted.pipelines().items():
        assert np.abs(served[target] - pipeline.predict_proba([ticket])[0]).max() <= 1e-6


def test_two_labels_and_many_are_both_equal_over_a_whole_history(experiment: Experiment) -> None:
    """LinearSVC treats two labels as one column; the scorer has two."""
    tickets = [ticket.filed for ticket in make_history()]
    pipelines = experiment.fitted.pipelines()

    for target, n_labels in (("assignment_group", 3), ("ticket_type", 2)):
        served = np.vstack([experiment.scorer.confidences(ticket)[target] for ticket in tickets])
        assert served.shape == (len(tickets), n_labels)
        assert np.abs(served - pipelines[target].predict_proba(tickets)).max() <= 1e-6


def test_a_pipeline_predicts_labels_as_scikit_learn_users_expect(experiment: Experiment) -> None:
    """It is logged for people who open it in a notebook."""
    history = make_history()

    predicted = experiment.fitted.pipelines()["assignment_group"].predict([ticket.filed for ticket in history])

    assert np.mean(predicted == [ticket.assignment_group for ticket in history]) > 0.95


def test_tickets_without_a_label_teach_nothing_about_that_target() -> None:
    """`None` must not become a group."""
    history = make_history(60) + [
        make_worked(filed=make_ticket(id=f"open-{i}"), assignment_group=None) for i in range(9)
    ]

    fitted = fit_model(history, [Target("assignment_group")], make_parameters(seed=0))

    (head,) = fitted.heads.values()
    assert head.classes_.tolist() == ["Hardware", "Messaging", "Network"]


def test_a_group_of_one_ticket_can_be_learned() -> None:
    """Rare groups exist, and no fold can both learn and test a single ticket."""
    history = [*make_history(60), make_worked(filed=make_ticket(id="rare", subject="fax"), assignment_group="Fax")]

    fitted = fit_model(history, [Target("assignment_group")], make_parameters(seed=0))

    (head,) = fitted.heads.values()
    assert "Fax" in head.classes_
    assert np.isfinite(head.temperature_)


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

    (together,) = fit_model(history, [TARGET], make_parameters(seed=0), groups=groups).heads.values()
    (apart,) = fit_model(history, [TARGET], make_parameters(seed=0)).heads.values()

    assert apart.temperature_ > 2 * together.temperature_
    assert apart.threshold_ < together.threshold_ == NEVER


def test_the_kept_model_has_the_measured_temperature_and_threshold() -> None:
    """What was measured must be what is served."""
    history = make_history(240)
    measured = fit_model(history[:180], [TARGET], make_parameters(seed=0))

    kept = fit_model(history, [TARGET], make_parameters(seed=0), calibrated=measured)

    (before,), (after,) = measured.heads.values(), kept.heads.values()
    assert (after.temperature_, after.threshold_) == (before.temperature_, before.threshold_)
    assert after.threshold_ < NEVER
    assert not np.array_equal(after.svc_.coef_, before.svc_.coef_)


def test_a_rare_label_weighs_by_the_square_root_of_how_rare_it_is() -> None:
    """The one choice of the recipe that was made on figures; another exponent changes accuracy and macro-F1."""
    head = LinearHead()
    rows = csr_matrix(np.eye(4))

    svc = head._svc(rows, np.array([0, 1, 1, 1]))

    assert svc.class_weight == {0: pytest.approx(2**0.5), 1: pytest.approx((2 / 3) ** 0.5)}


def test_customers_with_labels_of_their_own_cannot_be_compared() -> None:
    """No fold has seen any label of another: a temperature would be made up."""
    history = [make_worked(filed=make_ticket(id=str(i)), assignment_group=str(i % 2)) for i in range(20)]

    with pytest.raises(UnusableTraining, match="nothing to compare"):
        fit_model(history, [TARGET], make_parameters(seed=0), groups=np.arange(20) % 2)


def test_the_same_seed_learns_the_same_weights() -> None:
    """A result that cannot be repeated cannot be trusted; the solver's chance is the same for several targets too."""
    desk = generate_desk(n_tickets=1500, n_customers=60, seed=3)
    targets = [Target(name) for name in ("assignment_group", "ticket_type", "priority")]

    first, again = (
        fit_model(settled(desk.tickets), targets, make_parameters(seed=1)).scorer(
            version="1", trained_at=make_ticket().opened_at
        )
        for _ in range(2)
    )

    assert np.array_equal(first.weights, again.weights)
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
