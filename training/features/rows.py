"""A history as rows of numbers, read by the same functions that serve: terms, and what the words mean beyond them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from training.configs.parameters import TrainingParameters
from training.features.sentence_cache import SentenceCache
from training.features.word_vectors import Meanings, learn_word_vectors
from triage.errors import UnusableTraining
from triage.familiarity import FEWEST_WORDS, UNFAMILIAR_RATIO, Familiarity, Floors
from triage.features import TermRows, TermView, is_word, terms
from triage.sentence import SentenceEncoder, sentence_rows
from triage.ticket import NewTicket
from triage.word_vectors import WordVectors

__all__ = ["TicketReader", "TicketRows", "kept_terms", "learn_reader"]

COMMON_RATIO = 0.02
"""A word that stands in this share of the tickets is an everyday word of the desk."""

_AT_ONCE = 4_096
"""Dense rows made at a time: the words' vectors are unpacked for these alone."""


@dataclass(frozen=True, slots=True)
class TicketRows:
    """Tickets as numbers.

    Attributes:
        terms: the sparse rows, shape (n, n_terms).
        dense: the words' vectors summed, and what an encoder makes of the whole text where one is asked; float32 of
            shape (n, n_dims + n_sentence), None where there are no vectors.
    """

    terms: csr_matrix
    dense: NDArray[np.float32] | None

    def __getitem__(self, at: NDArray[np.int64]) -> Self:
        """Some of the rows, in this order."""
        return type(self)(self.terms[at], None if self.dense is None else self.dense[at])


@dataclass(frozen=True, slots=True)
class TicketReader:
    """How this desk's tickets become rows.

    Attributes:
        vectoriser: scikit-learn's, which found the terms.
        view: the same for serving.
        vectors: the words' vectors; None for terms alone.
        familiarity: what the desk's own tickets never fall below.
        encoder: asked about every ticket; None where words are all that is looked at.
    """

    vectoriser: TfidfVectorizer
    view: TermView
    vectors: WordVectors | None
    familiarity: Familiarity
    encoder: SentenceEncoder | None = None

    def read(self, tickets: Sequence[NewTicket]) -> TicketRows:
        """The tickets' rows."""
        found = self.view.rows(tickets)
        return _with_sentences(_rows(found, _sparse(found, self.view), self.vectors), self.encoder, tickets)


def learn_reader(
    tickets: Sequence[NewTicket],
    parameters: TrainingParameters,
    *,
    meanings: Meanings | None,
    sentences: SentenceCache | None = None,
    has_vectors: bool = True,
    on_step: Callable[[str], None] = lambda _: None,
) -> tuple[TicketReader, TicketRows]:
    """Find the terms of a history and learn what its words mean; the reader, and the history as it reads it.

    Args:
        tickets: the history as filed.
        parameters: which terms are kept, and whether words get vectors.
        meanings: gives the words' embeddings; None leaves them out.
        sentences: asked about every ticket; None leaves the sentence block out.
        has_vectors: whether words get vectors, unless the parameters leave them out.
        on_step: told what begins.

    Raises:
        UnusableTraining: no term is left to learn from.
    """
    on_step("reading words")
    vectoriser, view, found = _learn_terms(tickets, parameters)
    sparse = _sparse(found, view)
    vectors = None
    if has_vectors and not parameters.fast:
        on_step("learning what words mean")
        vectors = learn_word_vectors(
            view,
            sparse,
            meanings,
            seed=parameters.seed,
            on_progress=lambda done: on_step(f"encoding new words, {done:.0%}"),
        )
    familiarity = _learn_familiarity(view, found, sparse)
    if vectors is None:
        sentences = None
    if sentences is not None:
        sentences.remember(tickets, on_step)
    rows = _with_sentences(_rows(found, sparse, vectors), sentences, tickets)
    return TicketReader(vectoriser, view, vectors, familiarity, sentences), rows


