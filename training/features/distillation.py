"""A sentence encoder distilled into a table of words: each is encoded once, and remembered under the encoder's hash.

The table is kept under the home, so that the next training encodes only the words that are new.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.encoder import ASKED, Encoder, find_encoder
from training.configs.parameters import TrainingParameters
from training.features.sentence_cache import SentenceCache

__all__ = ["Distillation", "open_distillation"]

MAX_LETTERS = 64
"""A longer word is an identifier; its beginning tells as much."""


@dataclass(frozen=True, slots=True)
class Distillation:
    """Words' embeddings by one encoder.

    Attributes:
        encoder: asked for the words that the cache does not have.
        cache: a folder; it holds one file an encoder.
        sentences: the same encoder, asked about whole tickets as well; None where words are all it is asked about.
    """

    encoder: Encoder
    cache: Path
    sentences: SentenceCache | None = None

    def __call__(
        self, words: Sequence[str], on_progress: Callable[[float], None] = lambda _: None
    ) -> NDArray[np.float32]:
        """The words' embeddings, float32 of shape (n_words, n_dims).

        Args:
            words: what to look up.
            on_progress: told the share of new words done, 0 to 1.
        """
        path = self.cache / f"{self.encoder.sha256[:32]}.parquet"
        asked = [word[:MAX_LETTERS] for word in words]
        known, vectors = _read(path)
        rows = {word: row for row, word in enumerate(known)}
        new = sorted({word for word in asked if word not in rows})
        if new:
            embeddings = self.encoder.encode(new, on_progress).astype(np.float16)
            vectors = np.vstack([vectors, embeddings]) if known else embeddings
            rows |= {word: len(known) + i for i, word in enumerate(new)}
            _write(path, [*known, *new], vectors)
        return vectors[[rows[word] for word in asked]].astype(np.float32)


def open_distillation(parameters: TrainingParameters, cache: Path) -> Distillation | None:
    """What the parameters ask for; None where words are to have no meaning.

    Raises:
        InvalidInput: there is no such encoder.
    """
    if parameters.fast or parameters.encoder == "none":
        return None
    encoder = find_encoder(parameters.encoder)
    return Distillation(encoder, cache, SentenceCache(encoder) if parameters.encoder == ASKED else None)


def _read(path: Path) -> tuple[list[str], NDArray[np.float16]]:
    try:
        table = pq.read_table(path)
        vectors = table["vector"].combine_chunks()
        return table["word"].to_pylist(), vectors.flatten().to_numpy().reshape(len(table), -1)
    except FileNotFoundError:
        return [], np.empty((0, 0), dtype=np.float16)
    except (pa.ArrowInvalid, KeyError, OSError):
        return [], np.empty((0, 0), dtype=np.float16)  # a damaged cache is made again


def _write(path: Path, words: list[str], vectors: NDArray[np.float16]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        pq.write_table(pa.table({"word": words, "vector": flat}), file)
    Path(file.name).replace(path)
