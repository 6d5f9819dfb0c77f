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
from dataclasses import asdict, replace
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
    NoModel,
)
from triage.features import TermView
from triage.model import TriageModel
from triage.ticket import NewTicket

__all__ = ["copy_bundle", "load_bundle", "read_manifest", "write_bundle"]

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
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    np.save(building / "idf.npy", model.view.idf, allow_pickle=False)
    np.save(building / "weights.npy", model.weights, allow_pickle=False)
    np.save(building / "intercepts.npy", model.intercepts, allow_pickle=False)
    _write_json(building / "terms.json", list(model.view.known))
    _write_json(building / "golden.json", [_golden_answer(model, ticket) for ticket in _golden_tickets(model)])
    (building / "card.md").write_text(model_card(manifest), encoding="utf-8")
    manifest = replace(manifest, files={path.name: _sha256(path) for path in sorted(building.iterdir())})
    (building / "manifest.json").write_bytes(manifest.to_bytes())
    _publish(building, folder)
    return manifest


def copy_bundle(source: Path, folder: Path) -> None:
    """Copy a bundle; the copy appears whole or not at all, in place of one that stood there."""
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    shutil.copytree(source, building)
    if folder.exists():
        shutil.rmtree(folder)
    _publish(building, folder)


def read_manifest(folder: Path) -> Manifest:
    """What the bundle says of itself; nothing but the manifest is checked.

    Raises:
        NoModel: there is no such folder.
        ModelUnusable: the manifest is missing, altered, malformed or of a later format.
    """
    if not folder.is_dir():
        raise NoModel(f"There is no bundle at {folder}.")
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
        NoModel: there is no such folder.
        ModelUnusable: one of its leaves, which names the fault.
    """
    manifest = read_manifest(folder)
    for name, digest in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise BundleFileMissing(f"The bundle at {folder} has no {name}, which its manifest names.")
        if _sha256(path) != digest:
            raise BundleAltered(f"{name} of the bundle at {folder} was changed after it was written.")
    try:
        model = TriageModel(
            version=version,
            trained_at=manifest.trained_at,
            view=TermView(json.loads((folder / "terms.json").read_bytes()), _array(folder / "idf.npy")),
            heads=manifest.heads,
            weights=_array(folder / "weights.npy"),
            intercepts=_array(folder / "intercepts.npy"),
        )
        golden = json.loads((folder / "golden.json").read_bytes())
    except FileNotFoundError as error:
        raise BundleMalformed(f"The manifest at {folder} does not name {Path(error.filename).name}.") from error
    except ValueError as error:
        raise BundleMalformed(f"The bundle at {folder} cannot be read: {error}.") from error
    _check_arrays(folder, model)
    _check_golden(folder, model, golden)
    return model


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


def _check_golden(folder: Path, model: TriageModel, golden: list[dict[str, Any]]) -> None:
    if not golden:
        raise BundleMalformed(f"The bundle at {folder} has no golden answers.")
    for case in golden:
        try:
            ticket, answers = NewTicket(**case["ticket"]), case["confidences"]
        except (KeyError, TypeError) as error:
            raise BundleMalformed(f"golden.json of the bundle at {folder} has no tickets and answers.") from error
        for target, found in model.confidences(ticket).items():
            expected = np.asarray(answers.get(target, ()))
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
        NewTicket(id="long", body=" ".join(model.view.known[:2_000]) * 10),
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
    return np.load(path, allow_pickle=False)


def _write_json(path: Path, content: Any) -> None:  # noqa: ANN401 - any JSON
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _publish(building: Path, folder: Path) -> None:
    """Flush every file and the folder to disk, then give it its name: a crash leaves the old state or the new."""
    for path in (*building.iterdir(), building):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    building.rename(folder)
