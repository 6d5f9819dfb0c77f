"""Words that are spelled alike learn from each other."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from sklearn.svm import LinearSVC

from tests.builders import make_parameters, make_ticket, make_wordy_history, make_worked
from training.features import subwords
from training.features.rows import learn_reader
from training.features.subwords import learn_subwords
from training.learning.fit import fit_svc
from training.learning.question import question_of
from triage.targets import Target
from triage.ticket import WorkedTicket

TARGET = Target("assignment_group")


def read(history: list[WorkedTicket]) -> tuple[list[str], csr_matrix]:
    """The terms of a history, and its rows."""
    reader, rows = learn_reader([t.filed for t in history], make_parameters(fast=True), meanings=None)
    return list(reader.view.known), rows.terms


def said(text: str, group: str) -> WorkedTicket:
    """A ticket of these words and this group, and nothing else."""
    return make_worked(filed=make_ticket(subject=text, body="", channel=None), assignment_group=group)


def test_what_serves_answers_as_what_was_learned() -> None:
    """Weights of n-grams are added to the words'; an answer that changed on the way would be blended as another's."""
    history = make_wordy_history(120)
    known, rows = read(history)
    table = learn_subwords(known, rows)
    assert table is not None
    question, parameters = question_of(history, TARGET), make_parameters()

    served = fit_svc(rows, question, parameters, subwords=table)

    both = csr_matrix(hstack([rows, rows @ table]))
    costs = served.class_weight
    learned = LinearSVC(C=parameters.regularisation, class_weight=costs, random_state=parameters.seed, dual=True)
    learned.fit(both, question.columns)
    assert served.coef_.shape[1] == len(known)
    assert np.abs(served.decision_function(rows) - learned.decision_function(both)).max() < 1e-6


def test_a_rare_inflection_is_told_by_the_word_that_it_comes_from() -> None:
    """Two tickets in three hold a form that only a handful of others do."""
    history = [
        *[said(f"printer jam {i % 7}x", "Hardware") for i in range(30)],
        *[said(f"mailbox full {i % 7}x", "Messaging") for i in range(30)],
        *[said("printers", "Messaging"), said("printers", "Hardware")],
    ]
    known, rows = read(history)
    question, column = question_of(history, TARGET), known.index("printers")

    plain, spelled = (
        fit_svc(rows, question, make_parameters(), subwords=table).coef_[0, column]
        for table in (None, learn_subwords(known, rows))
    )

    assert question.labels == ("Hardware", "Messaging")
    assert spelled < plain - 0.1


def test_ngrams_are_as_long_as_terms() -> None:
    """Else one kind of weights would be held back more than the other, by how long a desk's words are."""
    known, rows = read(make_wordy_history(200))

    table = learn_subwords(known, rows)

    assert table is not None
    assert table.shape[0] == len(known)
    assert np.sqrt((rows @ table).power(2).sum(axis=1)).mean() == pytest.approx(1.0)


def test_pairs_of_words_and_facts_have_no_spelling_of_their_own() -> None:
    """What they are made of has."""
    known, rows = read(make_wordy_history(100))

    table = learn_subwords(known, rows)

    assert table is not None
    spelled = np.asarray(abs(table).sum(axis=1)).ravel() > 0
    assert {" " in term or "=" in term for term, has in zip(known, spelled, strict=True) if has} == {False}


def test_words_without_a_common_ngram_teach_each_other_nothing() -> None:
    """Numbers on one desk, signs on another."""
    known, rows = read([said("ab", "A"), said("ab", "A"), said("xy", "B"), said("xy", "B")])

    assert learn_subwords(known, rows) is None


def test_a_desk_without_words_has_no_spellings() -> None:
    """Attributes alone are learned from as they are."""
    history = [make_worked(filed=make_ticket(subject="", body="", channel=c)) for c in ("email", "phone") * 3]
    known, rows = read(history)

    assert learn_subwords(known, rows) is None


def test_a_large_history_is_learned_without_ngrams(monkeypatch: pytest.MonkeyPatch) -> None:
    """There they would multiply the time of every fit."""
    known, rows = read(make_wordy_history(100))
    monkeypatch.setattr(subwords, "MAX_TICKETS", 99)

    assert learn_subwords(known, rows) is None
