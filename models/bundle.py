"""A bundle: one folder of data, never code, that holds everything a model needs to answer.

    manifest.json     what it is, and the sha256 of the files below
    terms.json        the word list, in the order of the columns
    idf.npy           float64 (n_terms,)
    weights.npy       float32 (n_terms, n_columns), the labels of all targets side by side
    intercepts.npy    float64 (n_columns,)
    golden.json       tickets made of the word list, and the confidences they must get
    card.md           the model card, for people

Loading believes nothing: hashes, format, shapes, finiteness and golden answers are checked before the model may serve.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.card import model_card
from models.manifest import Manifest
from triage.errors import (
    BundleAltered,
    BundleFileMissing,
    BundleMalformed,
    BundleNotFinite,
    BundleWrongAnswers,
)
from triage.features import TermView
from triage.model import TriageModel
from triage.text import MAX_CHARACTERS
from triage.ticket import NewTicket

__all__ = ["FILES", "copy_bundle", "flush", "load_bundle", "read_manifest", "write_bundle"]

FILES = ("card.md", "golden.json", "idf.npy", "intercepts.npy", "terms.json", "weights.npy")
"""What a bundle consists of beside its manifest."""

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, EOFError, OSError)
"""What reading JSON and arrays of another form raises."""

GOLDEN_TOLERANCE = 1e-6
"""How far a confidence may lie from its golden answer: what the scorer may differ from scikit-learn."""


def write_bundle(folder: Path, model: TriageModel, manifest: Manifest) -> Manifest:
    """Write the model as a new bundle; the folder appears whole or not at all.

    Args:
        folder: must not exist yet.
        model: what was learned; its version is the registry's and is not written.
        manifest: its `files` are filled in here.

    Returns:
        The manifest as written.
    """
    with _appearing(folder) as building:
        np.save(building / "idf.npy", model.view.idf, allow_pickle=False)
        np.save(building / "weights.npy", model.weights, allow_pickle=False)
        np.save(building / "intercepts.npy", model.intercepts, allow_pickle=False)
        _write_json(building / "terms.json", list(model.view.known))
        _write_json(building / "golden.json", [_golden_answer(model, ticket) for ticket in _golden_tickets(model)])
        (building / "card.md").write_text(model_card(manifest), encoding="utf-8")
        manifest = replace(manifest, files={name: _sha256(building / name) for name in FILES})
        (building / "manifest.json").write_bytes(manifest.to_bytes())
    return manifest


def copy_bundle(source: Path, folder: Path) -> None:
    """Copy a bundle; the copy appears whole or not at all. Another one that stood there gives way in two renames."""
    with _appearing(folder) as building:
        shutil.copytree(source, building, dirs_exist_ok=True)


def read_manifest(folder: Path) -> Manifest:
    """What the bundle says of itself; nothing but the manifest is checked.

    Raises:
        ModelUnusable: the manifest is missing, altered, malformed or of a later format.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise BundleFileMissing(f"The bundle at {folder} has no manifest.json.")
    return Manifest.from_bytes(path.read_bytes())


def load_bundle(folder: Path, *, version: str) -> TriageModel:
    """The model of a bundle, verified.

    Args:
        folder: where the bundle is.
        version: what the registry calls it.

    Raises:
        ModelUnusable: one of its leaves, which names the fault.
    """
    manifest = read_manifest(folder)
    _check_files(folder, manifest)
    try:
        known = json.loads((folder / "terms.json").read_bytes())
        if not isinstance(known, list) or not all(isinstance(term, str) for term in known):
            raise ValueError("terms.json is no list of terms")
        if len(set(known)) != len(known):
            raise ValueError("terms.json names a term twice")
        model = TriageModel(
            version=version,
            trained_at=manifest.trained_at,
            view=TermView(known, _array(folder / "idf.npy")),
            heads=manifest.heads,
            weights=_array(folder / "weights.npy"),
            intercepts=_array(folder / "intercepts.npy"),
        )
        golden = _golden_of(json.loads((folder / "golden.json").read_bytes()))
    except _UNREADABLE as error:
        raise BundleMalformed(f"The bundle at {folder} cannot be read: {error}.") from error
    _check_arrays(folder, model)
    _check_golden(folder, model, golden)
    return model


def _check_files(folder: Path, manifest: Manifest) -> None:
    """Nothing, where the folder holds what a bundle consists of, as the manifest describes it, and nothing else."""
    there = {path.name for path in folder.iterdir()}
    for name in FILES:
        if name not in there:
            raise BundleFileMissing(f"The bundle at {folder} has no {name}.")
    if strange := (there | set(manifest.files)) - {*FILES, "manifest.json"}:
        raise BundleMalformed(f"{min(strange)} is no part of a bundle; it is in {folder}, or in the manifest there.")
    for name in FILES:
        if manifest.files.get(name) != _sha256(folder / name):
            raise BundleAltered(f"{name} of the bundle at {folder} was changed after it was written.")


