"""Bundles: written whole, believed never."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.arrays import MEANING_FILES, TERM_FILES
from models.bundle import copy_bundle, load_bundle, read_manifest, write_bundle
from models.customers import CUSTOMERS_FILE
from models.unseen import UNSEEN_FILE
from tests.builders import make_history, make_ticket
from tests.models.conftest import PLAIN, reseal
from training.experiment import Experiment
from triage.errors import (
    BundleAltered,
    BundleFileMissing,
    BundleMalformed,
    BundleNotFinite,
    BundleTooNew,
    BundleWrongAnswers,
    ModelUnusable,
)

FILES = ("card.md", "golden.json", UNSEEN_FILE, *TERM_FILES)
"""Of a model of terms alone, beside the manifest."""

ARRAYS = [name for name in (*TERM_FILES, *MEANING_FILES) if name.endswith(".npy")]


def test_a_bundle_holds_what_its_kind_of_model_needs(bundle: Path, plain: Path) -> None:
    """The tables below are of these files; a further one must be in them."""
    assert {path.name for path in plain.iterdir()} == {*FILES, "manifest.json"}
    assert {path.name for path in bundle.iterdir()} == {*FILES, *MEANING_FILES, CUSTOMERS_FILE, "manifest.json"}


def test_a_loaded_model_of_terms_answers_as_the_one_that_was_written(plain: Path) -> None:
    """It has no word vectors to get wrong, and all the rest."""
    tickets = [ticket.filed for ticket in make_history(5)]

    assert load_bundle(plain, version="1").score(tickets, explain=True) == PLAIN.score(tickets, explain=True)


def test_a_loaded_model_answers_as_the_learned_one(experiment: Experiment, bundle: Path) -> None:
    """Saving and loading must not change one answer."""
    loaded = load_bundle(bundle, version="7")

    tickets = [ticket.filed for ticket in make_history(30)]
    assert loaded.score(tickets, explain=True) == experiment.scorer.score(tickets, explain=True)
    assert loaded.version == "7"


def test_customers_are_known_again_as_they_were_learned(experiment: Experiment, bundle: Path) -> None:
    """What is said of a customer must not change because the service started again."""
    assert experiment.scorer.customers is not None
    assert load_bundle(bundle, version="7").customers == experiment.scorer.customers


def test_a_bundle_without_customers_loads(experiment: Experiment, tmp_path: Path) -> None:
    """Those written before there were any, and those of desks that name nobody."""
    written = write_bundle(tmp_path / "old", replace(experiment.scorer, customers=None), experiment.manifest, {})

    assert CUSTOMERS_FILE not in written.files
    assert load_bundle(tmp_path / "old", version="1").customers is None


def test_customers_that_cannot_be_meant_are_refused(bundle: Path) -> None:
    """The hash says who wrote it, not that it makes sense."""
    (bundle / CUSTOMERS_FILE).write_text('{"norms": {}, "forecast": null}')
    reseal(bundle)

    with pytest.raises(BundleMalformed, match=r"customers\.json does not describe a desk's customers: norms has"):
        load_bundle(bundle, version="1")


def flip(path: Path) -> None:
    """One bit in the middle."""
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize("name", [*FILES, *MEANING_FILES, CUSTOMERS_FILE])
def test_a_flipped_bit_is_refused(bundle: Path, name: str) -> None:
    """A failing disk, or somebody's hand."""
    flip(bundle / name)

    with pytest.raises(BundleAltered, match=name):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_refused_in_a_model_of_terms_too(plain: Path, name: str) -> None:
    """The files are fewer, the disk is the same."""
    flip(plain / name)

    with pytest.raises(BundleAltered, match=name):
        load_bundle(plain, version="1")


@pytest.mark.parametrize("name", [*FILES, *MEANING_FILES, CUSTOMERS_FILE, "manifest.json"])
def test_a_missing_file_is_refused(bundle: Path, name: str) -> None:
    """A copy that broke off; without its word vectors a model must not become one of terms alone."""
    (bundle / name).unlink()

    with pytest.raises(BundleFileMissing, match=name):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_refused_in_a_model_of_terms_too(plain: Path, name: str) -> None:
    """The same where there is less to miss."""
    (plain / name).unlink()

    with pytest.raises(BundleFileMissing, match=name):
        load_bundle(plain, version="1")


