"""What a bundle says of itself: format, targets, training, measures, and the hash of every file beside it.

A manifest's bytes are its canonical JSON and carry their own hash, so that a changed byte anywhere in a bundle is
found. A further fact is a field here; one that older programs must not ignore raises `FORMAT`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field
from datetime import datetime
from math import isfinite
from typing import Any, get_args

from triage.batch import Head
from triage.errors import BundleAltered, BundleMalformed, BundleTooNew
from triage.familiarity import Floors
from triage.model import DerivedPriority
from triage.prediction import Mode
from triage.priority import IMPACT, URGENCY, PriorityMatrix

__all__ = ["FORMAT", "Manifest"]

FORMAT = 5
"""The form of bundle that this program reads and writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A bundle's description.

    Attributes:
        trained_at: when the model was learned, aware.
        triage_version: the program that wrote it.
        heads: the targets with labels, thresholds and mode, in the order of the stacked columns.
        priority: the target that is derived from two of them, by a matrix; None where there is none.
        floors: below which a ticket is not one of this desk's.
        blocks: the dimensions of the words' vectors, block by block; empty for a model of terms alone.
        encoder: the sentence encoder that gave words their meaning, by name and hash of its weights; None without one.
        n_sentence: the dimensions of what the encoder makes of a whole ticket; 0 where it is not asked about tickets.
        n_tickets: how many tickets it was learned from.
        window: first and last day those were opened, ISO dates; None where the history has no dates.
        fingerprint: sha256 over the tickets it was learned from, in order.
        split: how the tickets it was measured on were set aside, in words.
        parameters: the training configuration, as given.
        metrics: for each target the measures on tickets that the measured fit had not seen.
        libraries: versions of what took part in the fit.
        files: for each file of the bundle but this one, its sha256.
        base_models: for each target what each way of scoring reached alone on unseen tickets, and whether it was kept.
        provenance: who gave the labels that it was learned from, for a model that was learned from the database: by
            target how many by origin, and as how many a correction counts. Empty for one that was learned from a file.
        risk: how well it is told what may go wrong, as `training.risk.measures.RiskMeasures` has it; empty for a model
            that was learned before that was.
        audit: what the audit found in the tickets that the measured fit learned from, and what was cleaned away.
    """

    trained_at: datetime
    triage_version: str
    heads: tuple[Head, ...]
    priority: DerivedPriority | None
    floors: Floors
    blocks: tuple[int, ...]
    encoder: Mapping[str, str] | None
    n_tickets: int
    window: tuple[str, str] | None
    fingerprint: str
    split: str
    parameters: Mapping[str, Any]
    metrics: Mapping[str, Any]
    libraries: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    audit: Mapping[str, Any] = field(default_factory=dict)
    base_models: Mapping[str, Any] = field(default_factory=dict)
    n_sentence: int = 0
    provenance: Mapping[str, Any] = field(default_factory=dict)
    risk: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bundle_hash(self) -> str:
        """The sha256 of all that the bundle is: equal for equal data, parameters, seed and library versions.

        Only the moment of the training is left out, as it alone differs from run to run.
        """
        content = self._content()
        del content["trained_at"]
        return hashlib.sha256(_canonical(content)).hexdigest()

    @property
    def questions(self) -> tuple[Head, ...]:
        """The heads of all targets, the derived one last."""
        return self.heads if self.priority is None else (*self.heads, self.priority.head)

    def to_bytes(self) -> bytes:
        """The canonical JSON, its own hash included."""
        content = self._content() | {"trained_at": self.trained_at.isoformat()}
        return _canonical(content | {"sha256": hashlib.sha256(_canonical(content)).hexdigest()})

    def _content(self) -> dict[str, Any]:
        content = asdict(self) | {"format": FORMAT}
        if not self.n_sentence:
            del content["n_sentence"]  # who has none keeps the bytes and the hash that it had before there was one
        if not self.provenance:
            del content["provenance"]  # likewise
        if not self.risk:
            del content["risk"]  # likewise
        return content

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Manifest":
        """The manifest that these bytes hold.

        Raises:
            BundleTooNew: written by a later format.
            BundleAltered: the bytes are not the ones that were written.
            BundleMalformed: not a manifest.
        """
        try:
            content: dict[str, Any] = json.loads(raw)
            written_as = int(content.pop("format"))
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            raise BundleMalformed(f"manifest.json is not a manifest: {error}.") from error
        if written_as > FORMAT:
            raise BundleTooNew(
                f"The bundle has format {written_as}, this program reads up to {FORMAT}: upgrade triage, or retrain."
            )
        if written_as < FORMAT:
            raise BundleMalformed(f"The bundle has format {written_as}, this program reads {FORMAT}: retrain.")
        digest = content.pop("sha256", None)
        unsigned = content | {"format": written_as}
        if digest != hashlib.sha256(_canonical(unsigned)).hexdigest() or raw != _canonical(
            unsigned | {"sha256": digest}
        ):
            raise BundleAltered("manifest.json was changed after it was written.")
        try:
            content["floors"] = _floors(content["floors"])
            content["blocks"] = _blocks(content["blocks"])
            content["n_sentence"] = _n_sentence(content)
            content["heads"] = tuple(_head(head) for head in content["heads"])
            _check_network(content["heads"], content["blocks"])
            content["priority"] = _priority(content["priority"], content["heads"])
            content["trained_at"] = datetime.fromisoformat(content["trained_at"])
            content["window"] = tuple(content["window"]) if content["window"] else None
            return cls(**content)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleMalformed(f"manifest.json does not describe a bundle: {error}.") from error


def _head(content: dict[str, Any]) -> Head:
    head = Head(**content | {name: tuple(content[name]) for name in ("labels", "thresholds")})
    if head.mode not in get_args(Mode):
        raise ValueError(f"no mode named {head.mode!r}")
    if len(head.labels) < 2 or len(set(head.labels)) != len(head.labels):
        raise ValueError(f"the labels of {head.target} are fewer than two, or not distinct")
    if len(head.thresholds) != len(head.labels) or not all(0 <= found <= 1 for found in head.thresholds):
        raise ValueError(f"the thresholds of {head.target} are not one a label, each from 0 to 1")
    if head.has_network not in (True, False):
        raise ValueError(f"has_network of {head.target} is neither true nor false")
    if not 0 <= head.suggest_from <= 1:
        raise ValueError(f"suggest_from of {head.target} is not from 0 to 1")
    return head


def _check_network(heads: tuple[Head, ...], blocks: tuple[int, ...]) -> None:
    if any(head.has_network for head in heads) != bool(blocks):
        raise ValueError("a network is asked for where there are no word vectors, or the other way round")


def _priority(content: dict[str, Any] | None, heads: tuple[Head, ...]) -> DerivedPriority | None:
    if content is None:
        return None
    found = {name: tuple(content["matrix"][name]) for name in ("impacts", "urgencies")}
    matrix = PriorityMatrix(**found, cells=tuple(tuple(row) for row in content["matrix"]["cells"]))
    derived = DerivedPriority(_head(content["head"]), matrix)
    labels = {head.target: head.labels for head in heads}
    if (labels.get(IMPACT), labels.get(URGENCY)) != (matrix.impacts, matrix.urgencies):
        raise ValueError("the priority matrix does not fit the labels of impact and urgency")
    if derived.head.labels != matrix.priorities or {len(row) for row in matrix.cells} != {len(matrix.urgencies)}:
        raise ValueError("the priority matrix is not complete")
    return derived


def _blocks(content: list[int]) -> tuple[int, ...]:
    if not all(type(n) is int and n > 0 for n in content):
        raise ValueError("a block of the words' vectors is no positive number")
    return tuple(content)


def _n_sentence(content: dict[str, Any]) -> int:
    n = content.get("n_sentence", 0)
    if type(n) is not int or n < 0:
        raise ValueError("the sentence block has no number of dimensions")
    if n and not (content["blocks"] and all(isinstance(content["encoder"][key], str) for key in ("name", "sha256"))):
        raise ValueError("a sentence block wants word vectors and an encoder")
    return n


def _floors(content: dict[str, Any]) -> Floors:
    floors = Floors(**content)
    if not all(isinstance(value, float) and isfinite(value) for value in astuple(floors)):
        raise ValueError("a floor is no number")
    return floors


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"
