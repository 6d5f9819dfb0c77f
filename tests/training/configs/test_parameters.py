"""The training configuration."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from training.configs.parameters import parameters_kept, read_parameters
from triage.errors import InvalidInput
from triage.targets import Target


def config(tmp_path: Path, content: str) -> Path:
    """A file of that content."""
    path = tmp_path / "config.toml"
    path.write_text(content)
    return path


def test_a_file_overrides_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    """A desk's file should hold its decisions, not a copy of ours."""
    path = config(tmp_path, 'n_folds = 5\n[targets.priority]\nmode = "auto"\n[targets.topic]\nprecision = 0.9\n')

    parameters = read_parameters(path)

    assert parameters.n_folds == 5
    assert parameters.regularisation == read_parameters().regularisation
    assert parameters.target("priority") == Target("priority", mode="auto")
    assert parameters.target("topic") == Target("topic", precision=0.9)
    assert parameters.target("ticket_type") == Target("ticket_type")
    assert parameters.target("never heard of") == Target("never heard of")


def test_what_is_learned_of_customers_can_be_set_in_part(tmp_path: Path) -> None:
    """A desk that knows what is often need not say how far ahead."""
    usual = read_parameters().customers

    closed = "closed_days = [2026-12-25, 2026-01-01]"
    own = config(tmp_path, f"[customers]\nn_contacts = 4\n{closed}\n[customers.bars]\nn_reopens = 5\n")
    parameters = read_parameters(own)
    told = parameters.customers

    assert (usual.horizon_days, usual.n_contacts, usual.closed_days, usual.bars) == (30, 0, (), {})
    assert (told.horizon_days, told.n_contacts, told.bars) == (30, 4, {"n_reopens": 5.0})
    assert told.closed_days == (date(2026, 12, 25), date(2026, 1, 1))
    assert parameters.as_dict()["customers"]["closed_days"] == ["2026-12-25", "2026-01-01"]  # the manifest is JSON


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "folds = 5",
            "No training parameter named 'folds'. Known: correction_weight, customers, descriptions, encoder",
        ),
        ("n_folds = 1", "n_folds must be an integer from 2 to 20"),
        ("n_folds = 2.5", "n_folds must be an integer"),
        ("n_folds = true", "n_folds must be an integer"),
        ("test_ratio = 20", "test_ratio must be a number from 0.01 to 0.9"),
        ("gap_days = -1", "gap_days must be a number from 0 to 365"),
        ("correction_weight = 0.5", "correction_weight must be a number from 1 to 100"),
        ("regularisation = 'x'", "regularisation must be a number"),
        ("[targets.priority]\nmode = 'always'", "No mode 'always' for the target 'priority'. Known: off, monitor"),
        ("[targets.priority]\nprecison = 0.9", "No setting 'precison' for the target 'priority'"),
        ("[targets.priority]\nprecision = 95", "must lie between 0 and 1"),
        ("[targets.priority]\nprecision = 'high'", "precision"),
        ("targets = 3", "targets"),
        ("encoder = 3", "encoder must be a string: static, minilm, none"),
        ("n_networks = 0", "n_networks must be an integer from 1 to 20"),
        ("n_hidden = 7", "n_hidden must be an integer from 8 to 4096"),
        ("n_epochs = 0", "n_epochs must be an integer from 1 to 1000"),
        ("fast = true", "No training parameter named 'fast'"),
        ("customers = 3", "what to learn of customers is a table [customers]"),
        (
            "[customers]\nhorizon = 30",
            "No setting 'horizon' for customers. Known: horizon_days, n_contacts, closed_days",
        ),
        ("[customers]\nhorizon_days = 0", "horizon_days must be an integer from 1 to 365"),
        ("[customers]\nn_contacts = -1", "n_contacts must be an integer from 0 to 1e+06"),
        ("[customers]\nclosed_days = 2026-12-25", "closed_days is a list of days such as [2026-12-25, 2026-12-26]."),
        ("[customers]\nclosed_days = ['2026-12-25']", "closed_days is a list of days"),
        ("[customers]\nclosed_days = [2026-12-25T08:00:00]", "closed_days is a list of days"),
        ("[customers]\nbars = 3", "The bars of customers are a table such as [customers.bars]"),
        ("[customers.bars]\nshoes = 3", "No segment asks about 'shoes'. Known: contacts_per_30d"),
        ("[customers.bars]\nn_reopens = true", "The bar n_reopens must be a number above 0"),
        ("[customers.bars]\nn_reopens = 0", "The bar n_reopens must be a number above 0"),
        ("[customers.bars]\nn_reopens = -1", "The bar n_reopens must be a number above 0"),
        ("[customers.bars]\nn_reopens = nan", "The bar n_reopens must be a number above 0"),
        ("n_folds = ", "is not TOML"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_fits(tmp_path: Path, content: str, said: str) -> None:
    """A silently ignored line is found months later."""
    with pytest.raises(InvalidInput) as refused:
        read_parameters(config(tmp_path, content))

    assert said in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path is what the person needs to look at."""
    with pytest.raises(InvalidInput, match=r"no training configuration at .*nowhere\.toml"):
        read_parameters(tmp_path / "nowhere.toml")


def test_what_a_manifest_keeps_are_the_parameters_again(tmp_path: Path) -> None:
    """The champion is trained again as it was configured; what was not known then gets its default."""
    own = tmp_path / "own.toml"
    own.write_text(
        "correction_weight = 5\n[targets.priority]\nmode = 'auto'\ncost_wrong = 10\ncost_by_hand = 2\n"
        "[customers]\nclosed_days = [2026-12-25]\n[descriptions.assignment_group]\nCloud = 'Buckets'",
        encoding="utf-8",
    )
    given = replace(read_parameters(own), fast=True, seed=7)
    kept = json.loads(json.dumps(given.as_dict() | {"clean": True}))

    assert parameters_kept(kept) == given

    del kept["correction_weight"]

    assert parameters_kept(kept) == replace(given, correction_weight=read_parameters().correction_weight)
