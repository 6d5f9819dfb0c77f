"""A bundle: one folder of data, never code, that holds everything a model needs to answer.

    manifest.json     what it is, and the sha256 of the files below
    terms.json        the word list, in the order of the columns
    idf.npy           float64 (n_terms,)
    weights.npy       float32 (n_terms, n_columns), the labels of all targets side by side
    intercepts.npy    float64 (n_columns,)
    blends.npy        float64, for each target weights (n_base_models, n_labels), bias (n_labels,), noise ()
    golden.json       tickets made of the word list, and the confidences they must get
    unseen.npz        the answers to unseen tickets that thresholds rest on, as `models/unseen.py` has it
    card.md           the model card, for people

and, where the model knows more than terms,

    word_columns.npy  int64 (n_words,), which terms have vectors
    word_vectors.npy  float16 (n_words, n_dims), their blocks side by side
    ngrams.json       the n-grams of the spelling table
    spelling.npy      float16 (n_ngrams, n_spelling)
    hidden.npy, hidden_bias.npy, output.npy, output_bias.npy    float32, the networks' layers

and, where the history names customers and days,

    customers.json    what was learned of those who write, as `models/customers.py` has it

and, where the history shows what agents wrote back or that tickets waited for their caller,

    asked_back.json   what they asked for, as `models/asked_back.py` has it

and, where the history tells what may go wrong,

    risk.json, risk_*.npy   chances and a span of hours, as `models/risk.py` has them

Loading believes nothing: hashes, format, shapes, finiteness and golden answers are checked before the model may serve.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import MEANING_FILES, TERM_FILES, arrays_of, check_arrays, model_of
from models.asked_back import ASKED_BACK_FILE, asked_back_from_bytes, asked_back_to_bytes
from models.card import model_card
from models.customers import CUSTOMERS_FILE, customers_from_bytes, customers_to_bytes
from models.encoder import require_encoder
from models.manifest import Manifest
from models.risk import RISK_FILE, RISK_FILES, read_risk, write_risk
from models.unseen import UNSEEN_FILE, write_unseen
from triage.errors import (
    BundleAltered,
    BundleFileMissing,
    BundleMalformed,
    BundleNotFinite,
    BundleWrongAnswers,
)
from triage.model import TriageModel
from triage.sentence import SentenceEncoder
from triage.text import MAX_CHARACTERS
from triage.thresholds import UnseenAnswers
from triage.ticket import NewTicket

__all__ = ["copy_bundle", "flush", "load_bundle", "read_manifest", "replace_text", "write_bundle"]

_OPTIONAL_FILES = (CUSTOMERS_FILE, ASKED_BACK_FILE, *RISK_FILES)
"""What a bundle may have or not; older ones have less."""

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, EOFError, OSError)
"""What reading JSON and arrays of another form raises."""

GOLDEN_TOLERANCE = 1e-5
"""How far a confidence may lie from its golden answer: single precision differs a little between machines."""


def write_bundle(folder: Path, model: TriageModel, manifest: Manifest, unseen: Mapping[str, UnseenAnswers]) -> Manifest:
    """Write the model as a new bundle; the folder appears whole or not at all.

    Args:
        folder: must not exist yet.
        model: what was learned; its version is the registry's and is not written.
        manifest: its `files` are filled in here.
        unseen: for each target the answers to unseen tickets that its thresholds rest on.

    Returns:
        The manifest as written.
    """
    with _appearing(folder) as building:
        for name, array in arrays_of(model).items():
            np.save(building / name, array, allow_pickle=False)
        _write_json(building / "terms.json", list(model.view.known))
        if model.meaning is not None:
            _write_json(building / "ngrams.json", list(model.meaning.vectors.spelling.known))
        _write_json(building / "golden.json", _golden_answers(model))
        write_unseen(building, manifest, unseen)
        (building / "card.md").write_text(model_card(manifest, model.customers), encoding="utf-8")
        if model.customers is not None:
            (building / CUSTOMERS_FILE).write_bytes(customers_to_bytes(model.customers))
        if model.asked_back is not None:
            (building / ASKED_BACK_FILE).write_bytes(asked_back_to_bytes(model.asked_back))
        if model.risk is not None:
            write_risk(building, model.risk)
        written = (*_files(manifest), *(name for name in _OPTIONAL_FILES if (building / name).exists()))
        manifest = replace(manifest, files={name: _sha256(building / name) for name in written})
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


def load_bundle(
    folder: Path, *, version: str, find: Callable[[str, str], SentenceEncoder] = require_encoder
) -> TriageModel:
    """The model of a bundle, verified.

    Args:
        folder: where the bundle is.
        version: what the registry calls it.
        find: gives the encoder of a name and a hash, to a model that asks one.

    Raises:
        ModelUnusable: one of its leaves, which names the fault.
    """
    manifest = read_manifest(folder)
    _check_files(folder, manifest)
    try:
        terms = _names(folder / "terms.json")
        ngrams = _names(folder / "ngrams.json") if manifest.blocks else []
        arrays = {
            name: _array(folder / name)
            for name in _files(manifest)
            if name.endswith(".npy") and name not in _OPTIONAL_FILES
        }
        golden = _golden_of(json.loads((folder / "golden.json").read_bytes()))
    except _UNREADABLE as error:
        raise BundleMalformed(f"The bundle at {folder} cannot be read: {error}.") from error
    if fault := check_arrays(arrays, manifest, terms, ngrams):
        raise BundleMalformed(f"In the bundle at {folder} {fault}.")
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise BundleNotFinite(f"{name} of the bundle at {folder} holds NaN or infinite values.")
    encoder = _encoder(folder, manifest, find)
    model = model_of(arrays, manifest, words=(terms, ngrams), version=version, encoder=encoder)
    if CUSTOMERS_FILE in manifest.files:
        model = replace(model, customers=customers_from_bytes((folder / CUSTOMERS_FILE).read_bytes()))
    if ASKED_BACK_FILE in manifest.files:
        model = replace(model, asked_back=asked_back_from_bytes((folder / ASKED_BACK_FILE).read_bytes()))
    if RISK_FILE in manifest.files:
        model = replace(model, risk=read_risk(folder))
    _check_golden(folder, model, golden)
    return model


def _encoder(folder: Path, manifest: Manifest, find: Callable[[str, str], SentenceEncoder]) -> SentenceEncoder | None:
    """The encoder that the model asks; None, and none is looked for, where it asks none."""
    if not manifest.n_sentence or manifest.encoder is None:
        return None
    encoder = find(manifest.encoder["name"], manifest.encoder["sha256"])
    if (n := encoder.encode([""]).shape[1]) != manifest.n_sentence:
        raise BundleMalformed(f"The bundle at {folder} wants {manifest.n_sentence} dimensions of an encoder of {n}.")
    return encoder


def _files(manifest: Manifest) -> tuple[str, ...]:
    """What the bundle consists of beside its manifest; what it may have is there where the manifest says so."""
    own = [name for name in _OPTIONAL_FILES if name in manifest.files]
    return ("card.md", "golden.json", UNSEEN_FILE, *TERM_FILES, *(MEANING_FILES if manifest.blocks else ()), *own)


def _names(path: Path) -> list[str]:
    """A list of distinct strings, as JSON."""
    known = json.loads(path.read_bytes())
    if not isinstance(known, list) or not all(isinstance(name, str) for name in known):
        raise ValueError(f"{path.name} is no list of strings")
    if len(set(known)) != len(known):
        raise ValueError(f"{path.name} names a string twice")
    return known


def _check_files(folder: Path, manifest: Manifest) -> None:
    """Nothing, where the folder holds what a bundle consists of, as the manifest describes it, and nothing else."""
    there = {path.name for path in folder.iterdir()}
    files = _files(manifest)
    for name in files:
        if name not in there:
            raise BundleFileMissing(f"The bundle at {folder} has no {name}.")
    if strange := (there | set(manifest.files)) - {*files, "manifest.json"}:
        raise BundleMalformed(f"{min(strange)} is no part of a bundle; it is in {folder}, or in the manifest there.")
    for name in files:
        if manifest.files.get(name) != _sha256(folder / name):
            raise BundleAltered(f"{name} of the bundle at {folder} was changed after it was written.")


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
    found = model.confidences([ticket for ticket, _ in golden])
    for i, (ticket, answers) in enumerate(golden):
        for target, confidences in found.items():
            expected = answers.get(target, np.empty(0))
            if expected.shape != confidences[i].shape or not np.allclose(
                confidences[i], expected, rtol=0, atol=GOLDEN_TOLERANCE
            ):
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


def _golden_answers(model: TriageModel) -> list[dict[str, Any]]:
    tickets = _golden_tickets(model)
    found = {target: confidences.tolist() for target, confidences in model.confidences(tickets).items()}
    return [
        {
            "ticket": {name: value for name, value in asdict(ticket).items() if value},
            "confidences": {target: confidences[i] for target, confidences in found.items()},
        }
        for i, ticket in enumerate(tickets)
    ]


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


def replace_text(path: Path, text: str) -> None:
    """Write a small file, seen onto the disk; whoever reads sees the text before or the text after."""
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
    flush(path.parent)


def flush(path: Path) -> None:
    """See a file, or a folder's list of names, onto the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
