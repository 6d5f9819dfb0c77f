"""The model's answers."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tests.builders import make_history, make_model, make_ticket
from tests.fakes import CountingEncoder
from training.experiment import Experiment
from triage.familiarity import Familiarity, Floors
from triage.model import AT_ONCE, TriageModel
from triage.network import Network
from triage.policy import NEVER
from triage.sentence import SentenceEncoder, sentence


def test_confidences_of_a_target_add_up_to_one() -> None:
    """They are read as probabilities."""
    for confidences in make_model().confidences([make_ticket()] * 2).values():
        assert confidences.sum(axis=1) == pytest.approx([1, 1])


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

    row = model.view.rows([ticket])
    scores = row.weights @ model.weights[row.at, 2:].astype(np.float64)
    winner = model.heads[1].labels.index(prediction.value)

    assert sum(term.weight for term in prediction.explanation) == pytest.approx(scores[winner] - scores.mean())


def test_without_asking_there_is_no_explanation() -> None:
    """It costs time on the hot path."""
    assert make_model().score([make_ticket()])[0][0].explanation == ()


def test_the_threshold_of_an_answer_is_that_of_its_label() -> None:
    """A rare group has to be surer than a common one; what is never applied is still a suggestion."""
    ticket = make_ticket()
    (_, before) = make_model(threshold=0.0).score([ticket])[0]
    model = make_model(threshold=0.0)
    thresholds = tuple(NEVER if label == before.value else 0.0 for label in model.heads[1].labels)
    unproved = replace(model, heads=(model.heads[0], replace(model.heads[1], thresholds=thresholds)))

    (_, after) = unproved.score([ticket])[0]

    assert (before.decision, before.threshold) == ("suggest", 0.0)
    assert (after.decision, after.threshold) == ("suggest", NEVER)
    assert after.reason != "above_threshold"
    assert after.value == before.value


def test_an_unfamiliar_ticket_is_withheld_with_its_reason() -> None:
    """A confidence says how sure a model is among what it knows, and nothing about a mail that it cannot read."""
    model = make_model()
    strict = replace(model, familiarity=Familiarity(model.view, Floors(9.0, common_ratio=0.5, content_ratio=0.5)))
    mail = make_ticket(subject="vpn", body="seit heute morgen geht hier leider gar nichts mehr bitte helfen")

    answers = strict.score([mail])[0]

    assert {(answer.decision, answer.reason) for answer in answers} == {("abstain", "unknown_language")}
    for asked, has_evidence in ((strict, False), (model, True)):
        assert {batch.has_evidence.tolist()[0] for batch in asked.answer([mail]).values()} == {has_evidence}


def asking_another(model: TriageModel, encoder: SentenceEncoder) -> TriageModel:
    """The model, asking that encoder."""
    assert model.meaning is not None
    return replace(model, meaning=replace(model.meaning, encoder=encoder))


def test_an_encoder_is_asked_about_all_tickets_at_once(asking: Experiment) -> None:
    """A batch costs it less than its tickets one by one; and no ticket, no question."""
    encoder = CountingEncoder()
    model = asking_another(asking.scorer, encoder)
    tickets = [ticket.filed for ticket in make_history(3)]

    assert model.score([]) == []
    model.score(tickets)
    model.confidences(tickets[1:2])

    assert encoder.asked == [[sentence(ticket) for ticket in tickets], [sentence(tickets[1])]]


def test_what_the_encoder_says_is_listened_to(asking: Experiment) -> None:
    """A block that reached no weight would be paid for with every ticket."""

    class Reversed(CountingEncoder):
        def encode(self, *args: object) -> np.ndarray:
            return super().encode(*args)[:, ::-1]  # type: ignore[arg-type] # as they came

    other = asking_another(asking.scorer, Reversed())
    ticket = make_ticket()

    before, after = (model.confidences([ticket])["assignment_group"] for model in (asking.scorer, other))

    assert not np.allclose(before, after, rtol=1e-3, atol=0)


def test_each_ticket_gets_its_own_sentence(asking: Experiment) -> None:
    """A batch is answered in order: one off, and every ticket would be read with its neighbour's text."""
    tickets = [ticket.filed for ticket in make_history(6)]

    together = asking.scorer.score(tickets)

    for ticket, answers in zip(tickets, together, strict=True):
        for answer in answers:
            alone = asking.scorer.confidences([ticket])[answer.target]
            assert answer.confidence == pytest.approx(alone.max(), abs=1e-6)  # the networks are single precision


@pytest.mark.parametrize("n", [1, 2, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE + 3])
def test_a_batch_of_any_size_is_answered_as_its_tickets_alone(experiment: Experiment, n: int) -> None:
    """Where parts of a batch meet, nothing may slip; empty tickets stand among the others."""
    few = [*(ticket.filed for ticket in make_history(9)), make_ticket(subject="", body="", channel=None)]

    together = experiment.scorer.score([few[i % 10] for i in range(n)], explain=True)

    alone = [experiment.scorer.score([ticket], explain=True)[0] for ticket in few]
    assert len(together) == n
    for i, answers in enumerate(together):
        for answer, expected in zip(answers, alone[i % 10], strict=True):
            assert answer.confidence == pytest.approx(expected.confidence, abs=1e-6)
            assert answer._replace(confidence=0, top=()) == expected._replace(confidence=0, top=())


def test_arithmetic_keeps_to_one_thread(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shared out over cores, a busy neighbour makes small matrices wait for each other ten times as long."""
    n_threads: list[int] = []
    scores = Network.scores

    def watched(network: Network, rows: np.ndarray) -> np.ndarray:
        n_threads.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return scores(network, rows)

    monkeypatch.setattr(Network, "scores", watched)
    with threadpool_limits(2, user_api="blas"):
        experiment.scorer.score([make_ticket()])
        after = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    assert set(n_threads) == {1}
    assert after == {2}