def _learn_terms(
    tickets: Sequence[NewTicket], parameters: TrainingParameters
) -> tuple[TfidfVectorizer, TermView, TermRows]:
    """The terms of a history, and its rows; every text is read once.

    scikit-learn counts all terms. Those that are kept make the rows, and words among the others are the unknown ones.
    """
    counter = CountVectorizer(analyzer=terms)
    try:
        counts = counter.fit_transform(tickets)
    except ValueError as error:
        raise UnusableTraining("No word stands in enough tickets to be learned from.") from error
    names = counter.get_feature_names_out()
    columns = kept_terms(counts, parameters)
    n_tickets = np.bincount(counts.indices, minlength=names.size)
    is_kept = np.zeros(names.size, dtype=np.bool_)
    is_kept[columns] = True
    known = names[columns].tolist()
    idf = np.log((1 + len(tickets)) / (1 + n_tickets[columns])) + 1
    view = TermView(known, idf)
    strange = np.flatnonzero(~is_kept)
    strange = strange[[is_word(name) for name in names[strange].tolist()]]
    kept = counts[:, columns].sorted_indices()
    unknown = _counts_by_name(counts[:, strange], names[strange].tolist())
    rows = view.weighted(kept.indptr.astype(np.int64), kept.indices.astype(np.int64), kept.data, unknown)
    vectoriser = TfidfVectorizer(analyzer=terms, sublinear_tf=True, vocabulary=known)
    vectoriser.idf_ = idf
    return vectoriser, view, rows


def kept_terms(counts: csr_matrix, parameters: TrainingParameters) -> NDArray[np.int64]:
    """The columns of the terms that are learned from, in order: in tickets enough, and of many the most frequent.

    Args:
        counts: how often each ticket holds each term, shape (n_tickets, n_terms).
        parameters: how many tickets are enough, and how many terms are kept.

    Raises:
        UnusableTraining: there is none.
    """
    n_tickets = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero(n_tickets >= min(parameters.min_tickets_per_term, counts.shape[0]))
    if not kept.size:
        raise UnusableTraining("No word stands in enough tickets to be learned from.")
    if kept.size > parameters.max_terms:
        n_times = np.asarray(counts.sum(axis=0)).ravel()[kept]
        kept = np.sort(kept[np.argsort(-n_times, kind="stable")[: parameters.max_terms]])
    return kept


def _counts_by_name(counts: csr_matrix, names: Sequence[str]) -> list[dict[str, int]]:
    """For each row what it holds, and how often."""
    columns, values = counts.indices.tolist(), counts.data.tolist()
    return [
        {names[columns[i]]: values[i] for i in range(start, end)} for start, end in pairwise(counts.indptr.tolist())
    ]


def _sparse(found: TermRows, view: TermView) -> csr_matrix:
    return csr_matrix((found.weights, found.at, found.starts), shape=(len(found), len(view.known)))


def _rows(found: TermRows, sparse: csr_matrix, vectors: WordVectors | None) -> TicketRows:
    if vectors is None:
        return TicketRows(sparse, None)
    dense = np.empty((len(found), vectors.n_dims), dtype=np.float32)
    for start in range(0, len(found), _AT_ONCE):
        dense[start : start + _AT_ONCE] = vectors.rows(found[start : start + _AT_ONCE])
    return TicketRows(sparse, dense)


def _with_sentences(rows: TicketRows, encoder: SentenceEncoder | None, tickets: Sequence[NewTicket]) -> TicketRows:
    if rows.dense is None or encoder is None:
        return rows
    return replace(rows, dense=np.hstack([rows.dense, sentence_rows(encoder, tickets)]))


def _learn_familiarity(view: TermView, found: TermRows, sparse: csr_matrix) -> Familiarity:
    """Floors that nearly all of the desk's own tickets stay above, each judged by the words of the others alone."""
    n = len(found)
    common_idf = float(np.log((1 + n) / (1 + COMMON_RATIO * n)) + 1)  # what scikit-learn gives a word of that share
    unmeasured = Familiarity(view, Floors(common_idf, 0.0, 0.0))
    alone = unmeasured.words & (np.diff(sparse.tocsc().indptr) <= 2)  # without this ticket one other has the word
    n_alone = np.bincount(found.tickets[(alone & ~unmeasured.common)[found.at]], minlength=n)
    counted = unmeasured.counts(found)
    counted = replace(counted, n_known=counted.n_known - n_alone, n_unknown=counted.n_unknown + n_alone)
    is_judged = counted.n >= FEWEST_WORDS
    if not is_judged.any():
        return unmeasured
    common, content = (
        float(np.quantile(ratios[is_judged], UNFAMILIAR_RATIO))
        for ratios in (counted.common_ratio, counted.content_ratio)
    )
    return Familiarity(view, Floors(common_idf, common, content))