def _check_arrays(folder: Path, model: TriageModel) -> None:
    n_columns = sum(len(head.labels) for head in model.heads)
    expected: dict[str, tuple[NDArray[Any], tuple[int, ...], str]] = {
        "idf.npy": (model.view.idf, (len(model.view.known),), "float64"),
        "weights.npy": (model.weights, (len(model.view.known), n_columns), "float32"),
        "intercepts.npy": (model.intercepts, (n_columns,), "float64"),
    }
    for name, (array, shape, dtype) in expected.items():
        if array.shape != shape or array.dtype != dtype:
            raise BundleMalformed(
                f"{name} of the bundle at {folder} is {array.dtype} {array.shape}; "
                f"word list and labels want {dtype} {shape}."
            )
        if not np.isfinite(array).all():
            raise BundleNotFinite(f"{name} of the bundle at {folder} holds NaN or infinite values.")
    if not all(np.isfinite([head.temperature, head.threshold]).all() for head in model.heads):
        raise BundleNotFinite(f"A temperature or threshold of the bundle at {folder} is NaN or infinite.")


def _golden_of(content: Any) -> list[tuple[NewTicket, dict[str, NDArray[np.float64]]]]:  # noqa: ANN401 - any JSON
    """The golden tickets and the confidences they must get, from what golden.json holds."""
    golden = [
        (NewTicket(**case["ticket"]), {t: np.asarray(c, dtype=np.float64) for t, c in case["confidences"].items()})
        for case in content
    ]
    texts = [value for ticket, _ in golden for value in (ticket.subject, ticket.body, *ticket.attributes.values())]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("golden.json holds a ticket whose text is none")
    return golden


def _check_golden(
    folder: Path, model: TriageModel, golden: list[tuple[NewTicket, dict[str, NDArray[np.float64]]]]
) -> None:
    if len(golden) < model.weights.shape[1]:
        raise BundleMalformed(f"golden.json of the bundle at {folder} has fewer answers than the model has labels.")
    for ticket, answers in golden:
        for target, found in model.confidences(ticket).items():
            expected = answers.get(target, np.empty(0))
            if expected.shape != found.shape or not np.allclose(found, expected, rtol=0, atol=GOLDEN_TOLERANCE):
                raise BundleWrongAnswers(
                    f"The bundle at {folder} does not reproduce its golden answers for {target} (ticket {ticket.id})."
                )


def _golden_tickets(model: TriageModel) -> list[NewTicket]:
    """Tickets to hold a loaded model to: made of its own word list, so that no real ticket's text is kept.

    For each label its loudest terms, attributes as attributes, and beside those nothing at all, scripts that the desk
    may never have seen, and a text beyond the length that is looked at.
    """
    tickets = [
        NewTicket(id="empty"),
        NewTicket(
            id="scripts",
            subject="Ünïcode ﬁ 日本語 한국어 العربية 🙂",
            body="e-mail a.person@example.org, +44 20 7946 0000",
        ),
        NewTicket(id="long", body=" ".join(islice(cycle(model.view.known), MAX_CHARACTERS))[: MAX_CHARACTERS + 1_000]),
    ]
    for column in range(model.weights.shape[1]):
        loudest = [model.view.known[i] for i in np.argsort(-model.weights[:, column], kind="stable")[:12]]
        attributes = dict(term.split("=", 1) for term in loudest if "=" in term)
        words = [term for term in loudest if "=" not in term]
        tickets.append(
            NewTicket(
                id=f"column-{column}",
                subject=" ".join(words[:3]),
                body=". ".join(words[3:]),
                channel=attributes.pop("channel", None),
                attributes=attributes,
            )
        )
    return tickets


def _golden_answer(model: TriageModel, ticket: NewTicket) -> dict[str, Any]:
    answers = {target: found.tolist() for target, found in model.confidences(ticket).items()}
    return {"ticket": {k: v for k, v in asdict(ticket).items() if v}, "confidences": answers}


def _array(path: Path) -> Any:  # noqa: ANN401 - its type is what _check_arrays finds out
    array = np.load(path, allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{path.name} is an archive and no array")
    return array


def _write_json(path: Path, content: Any) -> None:  # noqa: ANN401 - any JSON
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A hidden folder to build in, nobody else's; at the end it is flushed to disk and takes its name.

    A failure leaves what stood there, and nothing beside it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as hidden:
        building, aside = Path(hidden) / "new", Path(hidden) / "old"
        building.mkdir()
        yield building
        for path in (*building.iterdir(), building):
            flush(path)
        if folder.exists():
            folder.rename(aside)
        building.rename(folder)
        flush(folder.parent)


def flush(path: Path) -> None:
    """See a file, or a folder's list of names, onto the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
