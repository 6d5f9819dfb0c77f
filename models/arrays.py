"""A model's numbers by file name, and the model that such numbers make; every shape is checked before it is believed.

A further array is a row in `_SHAPES` or `_MEANING_SHAPES`, and a line in each of the two functions.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.manifest import Manifest
from triage.batch import Head
from triage.ensemble import Blend
from triage.familiarity import Familiarity
from triage.features import TermView
from triage.model import Meaning, TriageModel
from triage.network import Network
from triage.sentence import SentenceEncoder
from triage.word_vectors import SpellingTable, WordVectors

__all__ = ["MEANING_FILES", "TERM_FILES", "arrays_of", "check_arrays", "model_of"]

_SHAPES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "blends.npy": (("n_blend",), "float64"),
    "idf.npy": (("n_terms",), "float64"),
    "intercepts.npy": (("n_columns",), "float64"),
    "weights.npy": (("n_terms", "n_columns"), "float32"),
}
_MEANING_SHAPES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "hidden.npy": (("n_inputs", "n_all_hidden"), "float32"),
    "hidden_bias.npy": (("n_all_hidden",), "float32"),
    "output.npy": (("n_networks", "n_hidden", "n_columns"), "float32"),
    "output_bias.npy": (("n_networks", "n_columns"), "float32"),
    "spelling.npy": (("n_ngrams", "n_spelling"), "float16"),
    "word_columns.npy": (("n_words",), "int64"),
    "word_vectors.npy": (("n_words", "n_dims"), "float16"),
}

TERM_FILES = ("terms.json", *_SHAPES)
"""What a model of terms alone consists of."""

MEANING_FILES = ("ngrams.json", *_MEANING_SHAPES)
"""What is added by word vectors and the network on them."""


def arrays_of(model: TriageModel) -> dict[str, NDArray[Any]]:
    """The model's arrays by the file that holds each."""
    blends = [part.ravel() for b in model.blends for part in (b.weights, b.bias, np.asarray([b.noise]))]
    arrays: dict[str, NDArray[Any]] = {
        "blends.npy": np.concatenate(blends),
        "idf.npy": model.view.idf,
        "intercepts.npy": model.intercepts,
        "weights.npy": model.weights,
    }
    if model.meaning is not None:
        vectors, network = model.meaning.vectors, model.meaning.network
        arrays |= {
            "hidden.npy": network.hidden,
            "hidden_bias.npy": network.hidden_bias,
            "output.npy": network.output,
            "output_bias.npy": network.output_bias,
            "spelling.npy": vectors.spelling.vectors,
            "word_columns.npy": vectors.columns,
            "word_vectors.npy": vectors.vectors,
        }
    return arrays


def check_arrays(
    arrays: Mapping[str, NDArray[Any]], manifest: Manifest, terms: Sequence[str], ngrams: Sequence[str]
) -> str | None:
    """What is wrong with the arrays, as the end of a sentence that the file's name begins; None if they fit.

    Args:
        arrays: by file name, as read.
        manifest: the targets with their labels, and the blocks of a dense row.
        terms: the word list.
        ngrams: the n-grams of the spelling table.
    """
    heads, blocks = manifest.heads, manifest.blocks
    n_columns = sum(len(head.labels) for head in heads)
    sizes = {
        "n_terms": len(terms),
        "n_columns": n_columns,
        "n_blend": sum((_n_base_models(head) + 1) * len(head.labels) + 1 for head in heads),
        "n_dims": sum(blocks),
        "n_inputs": sum(blocks) + manifest.n_sentence,
        "n_ngrams": len(ngrams),
        "n_spelling": blocks[-1] if blocks else 0,
    }
    for name, (symbols, dtype) in ({**_SHAPES, **_MEANING_SHAPES} if blocks else _SHAPES).items():
        array = arrays[name]
        if array.dtype != dtype or array.ndim != len(symbols):
            return f"{name} is {array.dtype} of {array.ndim} dimensions; {dtype} of {len(symbols)} is wanted"
        for symbol, size in zip(symbols, array.shape, strict=True):
            if sizes.setdefault(symbol, size) != size:
                return f"{name} has {symbol} = {size}; the other files want {sizes[symbol]}"
    if blocks and sizes["n_networks"] * sizes["n_hidden"] != sizes["n_all_hidden"]:
        return "hidden.npy does not hold the hidden layers that output.npy wants"
    columns = arrays.get("word_columns.npy", np.empty(0, dtype=np.int64))
    if columns.size and not (columns.min() >= 0 and columns.max() < len(terms)):
        return "word_columns.npy names a term that there is not"
    return None


def model_of(
    arrays: Mapping[str, NDArray[Any]],
    manifest: Manifest,
    *,
    words: tuple[Sequence[str], Sequence[str]],
    version: str,
    encoder: SentenceEncoder | None,
) -> TriageModel:
    """The model of arrays that were checked.

    Args:
        arrays: by file name.
        manifest: what they mean.
        words: the terms, and the n-grams of the spelling table.
        version: what the registry calls the model.
        encoder: asked about every ticket; None where the manifest gives a sentence no dimensions.
    """
    terms, ngrams = words
    view = TermView(terms, arrays["idf.npy"])
    meaning = None
    if manifest.blocks:
        vectors = WordVectors(
            columns=arrays["word_columns.npy"],
            n_terms=len(terms),
            vectors=arrays["word_vectors.npy"],
            blocks=manifest.blocks,
            spelling=SpellingTable(ngrams, arrays["spelling.npy"]),
            unknown_idf=float(view.idf.max()),
        )
        layers = (arrays[f"{layer}.npy"] for layer in ("hidden", "hidden_bias", "output", "output_bias"))
        meaning = Meaning(vectors, Network(*layers), encoder)
    return TriageModel(
        version=version,
        trained_at=manifest.trained_at,
        view=view,
        heads=manifest.heads,
        weights=arrays["weights.npy"],
        intercepts=arrays["intercepts.npy"],
        blends=tuple(_blends(arrays["blends.npy"], manifest.heads)),
        familiarity=Familiarity(view, manifest.floors),
        meaning=meaning,
        priority=manifest.priority,
    )


def _n_base_models(head: Head) -> int:
    return 2 if head.has_network else 1


def _blends(flat: NDArray[np.float64], heads: Sequence[Head]) -> list[Blend]:
    blends, start = [], 0
    for head in heads:
        n, n_base_models = len(head.labels), _n_base_models(head)
        middle, end = start + n_base_models * n, start + (n_base_models + 1) * n
        blends.append(Blend(flat[start:middle].reshape(n_base_models, n), flat[middle:end], float(flat[end])))
        start = end + 1
    return blends
