"""The manifest's bytes."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.bundle import read_manifest
from models.manifest import FORMAT, Manifest
from training.experiment import Experiment
from triage.errors import BundleAltered, BundleMalformed, BundleTooNew


def test_a_manifest_is_read_as_it_was_written(bundle: Path) -> None:
    """It is what serving knows of its model."""
    manifest = read_manifest(bundle)

    assert Manifest.from_bytes(manifest.to_bytes()) == manifest


def test_every_changed_byte_is_noticed(bundle: Path) -> None:
    """A threshold turned from 0.9 to 0.1 would let everything through."""
    raw = (bundle / "manifest.json").read_bytes()

    for at in range(0, len(raw), 7):
        spoilt = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises((BundleAltered, BundleMalformed, BundleTooNew)):
            Manifest.from_bytes(spoilt)


def test_a_later_format_is_refused_before_anything_else_is_looked_at() -> None:
    """What a later program writes may mean anything; the sentence says what to do."""
    raw = json.dumps({"format": FORMAT + 1, "surprise": True}).encode()

    with pytest.raises(BundleTooNew, match="upgrade triage"):
        Manifest.from_bytes(raw)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"not json", b'{"format": "one"}', b"\xff\xfe"])
def test_what_is_no_manifest_is_called_so(raw: bytes) -> None:
    """A half-written file must be a refusal, not a traceback."""
    with pytest.raises(BundleMalformed, match=r"manifest\.json"):
        Manifest.from_bytes(raw)


def test_a_mode_that_there_is_not_is_refused(bundle: Path) -> None:
    """An unknown mode would otherwise be taken for one that applies answers."""
    manifest = read_manifest(bundle)
    strange = replace(manifest, heads=(replace(manifest.heads[0], mode="always"),))  # type: ignore[arg-type] # the fault

    with pytest.raises(BundleMalformed, match="always"):
        Manifest.from_bytes(strange.to_bytes())


def test_the_bundle_hash_does_not_know_when(bundle: Path) -> None:
    """Retraining on the same data gives the same model, and one string shows it."""
    manifest = read_manifest(bundle)
    later = replace(manifest, trained_at=manifest.trained_at + timedelta(days=1))

    assert later.bundle_hash == manifest.bundle_hash
    assert later.to_bytes() != manifest.to_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"fingerprint": "0" * 64},
        {"parameters": {"seed": 1}},
        {"libraries": {"numpy": "1.0"}},
        {"files": {"weights.npy": "0" * 64}},
        {"heads": ()},
    ],
)
def test_the_bundle_hash_knows_everything_else(bundle: Path, changes: dict[str, Any]) -> None:
    """Equal hashes have to mean equal models."""
    manifest = read_manifest(bundle)

    assert replace(manifest, **changes).bundle_hash != manifest.bundle_hash


def test_a_manifest_without_a_sentence_block_is_as_it_was_before_there_was_one(bundle: Path) -> None:
    """Bundles of before load, and their hashes are still the ones that the registry has."""
    raw = (bundle / "manifest.json").read_bytes()

    assert b"n_sentence" not in raw
    assert Manifest.from_bytes(raw).n_sentence == 0


def test_the_sentence_block_is_read_as_it_was_written(asking: Experiment) -> None:
    """And is a part of what the bundle is."""
    manifest = asking.manifest

    assert Manifest.from_bytes(manifest.to_bytes()).n_sentence == manifest.n_sentence == 26
    assert replace(manifest, n_sentence=25).bundle_hash != manifest.bundle_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"n_sentence": -1},
        {"n_sentence": "26"},
        {"n_sentence": True},
        {"n_sentence": 2.5},
        {"blocks": ()},
        {"encoder": None},
        {"encoder": {"name": "letters"}},
        {"encoder": {"name": "letters", "sha256": 0}},
    ],
)
def test_a_sentence_block_that_cannot_be_meant_is_refused(asking: Experiment, changes: dict[str, Any]) -> None:
    """An encoder that nobody can look for must be a refusal, not a traceback."""
    spoilt = replace(asking.manifest, **changes)

    with pytest.raises(BundleMalformed):
        Manifest.from_bytes(spoilt.to_bytes())
