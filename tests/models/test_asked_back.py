"""What was asked back for, as bytes and in a bundle."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from models.asked_back import ASKED_BACK_FILE, asked_back_from_bytes, asked_back_to_bytes
from models.bundle import load_bundle, write_bundle
from tests.builders import make_history
from tests.conftest import learn_small
from tests.models.conftest import PLAIN, reseal
from training.experiment import Experiment
from triage.errors import BundleAltered, BundleMalformed
from triage.missing import AskedBack, Tally

LEARNED = AskedBack(
    300,
    {"": {"error_message": Tally(300, 90)}, "category=VPN": {"error_message": Tally(40, 20), "steps": Tally(31, 0)}},
    {"": Tally(300, 70)},
)


@pytest.fixture
def with_it(experiment: Experiment, tmp_path: Path) -> Path:
    """A bundle that holds it."""
    manifest = replace(experiment.manifest, heads=PLAIN.heads, floors=PLAIN.familiarity.floors, blocks=(), encoder=None)
    write_bundle(tmp_path / "asked", replace(PLAIN, asked_back=LEARNED), manifest, {})
    return tmp_path / "asked"


@pytest.mark.parametrize("learned", [LEARNED, AskedBack(0, {}, {"": Tally(1, 1)}), AskedBack(0)])
def test_what_was_written_is_read(learned: AskedBack) -> None:
    """With or without replies and states, in the same bytes each time."""
    raw = asked_back_to_bytes(learned)

    assert asked_back_from_bytes(raw) == learned
    assert asked_back_to_bytes(asked_back_from_bytes(raw)) == raw


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[]", "names n_tickets"),
        ('{"n_tickets": 1, "tallies": {}}', "names n_tickets"),
        ('{"n_tickets": -1, "tallies": {}, "pending": {}}', "no number of tickets"),
        ('{"n_tickets": true, "tallies": {}, "pending": {}}', "no number of tickets"),
        ('{"n_tickets": 1, "tallies": [], "pending": {}}', "tables by name"),
        ('{"n_tickets": 1, "tallies": {"": {"x": [1, 2]}}, "pending": {}}', "two whole numbers"),
        ('{"n_tickets": 1, "tallies": {"": {"x": [1]}}, "pending": {}}', "two whole numbers"),
        ('{"n_tickets": 1, "tallies": {}, "pending": {"": [2, -1]}}', "two whole numbers"),
        ('{"n_tickets": 1, "tallies": {}, "pending": {"": [2.0, 1]}}', "two whole numbers"),
        ("{", "does not say"),
        ("[" * 100_000, "does not say"),
    ],
)
def test_other_content_is_refused(content: str, says: str) -> None:
    """A file that somebody has written by hand must not be believed."""
    with pytest.raises(BundleMalformed, match=says):
        asked_back_from_bytes(content.encode())


def test_a_bundle_has_it_and_gives_it_back(with_it: Path) -> None:
    """What was learned must not be lost when the service starts again."""
    assert load_bundle(with_it, version="1").asked_back == LEARNED


def test_a_bundle_without_it_is_as_good_as_before(bundle: Path) -> None:
    """Older bundles go on serving."""
    assert not (bundle / ASKED_BACK_FILE).exists()
    assert load_bundle(bundle, version="1").asked_back is None


def test_a_changed_file_is_found(with_it: Path) -> None:
    """As every file of a bundle."""
    path = with_it / ASKED_BACK_FILE
    path.write_bytes(path.read_bytes().replace(b"90", b"91"))

    with pytest.raises(BundleAltered, match=ASKED_BACK_FILE):
        load_bundle(with_it, version="1")


def test_a_malformed_file_is_refused_though_its_hash_is_right(with_it: Path) -> None:
    """Loading believes nothing."""
    (with_it / ASKED_BACK_FILE).write_text("{}", encoding="utf-8")
    reseal(with_it)

    with pytest.raises(BundleMalformed, match=ASKED_BACK_FILE):
        load_bundle(with_it, version="1")


def test_a_training_learns_it(tmp_path: Path) -> None:
    """From a column of first replies, into the bundle; no reply is in it."""
    reply = "Could you tell us the exact error message, dear Zebedee?"
    history = [replace(one, attributes={"answer": reply}) for one in make_history(240)]

    learn_small(history).write(tmp_path / "bundle")

    raw = (tmp_path / "bundle" / ASKED_BACK_FILE).read_bytes()
    assert json.loads(raw)["tallies"][""]["error_message"][1] > 0
    assert b"Zebedee" not in raw
    assert load_bundle(tmp_path / "bundle", version="1").asked_back is not None
