"""The model's answers."""

import numpy as np
import pytest

from tests.builders import make_model, make_ticket
from triage.model import softmax


def test_confidences_of_a_target_add_up_to_one() -> None:
    """They are read as probabilities."""
    for confidences in make_model().confidences(make_ticket()).values():
        assert confidences.sum() == pytest.approx(1)


def test_top_is_sorted_and_its_first_is_the_answer() -> None:
    """Clients show the list and act on the value: the two must agree."""
    for prediction in make_model().score([make_ticket()], top_n=3)[0]:
        ranked = [label.confidence for label in prediction.top]

        assert ranked == sorted(ranked, reverse=True)
        assert (prediction.value, prediction.confidence) == (prediction.top[0].value, prediction.top[0].confidence)


def test_top_n_limits_the_list_and_never_empties_it() -> None:
    """`value` is its first entry, so there must be one."""
    model = make_model()

    assert [len(p.top) for p in model.score([make_ticket()], top_n=2)[0]] == [2, 2]
    assert [len(p.top) for p in model.score([make_ticket()], top_n=0)[0]] == [1, 1]
    assert [len(p.top) for p in model.score([make_ticket()], top_n=9)[0]] == [2, 3]


def test_a_ticket_without_a_known_word_is_answered_with_an_abstention() -> None:
    """The intercept alone would confidently send every empty mail to the largest group."""
    decisions = {
        (p.decision, p.reason) for p in make_model().score([make_ticket(subject="", body="", channel=None)])[0]
    }

    assert decisions == {("abstain", "too_short")}


def test_explanation_names_terms_of_the_ticket_loudest_first() -> None:
    """A lead reads it to judge the suggestion; a term that is not in the ticket would be a lie."""
    explanation = make_model().score([make_ticket(body="")], explain=True)[0][1].explanation

    loudness = [abs(term.weight) for term in explanation]
    assert {term.term for term in explanation} == {"vpn", "down", "vpn down", "channel=email"}
    assert loudness == sorted(loudness, reverse=True)


def test_explanation_weights_add_up_to_the_winner_s_lead() -> None:
    """Weights are shares of the score above the average label's, so that nothing is hidden and nothing invented."""
    model = make_model()
    ticket = make_ticket(body="")
    prediction = model.score([ticket], explain=True)[0][1]

    at, row = model.view.row(ticket)
    scores = row @ model.weights[at, 2:].astype(np.float64)
    winner = model.heads[1].labels.index(prediction.value)

    assert sum(term.weight for term in prediction.explanation) == pytest.approx(scores[winner] - scores.mean())


def test_without_asking_there_is_no_explanation() -> None:
    """It costs time on the hot path."""
    assert make_model().score([make_ticket()])[0][0].explanation == ()


def test_softmax_bears_scores_of_any_size() -> None:
    """Large weights must not become NaN."""
    assert softmax(np.array([1e6, 0.0, -1e6])).tolist() == [1.0, 0.0, 0.0]
