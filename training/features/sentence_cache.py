"""Tickets' embeddings, remembered: a history is read twice in a training, and measured on in between."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.encoder import Encoder
from triage.sentence import sentence
from triage.ticket import NewTicket

__all__ = ["SentenceCache"]

_AT_ONCE = 256
"""Texts between two words of progress: some seconds."""


class SentenceCache:
    """An encoder that is asked about each text once as long as the process lives; what it said is not pickled with it.

    Args:
        encoder: asked about texts that are new.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._known: dict[bytes, NDArray[np.float32]] = {}

    def __reduce__(self) -> tuple[type["SentenceCache"], tuple[Encoder]]:
        return SentenceCache, (self.encoder,)

    def encode(
        self, texts: Sequence[str], on_progress: Callable[[float], None] = lambda _: None
    ) -> NDArray[np.float32]:
        """The texts' embeddings, float32 of shape (n, n_dims).

        Args:
            texts: what to look up.
            on_progress: told the share of new texts done, 0 to 1.
        """
        if not texts:
            return self.encoder.encode(texts)
        asked = [_key(text) for text in texts]
        new = {key: text for key, text in zip(asked, texts, strict=True) if key not in self._known}
        keys = list(new)
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            self._known |= zip(some, self.encoder.encode([new[key] for key in some]), strict=True)
            on_progress(min(1.0, (start + _AT_ONCE) / len(keys)))
        return np.stack([self._known[key] for key in asked])

    def remember(self, tickets: Sequence[NewTicket], on_step: Callable[[str], None]) -> None:
        """Encode what is new in these tickets now, in bulk, and say how far it is."""
        if tickets:
            self.encode([sentence(ticket) for ticket in tickets], lambda done: on_step(f"encoding tickets, {done:.0%}"))


def _key(text: str) -> bytes:
    """The text in sixteen bytes: a long history's texts would take more memory than their embeddings."""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).digest()
