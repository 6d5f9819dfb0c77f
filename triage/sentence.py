"""A ticket's text as an encoder of sentences is asked about it, and the block of the dense row that its answer becomes.

Beside topic, meaning and spelling, which add up word by word, the block `sentence` is what the words mean together.
Whoever asks is handed the encoder: where it comes from is not known here.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from triage.features import text_of
from triage.ticket import NewTicket

__all__ = ["MAX_SENTENCE_CHARACTERS", "SentenceEncoder", "sentence", "sentence_rows"]

MAX_SENTENCE_CHARACTERS = 2_000
"""An encoder reads 256 word pieces of a text; more than these characters would be cut into pieces for nothing."""


class SentenceEncoder(Protocol):
    """What texts mean, each as a whole."""

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """The texts' embeddings, float32 of shape (n, n_dims); a text among others gets what it gets alone."""


def sentence(ticket: NewTicket) -> str:
    """What an encoder is asked: the text as the model sees it, personal data taken out."""
    return text_of(ticket)[:MAX_SENTENCE_CHARACTERS]


def sentence_rows(encoder: SentenceEncoder, tickets: Sequence[NewTicket]) -> NDArray[np.float32]:
    """The tickets' sentence blocks, float32 of shape (n, n_dims), each of length one."""
    embeddings = encoder.encode([sentence(ticket) for ticket in tickets])
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(lengths, np.float32(1e-9)), dtype=np.float32)