@pytest.mark.parametrize("name", MEANING_FILES)
def test_word_vectors_are_no_part_of_a_model_of_terms(bundle: Path, plain: Path, name: str) -> None:
    """What nothing reads would travel unchecked."""
    (plain / name).write_bytes((bundle / name).read_bytes())

    with pytest.raises(BundleMalformed, match=f"{name} is no part of a bundle"):
        load_bundle(plain, version="1")


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


def test_an_older_format_is_refused_with_what_to_do(bundle: Path) -> None:
    """Format 2 knew no noise in its blends; the history is still there to learn from again."""
    content = json.loads((bundle / "manifest.json").read_bytes())
    (bundle / "manifest.json").write_text(json.dumps(content | {"format": 2}))

    with pytest.raises(BundleMalformed, match=r"format 2, this program reads 5: retrain\.$"):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("name", [name for name in ARRAYS if name != "word_columns.npy"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_number_that_is_none_is_refused(bundle: Path, name: str, value: float) -> None:
    """A NaN answers every ticket with the first label and never raises."""
    array = np.load(bundle / name)
    array.flat[array.size // 2] = value
    np.save(bundle / name, array)
    reseal(bundle)

    with pytest.raises(BundleNotFinite, match=name):
        load_bundle(bundle, version="1")


@pytest.mark.parametrize("field", ["common_idf", "common_ratio", "content_ratio"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "x"])
def test_a_floor_that_is_no_number_is_refused(bundle: Path, field: str, value: Any) -> None:  # noqa: ANN401 - what there may stand
    """It stands in the manifest, where no array check looks; nothing is below NaN, so nothing would be foreign."""
    manifest = read_manifest(bundle)
    spoilt = replace(manifest, floors=replace(manifest.floors, **{field: value}))
    (bundle / "manifest.json").write_bytes(spoilt.to_bytes())

    with pytest.raises(BundleMalformed, match="floor"):
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


@pytest.mark.parametrize(("name", "fault"), [("weights.npy", BundleAltered), (CUSTOMERS_FILE, BundleMalformed)])
def test_a_manifest_that_leaves_a_file_out_is_refused(bundle: Path, name: str, fault: type[ModelUnusable]) -> None:
    """What it does not name it does not vouch for."""
    manifest = read_manifest(bundle)
    kept = {other: digest for other, digest in manifest.files.items() if other != name}
    (bundle / "manifest.json").write_bytes(replace(manifest, files=kept).to_bytes())

    with pytest.raises(fault):
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
        ("ngrams.json", b"null"),
        ("ngrams.json", b'["vpn", "vpn"]'),
        ("ngrams.json", b"[]"),
        ("word_vectors.npy", b""),
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
    [
        {"thresholds": (-3.0, 0.5, 0.5)},
        {"thresholds": (0.5, 7.0, 0.5)},
        {"thresholds": (0.5, 0.5, float("nan"))},
        {"thresholds": (0.5, 0.5)},
        {"thresholds": ("x", 0.5, 0.5)},
        {"thresholds": None},
        {"labels": ("a", "a", "b")},
        {"labels": ("a",), "thresholds": (0.5,)},
        {"mode": "always"},
        {"suggest_from": 1.5},
        {"suggest_from": None},
    ],
)
def test_a_head_that_cannot_be_meant_is_refused(bundle: Path, change: dict[str, Any]) -> None:
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

    assert sorted(path.name for path in target.iterdir()) == sorted(
        [*FILES, *MEANING_FILES, CUSTOMERS_FILE, "manifest.json"]
    )
    assert [path.name for path in target.parent.iterdir()] == ["1"]


def test_a_write_that_broke_off_is_not_in_the_way(experiment: Experiment, tmp_path: Path) -> None:
    """A crash half way leaves a hidden folder; the next try must not trip over it."""
    (tmp_path / ".b.building").mkdir()
    (tmp_path / ".b.building" / "half").touch()

    write_bundle(tmp_path / "b", experiment.scorer, experiment.manifest, {})

    assert load_bundle(tmp_path / "b", version="1").score([make_ticket()])
