"""Bundles: written whole, believed never."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.bundle import _sha256, copy_bundle, load_bundle, read_manifest, write_bundle
from tests.builders import make_history, make_ticket
from training.experiment import Experiment
from triage.errors import (
    BundleAltered,
    BundleFileMissing,
    BundleMalformed,
    BundleNotFinite,
    BundleTooNew,
    BundleWrongAnswers,
)

FILES = ("card.md", "golden.json", "idf.npy", "intercepts.npy", "terms.json", "weights.npy")


def reseal(bundle: Path) -> None:
    """Make the manifest's hashes true again, as somebody who writes a wrong bundle on purpose would."""
    manifest = read_manifest(bundle)
    sealed = replace(manifest, files={name: _sha256(bundle / name) for name in manifest.files})
    (bundle / "manifest.json").write_bytes(sealed.to_bytes())


def test_a_loaded_model_answers_as_the_learned_one(experiment: Experiment, bundle: Path) -> None:
    """Saving and loading must not change one answer."""
    loaded = load_bundle(bundle, version="7")

    tickets = [ticket.filed for ticket in make_history(30)]
    assert loaded.score(tickets, explain=True) == experiment.scorer.score(tickets, explain=True)
    assert loaded.version == "7"


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_is_refused(bundle: Path, name: str) -> None:
    """A failing disk, or somebody's hand."""
    raw = bytearray((bundle / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (bundle / name).write_bytes(raw)

    with pytest.raises(BundleAltered, match=name):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_refused(bundle: Path, name: str) -> None:
    """A copy that broke off."""
    (bundle / name).unlink()

    with pytest.raises(BundleFileMissing, match=name):
        load_bundle(bundle, version="1")


def test_a_missing_folder_is_a_missing_file(tmp_path: Path) -> None:
    """Somebody tidied up what the pointer still names."""
    with pytest.raises(BundleFileMissing):
        load_bundle(tmp_path / "nothing", version="1")


def test_a_newer_format_is_refused(bundle: Path) -> None:
    """Half understood is worse than not loaded."""
    content = json.loads((bundle / "manifest.json").read_bytes())
    (bundle / "manifest.json").write_text(json.dumps(content | {"format": 99}))

    with pytest.raises(BundleTooNew, match="format 99"):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("name", ["idf.npy", "weights.npy", "intercepts.npy"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_number_that_is_none_is_refused(bundle: Path, name: str, value: float) -> None:
    """A NaN answers every ticket with the first label and never raises."""
    array = np.load(bundle / name)
    array.flat[array.size // 2] = value
    np.save(bundle / name, array)
    reseal(bundle)

    with pytest.raises(BundleNotFinite, match=name):
        load_bundle(bundle, version="1")


def test_a_temperature_that_is_no_number_is_refused(bundle: Path) -> None:
    """It stands in the manifest, where no array check looks."""
    manifest = read_manifest(bundle)
    spoilt = replace(manifest, heads=tuple(replace(head, temperature=float("nan")) for head in manifest.heads))
    (bundle / "manifest.json").write_bytes(spoilt.to_bytes())

    with pytest.raises(BundleNotFinite, match="temperature"):
        load_bundle(bundle, version="1")


def test_wrong_golden_answers_are_refused(bundle: Path) -> None:
    """The last defence: a bundle that is sound in form and computes something else."""
    np.save(bundle / "intercepts.npy", np.load(bundle / "intercepts.npy") + np.linspace(0, 1e-3, 5))
    reseal(bundle)

    with pytest.raises(BundleWrongAnswers, match="golden answers for"):
        load_bundle(bundle, version="1")


def test_golden_answers_for_fewer_targets_are_refused(bundle: Path) -> None:
    """A target that nothing is known of has not been checked."""
    golden = json.loads((bundle / "golden.json").read_bytes())
    for case in golden:
        del case["confidences"]["ticket_type"]
    (bundle / "golden.json").write_text(json.dumps(golden))
    reseal(bundle)

    with pytest.raises(BundleWrongAnswers, match="ticket_type"):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("golden", [b"[]", b"{}", b"[{}]", b"["])
def test_golden_answers_that_check_nothing_are_refused(bundle: Path, golden: bytes) -> None:
    """An empty list would pass every check that runs over it."""
    (bundle / "golden.json").write_bytes(golden)
    reseal(bundle)

    with pytest.raises(BundleMalformed, match=r"golden|cannot be read"):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("name", ["idf.npy", "weights.npy", "intercepts.npy"])
def test_arrays_that_do_not_fit_together_are_refused(bundle: Path, name: str) -> None:
    """A word list of another model gives answers, all of them wrong."""
    np.save(bundle / name, np.load(bundle / name)[:-1])
    reseal(bundle)

    with pytest.raises(BundleMalformed, match=name):
        load_bundle(bundle, version="1")


def test_an_array_of_objects_is_refused(bundle: Path) -> None:
    """Loading one would run whatever code it brings."""
    np.save(bundle / "idf.npy", np.array([{"run": "me"}], dtype=object), allow_pickle=True)
    reseal(bundle)

    with pytest.raises(BundleMalformed, match="cannot be read"):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("name", ["evil.py", "notes.txt"])
def test_a_file_that_is_no_part_of_a_bundle_is_refused(bundle: Path, name: str) -> None:
    """A bundle is data; what lies beside it unhashed would travel with it."""
    (bundle / name).write_text("print('here')")

    with pytest.raises(BundleMalformed, match=f"{name} is no part of a bundle"):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("names", [(), ("weights.npy",)])
def test_a_manifest_that_leaves_files_out_is_refused(bundle: Path, names: tuple[str, ...]) -> None:
    """What it does not name it does not vouch for."""
    manifest = read_manifest(bundle)
    kept = {name: digest for name, digest in manifest.files.items() if names and name not in names}
    (bundle / "manifest.json").write_bytes(replace(manifest, files=kept).to_bytes())

    with pytest.raises(BundleAltered):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname"])
def test_a_manifest_that_names_files_elsewhere_is_refused(bundle: Path, name: str) -> None:
    """Nothing outside the folder is looked at, not even to hash it."""
    manifest = read_manifest(bundle)
    (bundle / "manifest.json").write_bytes(replace(manifest, files={**manifest.files, name: "0" * 64}).to_bytes())

    with pytest.raises(BundleMalformed, match="no part of a bundle"):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("terms.json", b"null"),
        ("terms.json", b'{"vpn": 0}'),
        ("terms.json", b'["vpn", "vpn"]'),
        ("terms.json", b"[1, 2]"),
        ("golden.json", b"5"),
        ("golden.json", b'[{"ticket": {"id": "x"}, "confidences": []}]'),
        ("golden.json", b'[{"ticket": {"id": "x", "attributes": {"a": 1}}, "confidences": {}}]'),
        ("weights.npy", b""),
        ("weights.npy", b"PK\x05\x06" + bytes(18)),
    ],
)
def test_content_of_another_form_is_a_fault_with_a_name(bundle: Path, name: str, content: bytes) -> None:
    """A service must be able to tell it from a bug of its own."""
    (bundle / name).write_bytes(content)
    reseal(bundle)

    with pytest.raises(BundleMalformed):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize(
    "change",
    [{"threshold": -3.0}, {"threshold": 7.0}, {"temperature": 0.0}, {"temperature": "x"}, {"labels": ("a", "a")}],
)
def test_a_head_that_cannot_be_meant_is_refused(bundle: Path, change: dict[str, object]) -> None:
    """A threshold of minus three lets everything through."""
    manifest = read_manifest(bundle)
    spoilt = replace(manifest, heads=(replace(manifest.heads[0], **change), *manifest.heads[1:]))
    (bundle / "manifest.json").write_bytes(spoilt.to_bytes())

    with pytest.raises(BundleMalformed):
        load_bundle(bundle, version="1")


def test_golden_tickets_hold_no_ticket_of_the_history(bundle: Path) -> None:
    """A bundle travels further than the history may."""
    said = (bundle / "golden.json").read_text()

    assert not any(t.filed.body in said for t in make_history())


def test_a_copy_replaces_what_stood_there(bundle: Path, tmp_path: Path) -> None:
    """Promoting a version again must not mix two bundles."""
    target = tmp_path / "copies" / "1"
    target.mkdir(parents=True)
    (target / "left-over").touch()

    copy_bundle(bundle, target)

    assert sorted(path.name for path in target.iterdir()) == sorted([*FILES, "manifest.json"])
    assert [path.name for path in target.parent.iterdir()] == ["1"]


def test_a_write_that_broke_off_is_not_in_the_way(experiment: Experiment, tmp_path: Path) -> None:
    """A crash half way leaves a hidden folder; the next try must not trip over it."""
    (tmp_path / ".b.building").mkdir()
    (tmp_path / ".b.building" / "half").touch()

    write_bundle(tmp_path / "b", experiment.scorer, experiment.manifest)

    assert load_bundle(tmp_path / "b", version="1").score([make_ticket()])
