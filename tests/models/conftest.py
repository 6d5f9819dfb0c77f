"""Bundles to spoil."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.bundle import _sha256, read_manifest, write_bundle
from tests.builders import make_model
from training.experiment import Experiment

PLAIN = make_model()


@pytest.fixture
def plain(experiment: Experiment, tmp_path: Path) -> Path:
    """The bundle of a model of terms alone, fresh for each test to spoil."""
    manifest = replace(experiment.manifest, heads=PLAIN.heads, floors=PLAIN.familiarity.floors, blocks=(), encoder=None)
    write_bundle(tmp_path / "plain", PLAIN, manifest, {})
    return tmp_path / "plain"


def reseal(bundle: Path) -> None:
    """Make the manifest's hashes true again, as somebody who writes a wrong bundle on purpose would."""
    manifest = read_manifest(bundle)
    sealed = replace(manifest, files={name: _sha256(bundle / name) for name in manifest.files})
    (bundle / "manifest.json").write_bytes(sealed.to_bytes())


def rewrite(bundle: Path, **changes: Any) -> None:  # noqa: ANN401 - any field
    """Another manifest, its hash true."""
    (bundle / "manifest.json").write_bytes(replace(read_manifest(bundle), **changes).to_bytes())
