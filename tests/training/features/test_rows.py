"""A history as rows: in bulk as one by one, in training as in serving."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.sparse import csr_matrix

from tests.builders import make_history, make_parameters, make_ticket
from tests.fakes import CountingEncoder, FakeDistillation, LetterEncoder
from tests.strategies import TICKETS
from training.experiment import Experiment
from training.features.rows import learn_reader
from training.features.sentence_cache import SentenceCache
from triage.errors import UnusableTraining
from triage.sentence import sentence, sentence_rows
from triage.ticket import NewTicket


@settings(max_examples=300)
@given(ticket=TICKETS)
def test_a_ticket_in_bulk_is_the_ticket_alone(experiment: Experiment, ticket: NewTicket) -> None:
    """Members are learned and measured on the one, and serve the other."""
    reader = experiment.fitted.reader
    others = [make_ticket(body="qqqq vpn xxxx"), make_ticket(subject="", body="", channel=None)]

    bulk = reader.read([others[0], ticket, others[1]])

    alone = reader.view.rows([ticket])
    assert reader.vectors is not None
    assert bulk.dense is not None
    assert np.abs(bulk.dense[1] - reader.vectors.rows(alone)[0]).max() <= 1e-5
    assert np.abs(bulk.terms[[1]].toarray()[0, alone.at] - alone.weights).max(initial=0) <= 1e-12
    assert bulk.terms[[1]].nnz == alone.at.size


def test_the_terms_are_those_of_scikit_learn(experiment: Experiment) -> None:
    """What its users know of TF-IDF holds here."""
    tickets = [ticket.filed for ticket in make_history(30)]
    reader = experiment.fitted.reader

    ours, theirs = reader.read(tickets).terms, reader.vectoriser.transform(tickets)

    assert abs(csr_matrix(ours) - theirs).max() < 1e-12


def test_the_history_is_read_as_its_tickets_are_later() -> None:
    """What is learned from comes by a shorter way, and must not come out otherwise."""
    tickets = [ticket.filed for ticket in make_history(60)]
    reader, learned = learn_reader(tickets, make_parameters(fast=False), meanings=FakeDistillation())

    read = reader.read(tickets)

    assert learned.dense is not None
    assert read.dense is not None
    assert abs(learned.terms - read.terms).max() == 0
    assert np.array_equal(learned.dense, read.dense)


def test_rows_are_chosen_in_the_order_asked_for(experiment: Experiment) -> None:
    """Labels run along them."""
    rows = experiment.fitted.reader.read([ticket.filed for ticket in make_history(12)])

    some = rows[np.array([7, 2])]

    assert some.dense is not None
    assert rows.dense is not None
    assert np.array_equal(some.dense, rows.dense[[7, 2]])
    assert np.array_equal(some.terms.toarray(), rows.terms.toarray()[[7, 2]])


def test_fast_knows_terms_alone() -> None:
    """No vectors, and nobody is asked for meanings."""

    def never(*_: object) -> None:
        raise AssertionError

    reader, rows = learn_reader([t.filed for t in make_history(30)], make_parameters(), meanings=never)  # type: ignore[arg-type]

    assert reader.vectors is None
    assert rows.dense is None


def test_no_ticket_is_no_rows(experiment: Experiment) -> None:
    """An export may hold nothing but what the model has learned from."""
    rows = experiment.fitted.reader.read([])

    assert rows.terms.shape[0] == 0
    assert rows.dense is not None
    assert rows.dense.shape[0] == 0


def test_a_history_without_a_frequent_word_is_refused() -> None:
    """One sentence, and not scikit-learn's about pruning."""
    tickets = [make_ticket(subject=f"word{i}x", body="", channel=None) for i in range(20)]

    with pytest.raises(UnusableTraining, match="No word stands in enough tickets"):
        learn_reader(tickets, make_parameters(min_tickets_per_term=2), meanings=None)


def test_each_step_is_announced_with_how_far_it_is() -> None:
    """Encoding new words takes minutes; a minute of silence looks like a hang."""
    steps: list[str] = []

    learn_reader(
        [ticket.filed for ticket in make_history(30)],
        make_parameters(fast=False),
        meanings=FakeDistillation(),
        on_step=steps.append,
    )

    assert steps == ["reading words", "learning what words mean", "encoding new words, 100%"]


def test_the_sentence_block_stands_last_in_training_as_in_serving(asking: Experiment) -> None:
    """Weights are learned by place."""
    reader = asking.fitted.reader
    tickets = [make_ticket(body="qqqq vpn xxxx"), make_ticket(subject="", body="", channel=None)]

    read = reader.read(tickets)

    assert reader.vectors is not None
    assert read.dense is not None
    words, sentences = np.split(read.dense, [reader.vectors.n_dims], axis=1)
    assert words == pytest.approx(reader.vectors.rows(reader.view.rows(tickets)), abs=1e-5)
    assert np.array_equal(sentences, sentence_rows(LetterEncoder(), tickets))
    assert reader.read([]).dense.shape == (0, read.dense.shape[1])  # type: ignore[union-attr] # as above


def test_a_history_is_encoded_as_its_tickets_are_later_and_it_is_announced() -> None:
    """At a hundred tickets a second it is the longest step; and each text is asked about once."""
    encoder = CountingEncoder()
    tickets = [ticket.filed for ticket in make_history(30)]
    steps: list[str] = []

    reader, learned = learn_reader(
        tickets,
        make_parameters(fast=False),
        meanings=FakeDistillation(),
        sentences=SentenceCache(encoder),
        on_step=steps.append,
    )

    assert learned.dense is not None
    assert np.array_equal(learned.dense, reader.read(tickets).dense)
    assert steps[-1] == "encoding tickets, 100%"
    assert [sorted(texts) for texts in encoder.asked] == [sorted({sentence(ticket) for ticket in tickets})]


def test_fast_asks_about_no_ticket() -> None:
    """Without a network nobody would listen."""
    encoder = CountingEncoder()

    reader, _ = learn_reader(
        [t.filed for t in make_history(30)], make_parameters(), meanings=None, sentences=SentenceCache(encoder)
    )

    assert reader.encoder is None
    assert encoder.asked == []
