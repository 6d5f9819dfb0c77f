"""Small stand-ins that behave as the real thing where it matters."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.encoder import Encoder
from training.features.distillation import Distillation
from training.features.sentence_cache import SentenceCache

__all__ = ["CountingEncoder", "FakeDistillation", "LetterEncoder"]


class LetterEncoder(Encoder):
    """Means by the letters of a text: no model is read, and texts that look alike mean alike."""

    def __init__(self, sha256: str = "0" * 64) -> None:
        super().__init__("letters", Path(), sha256)

    def encode(
        self, texts: Sequence[str], on_progress: Callable[[float], None] = lambda _: None
    ) -> NDArray[np.float32]:
        """How often each letter occurs, float32 of shape (n_texts, 26)."""
        on_progress(1.0)
        counts = [[text.count(chr(ord("a") + i)) for i in range(26)] for text in texts]
        return np.asarray(counts, dtype=np.float32).reshape(len(texts), 26)


class CountingEncoder(LetterEncoder):
    """Remembers what it was asked."""

    asked: list[list[str]]

    def __init__(self, sha256: str = "ab" * 32) -> None:
        super().__init__(sha256)
        object.__setattr__(self, "asked", [])

    def encode(
        self, texts: Sequence[str], on_progress: Callable[[float], None] = lambda _: None
    ) -> NDArray[np.float32]:
        """How often each letter occurs."""
        self.asked.append(list(texts))
        return super().encode(texts, on_progress)


class FakeDistillation(Distillation):
    """Meanings by the letters that a word has; with `asks`, whole tickets' meanings too."""

    def __init__(self, encoder: Encoder | None = None, *, asks: bool = False) -> None:
        encoder = encoder or LetterEncoder()
        super().__init__(encoder, Path(), SentenceCache(encoder) if asks else None)

    def __call__(
        self, words: Sequence[str], on_progress: Callable[[float], None] = lambda _: None
    ) -> NDArray[np.float32]:
        """How often each letter occurs, float32 of shape (n_words, 26)."""
        return LetterEncoder().encode(words, on_progress)
