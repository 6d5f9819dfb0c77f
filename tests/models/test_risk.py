"""What may go wrong, as files of a bundle: what is read is what was written, and nothing else is believed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.bundle import load_bundle, write_bundle
from models.card import model_card
from models.risk import RISK_FILE, RISK_FILES, read_risk, write_risk
from tests.builders import make_model, make_ticket
from tests.models.conftest import PLAIN
from tests.risk_desk import CATEGORIES, learned_risk
from training.experiment import Experiment
from triage.errors import BundleAltered, BundleFileMissing, BundleMalformed, BundleNotFinite, BundleWrongAnswers
from triage.risk import RiskModel, stored

TICKETS = [make_ticket(attributes={"category": name, "location": f"Site {i}"}) for i, name in enumerate(CATEGORIES)]


def model() -> RiskModel:
    """What was learned of a desk that is known."""
    found = learned_risk().model
    assert found is not None
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Its files, fresh for each test to spoil."""
    write_risk(tmp_path, model())
    return tmp_path


def change(folder: Path, how: Callable[[dict[str, Any]], None]) -> None:
    """Another risk.json."""
    content = json.loads((folder / RISK_FILE).read_text())
    how(content)
    (folder / RISK_FILE).write_text(json.dumps(content))


def test_what_is_read_answers_as_what_was_written(folder: Path) -> None:
    """A chance on a card must be that which was measured."""
    found = read_risk(folder).assess(TICKETS)

    assert [stored(one) for one in found] == [stored(one) for one in model().assess(TICKETS)]


def test_no_value_stands_there_as_it_is_written(folder: Path) -> None:
    """A bundle goes to other people; a room may bear the name of who sits in it."""
    content = b"".join((folder / name).read_bytes() for name in RISK_FILES)

    assert b"Site" not in content
    assert b"site" not in content
    assert b"Printing" not in content


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (lambda c: c["facts"].append("category"), "values are a list for each fact"),
        (lambda c: c["values"]["category"].pop(), "not one row for each value"),
        (lambda c: c["outcomes"].update(on_fire=c["outcomes"]["sla_missed"]), "outcomes are among"),
        (lambda c: c["outcomes"]["sla_missed"].update(slope=-1.0), "no slope below 0"),
        (lambda c: c["outcomes"]["sla_missed"].update(usual=1.5), "usual is a share"),
        (lambda c: c["outcomes"]["sla_missed"].update(base=True), "base is no number"),
        (lambda c: c["outcomes"]["sla_missed"].update(trees=[0, 10_000]), "trees that there are not"),
        (lambda c: c["hours"]["edges"].reverse(), "edges rise"),
        (lambda c: c["hours"]["shifts"][0].reverse(), "three shifts that rise"),
        (lambda c: c["hours"].update(coverage=1.0), "coverage is a share"),
        (lambda c: c.pop("golden"), "golden"),
    ],
)
def test_what_does_not_describe_a_model_is_refused(
    folder: Path, how: Callable[[dict[str, Any]], None], words: str
) -> None:
    """A bundle that was mended by hand should say what is wrong with it, and not answer nonsense."""
    change(folder, how)

    with pytest.raises(BundleMalformed, match=words):
        read_risk(folder)


def test_other_numbers_are_found_by_their_answers(folder: Path) -> None:
    """Hashes are made true again by whoever writes a bundle on purpose; answers are not."""
    values = np.load(folder / "risk_values.npy")
    np.save(folder / "risk_values.npy", values * 1.01)

    with pytest.raises(BundleWrongAnswers):
        read_risk(folder)


@pytest.mark.parametrize("name", [name for name in RISK_FILES if name.endswith(("rates.npy", "values.npy"))])
def test_what_is_no_number_is_refused(folder: Path, name: str) -> None:
    """One NaN would stand on every card."""
    array = np.load(folder / name)
    array.ravel()[0] = np.nan
    np.save(folder / name, array)

    with pytest.raises(BundleNotFinite, match=name):
        read_risk(folder)


def test_a_tree_beyond_its_nodes_or_in_a_loop_is_refused(folder: Path) -> None:
    """It would read other memory's numbers, or never end."""
    children = np.load(folder / "risk_children.npy")
    children[0] = [0, len(children)]
    np.save(folder / "risk_children.npy", children)

    with pytest.raises(BundleMalformed, match="leads out"):
        read_risk(folder)


def test_a_bundle_carries_it_and_may_be_without(experiment: Experiment, tmp_path: Path) -> None:
    """Bundles of before have none, and still serve."""
    manifest = replace(experiment.manifest, heads=PLAIN.heads, floors=PLAIN.familiarity.floors, blocks=(), encoder=None)
    written = write_bundle(tmp_path / "with", replace(make_model(), risk=model()), manifest, {})
    write_bundle(tmp_path / "without", make_model(), manifest, {})

    loaded = load_bundle(tmp_path / "with", version="1")

    assert loaded.risk is not None
    assert set(RISK_FILES) <= set(written.files)
    assert load_bundle(tmp_path / "without", version="1").risk is None
    (tmp_path / "with" / "risk_roots.npy").write_bytes(b"")
    with pytest.raises(BundleAltered, match="risk_roots"):
        load_bundle(tmp_path / "with", version="1")
    (tmp_path / "with" / "risk_roots.npy").unlink()
    with pytest.raises(BundleFileMissing, match="risk_roots"):
        load_bundle(tmp_path / "with", version="1")


def test_the_card_says_what_is_told_and_what_is_not(experiment: Experiment) -> None:
    """Who promotes a model reads the card; a refusal belongs there as much as a figure."""
    measures = learned_risk().measures
    told = model_card(replace(experiment.manifest, risk=json.loads(json.dumps(measures.as_dict()))))

    assert "## What may go wrong" in told
    assert "| sla_missed | 600 |" in told
    assert "History cannot tell whether a ticket will be reopened" in told
    assert "lay within it, 0.8 were to" in told
    assert "## What may go wrong" not in model_card(replace(experiment.manifest, risk={}))
