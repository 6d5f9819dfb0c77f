"""Words that are spelled alike learn from each other: the linear model sees their n-grams, and is served without them.

A ticket's n-grams are its words' n-grams, weighted as the words are, so they are a fixed matrix times its row of terms.
What is learned about n-grams can therefore be added to the weights of the words that hold them once learning is done:
an inflection or a compound that two tickets hold is answered by what hundreds of tickets say of its parts, and serving
does not change.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix, diags_array
from sklearn.feature_extraction.text import CountVectorizer

from triage.features import is_word
from triage.word_vectors import ngrams

__all__ = ["learn_subwords"]

MAX_TICKETS = 20_000
"""n-grams make rows many times longer; what they would bring to a larger history has not been measured."""

MIN_WORDS = 2
"""An n-gram of one word says what the word says."""


def learn_subwords(known: Sequence[str], rows: csr_matrix) -> csr_matrix | None:
    """From terms to n-grams, shape (n_terms, n_ngrams); None where words have none in common, or the history is large.

    Rows of terms times this matrix are the tickets' n-grams, the rarer among tickets the heavier, and on average as
    long as the rows of terms: both kinds of weights are held back alike.

    Args:
        known: the terms in the order of the columns.
        rows: the history, shape (n, n_terms), rows of length one.
    """
    if rows.shape[0] > MAX_TICKETS:
        return None
    words = [column for column, term in enumerate(known) if is_word(term)]
    vectoriser = CountVectorizer(analyzer=ngrams, min_df=MIN_WORDS)
    try:
        counts = vectoriser.fit_transform([known[column] for column in words])
    except ValueError:  # no word, or no n-gram in two
        return None
    placed = csr_matrix((np.ones(len(words)), (words, np.arange(len(words)))), shape=(len(known), len(words)))
    spelled = placed @ counts
    found = rows @ spelled
    n_tickets = np.bincount(found.indices, minlength=found.shape[1])
    weighed = diags_array(np.log((1 + rows.shape[0]) / (1 + n_tickets)) + 1)
    lengths = np.sqrt((found @ weighed).power(2).sum(axis=1))
    return csr_matrix(spelled @ weighed / max(float(lengths.mean()), 1e-12))
