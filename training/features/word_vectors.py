"""Learning the words' vectors of a desk: latent semantic analysis, an encoder's embeddings, character n-grams.

Nothing here sees a label, so all is learned once, and not for every fold.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from triage.features import TermView, is_word
from triage.word_vectors import SpellingTable, WordVectors, ngrams

__all__ = ["Meanings", "learn_word_vectors"]

N_TOPIC, N_MEANING, N_SPELLING = 200, 256, 150
"""Dimensions of the blocks where a desk has words enough."""

MAX_WORDS = 100_000
"""The most frequent words have vectors; 120 MB when served."""

MAX_NGRAMS = 60_000
MAX_SAMPLE = 10_000
"""Tickets that the axes of topic and spelling are found on; more of them turn the axes by less than a seed does."""

Meanings = Callable[[Sequence[str], Callable[[float], None]], NDArray[np.float32]]
"""The embeddings of words, float32 of shape (n_words, any number); told the share done, 0 to 1, as it goes."""


def learn_word_vectors(
    view: TermView,
    rows: csr_matrix,
    meanings: Meanings | None,
    *,
    seed: int,
    on_progress: Callable[[float], None] = lambda _: None,
) -> WordVectors:
    """The vectors of the words, and of the values of facts, that a view knows.

    Args:
        view: the terms.
        rows: the history, shape (n, n_terms), rows of length one.
        meanings: gives the words' embeddings; None leaves that block out.
        seed: for the sample and the decompositions.
        on_progress: told the share of new words that were encoded, 0 to 1.
    """
    columns = np.asarray([i for i, term in enumerate(view.known) if is_word(term) or "=" in term], dtype=np.int64)
    frequencies = np.diff(rows.tocsc().indptr)[columns]
    if columns.size > MAX_WORDS:
        columns = np.sort(columns[np.argsort(-frequencies, kind="stable")[:MAX_WORDS]])
    said = [view.known[i].partition("=")[2] or view.known[i] for i in columns]
    chance = np.random.default_rng(seed)
    sample = np.sort(chance.permutation(rows.shape[0])[:MAX_SAMPLE])
    seen = normalize(rows[sample][:, columns])
    blocks = [_axes(seen, N_TOPIC, seed).T]
    if meanings is not None:
        embeddings = meanings(said, on_progress)
        n_meaning = min(N_MEANING, *embeddings.shape)
        blocks.append(PCA(n_meaning, svd_solver="covariance_eigh").fit_transform(embeddings))
    spelling = _learn_spelling(said, seen, seed)
    blocks.append(np.vstack([spelling.vector(word) for word in said]))
    return WordVectors(
        columns=columns,
        n_terms=len(view.known),
        vectors=np.hstack([_scaled(block) for block in blocks[:-1]] + [blocks[-1].astype(np.float16)]),
        blocks=tuple(block.shape[1] for block in blocks),
        spelling=spelling,
        unknown_idf=float(view.idf.max()),
    )


def _learn_spelling(said: Sequence[str], seen: csr_matrix, seed: int) -> SpellingTable:
    """N-grams as telling as they are rare among words, on the axes along which tickets differ most."""
    in_words = Counter(ngram for word in said for ngram in set(ngrams(word)))
    frequent = sorted(in_words.items(), key=lambda found: (-found[1], found[0]))[:MAX_NGRAMS]
    known = sorted(ngram for ngram, n in frequent if n > 1) or sorted(in_words)[:MAX_NGRAMS]
    idf = np.asarray([np.log((1 + len(said)) / (1 + in_words[ngram])) + 1 for ngram in known])
    # scikit-learn counts; `SpellingTable.vector` does the same for one word
    spelled = CountVectorizer(analyzer=ngrams, vocabulary=known).transform(said)
    totals = np.maximum(np.asarray(spelled.sum(axis=1)).ravel(), 1)
    spelled = diags_array(totals**-0.5) @ spelled @ diags_array(idf)
    axes = _axes(normalize(seen @ spelled), N_SPELLING, seed)
    return SpellingTable(known, _scaled(axes.T * idf[:, None]))


def _axes(rows: csr_matrix, n_axes: int, seed: int) -> NDArray[np.float64]:
    """The directions in which the rows differ most, float64 of shape (n_axes or fewer, n_columns)."""
    if rows.shape[1] < 2:
        return np.ones((1, rows.shape[1]))  # a single word differs from nothing
    n_axes = max(1, min(n_axes, min(rows.shape) - 1))
    # single precision takes a third of the time; the axes are rounded to half precision anyway
    found = TruncatedSVD(n_axes, n_iter=2, random_state=seed).fit(rows.astype(np.float32))
    return np.asarray(found.components_, dtype=np.float64)


def _scaled(block: NDArray[np.float64]) -> NDArray[np.float16]:
    """The block at a scale that half precision holds well; a ticket's block gets length one anyway."""
    return np.asarray(block / max(float(np.sqrt((block**2).mean())), 1e-12), dtype=np.float16)
