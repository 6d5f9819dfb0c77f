"""Learning the small network."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.builders import make_parameters
from training.learning import network as learning
from training.learning.network import NetworkTask, fit_networks
from triage.columns import LabelColumns
from triage.network import Network

SMALL = make_parameters(fast=False, n_hidden=16, n_epochs=4)
LONGER = replace(SMALL, n_hidden=32, n_epochs=40)


def make_rows(n: int, n_dims: int = 6, seed: int = 0) -> np.ndarray:
    """Rows of length one."""
    rows = np.random.default_rng(seed).normal(size=(n, n_dims)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def make_task(n: int = 200, *, seed: int = 0, n_networks: int = 1) -> NetworkTask:
    """Two targets: one of three labels, one of two; both told by the row."""
    rows = make_rows(n, seed=seed)
    return NetworkTask(
        rows, np.arange(len(rows)), [rows[:, :3].argmax(axis=1), (rows[:, 3] > 0).astype(np.int64)], [3, 2], n_networks
    )


def layers(network: Network) -> list[np.ndarray]:
    """Its arrays."""
    return [network.hidden, network.hidden_bias, network.output, network.output_bias]


def alike(a: Network, b: Network) -> bool:
    """Whether they are the same to the last bit."""
    return all(np.array_equal(x, y) for x, y in zip(layers(a), layers(b), strict=True))


def right(network: Network, task: NetworkTask, target: int) -> float:
    """The share of tickets that are answered rightly."""
    columns = LabelColumns.of(task.n_labels)
    scores = columns.mean_log_softmax(network.scores(task.rows))[:, columns.parts[target]]
    return float((scores.argmax(axis=1) == task.answers[target]).mean())


def test_the_same_seed_learns_the_same_to_the_last_bit() -> None:
    """Equal bundle hashes have to mean equal models, with a network too."""
    first, again = (fit_networks([make_task()], SMALL)[0] for _ in range(2))

    assert alike(first, again)


def test_another_seed_learns_another_network() -> None:
    """An equality that never fails proves nothing, and networks that are alike are not wiser together."""
    (first,), (other,) = (fit_networks([make_task()], replace(SMALL, seed=seed)) for seed in (0, 1))
    (several,) = fit_networks([make_task(n_networks=2)], SMALL)

    assert not alike(first, other)
    assert not np.array_equal(several.output[0], several.output[1])


@pytest.mark.parametrize("n_threads", [1, 2])
def test_how_many_are_learned_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch, n_threads: int) -> None:
    """A laptop and a server must learn the same; torch's own generator is one for all threads."""
    tasks = [make_task(150, seed=1), make_task(200, seed=2, n_networks=3), make_task(100, seed=3)]
    alone = [fit_networks([task], SMALL)[0] for task in tasks]
    monkeypatch.setattr(learning, "cpu_count", lambda: n_threads)
    torch.manual_seed(n_threads)

    together = fit_networks(tasks, SMALL)

    assert all(alike(a, b) for a, b in zip(alone, together, strict=True))


def test_torch_keeps_the_threads_that_it_had() -> None:
    """Whoever calls this in a notebook wants the machine back."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)

    fit_networks([make_task(50)], SMALL)

    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_what_no_linear_model_can_learn_is_learned() -> None:
    """Two words that mean one thing together and another apart: it is why there is a hidden layer."""
    rows = make_rows(800)
    task = NetworkTask(rows, np.arange(len(rows)), [((rows[:, 0] > 0) ^ (rows[:, 1] > 0)).astype(np.int64)], [2], 1)
    new = make_rows(800, seed=9)
    asked = NetworkTask(new, np.arange(len(new)), [((new[:, 0] > 0) ^ (new[:, 1] > 0)).astype(np.int64)], [2], 1)

    (network,) = fit_networks([task], LONGER)

    assert right(network, asked, 0) > 0.85


def test_a_ticket_without_one_label_teaches_the_other() -> None:
    """Open tickets have a type and no group yet; thrown away, half a history would be."""
    full = make_task(600)
    half = NetworkTask(
        full.rows,
        np.arange(len(full.rows)),
        [np.where(np.arange(600) < 300, full.answers[0], -1), full.answers[1]],
        [3, 2],
        1,
    )
    nothing = NetworkTask(full.rows, np.arange(len(full.rows)), [np.full(600, -1), full.answers[1]], [3, 2], 1)

    of_half, of_nothing = fit_networks([half, nothing], LONGER)

    assert right(of_half, full, 0) > 0.85
    assert right(of_half, full, 1) > 0.9
    assert right(of_nothing, full, 1) > 0.9
    assert all(np.isfinite(layer).all() for layer in layers(of_nothing))


def test_a_missing_label_is_no_label() -> None:
    """Taken for the last column, as -1 is in numpy, every open ticket would be one of the last group."""
    rows = np.tile(make_rows(1), (400, 1))
    task = NetworkTask(rows, np.arange(len(rows)), [np.where(np.arange(400) < 40, 0, -1)], [2], 1)

    (network,) = fit_networks([task], LONGER)

    assert LabelColumns.of([network.output.shape[2]]).mean_log_softmax(network.scores(rows[:1]))[0, 0] > np.log(0.5)


def test_a_batch_without_any_label_teaches_nothing_and_breaks_nothing() -> None:
    """One target, half of the tickets open, and a last batch of one: it comes in every training sooner or later."""
    rows = make_rows(learning.BATCH + 1)
    task = NetworkTask(
        rows, np.arange(len(rows)), [np.where(np.arange(len(rows)) % 2, rows[:, :3].argmax(axis=1), -1)], [3], 1
    )

    (network,) = fit_networks([task], LONGER)

    assert all(np.isfinite(layer).all() for layer in layers(network))


def test_a_label_that_nobody_has_stays_unlikely() -> None:
    """In a fold the tickets of a rare label are all held out; its column is there and must not win."""
    task = make_task(400)
    wider = NetworkTask(task.rows, np.arange(len(task.rows)), [task.answers[0], task.answers[1]], [4, 2], 1)

    (network,) = fit_networks([wider], LONGER)

    probabilities = np.exp(LabelColumns.of([4]).mean_log_softmax(network.scores(make_rows(300, seed=9))[:, :, :4]))
    assert probabilities[:, 3].max() < 0.15
    assert (probabilities.argmax(axis=1) != 3).all()


def test_the_numpy_network_scores_as_torch_did() -> None:
    """The input's scale goes into the hidden layer, and dropout is for learning alone."""
    task = make_task(n_networks=2)
    (network,) = fit_networks([task], SMALL)

    for i in range(2):
        learned = learning._fit_one(task, SMALL, SMALL.seed * 1000 + i)
        inputs = torch.from_numpy(learning.INPUT_SCALE * task.rows)
        active = torch.relu(inputs @ learned.hidden + learned.hidden_bias)
        expected = (active @ learned.output + learned.output_bias).numpy()
        assert network.scores(task.rows)[i] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("n_networks", "n"), [(1, 1), (2, 3), (3, 129)])
def test_shapes_are_those_of_the_bundle(n_networks: int, n: int) -> None:
    """Of tiny desks too: a batch of one ticket is mixed with itself."""
    (network,) = fit_networks([make_task(n, n_networks=n_networks)], SMALL)

    assert [layer.shape for layer in layers(network)] == [
        (6, n_networks * 16),
        (n_networks * 16,),
        (n_networks, 16, 5),
        (n_networks, 5),
    ]
    assert {layer.dtype for layer in layers(network)} == {np.dtype(np.float32)}


def test_a_large_history_needs_fewer_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training's time stays bounded; it is told by what is learned, as nothing else of the rounds can be seen."""
    task = make_task(200)
    (once,) = fit_networks([task], replace(SMALL, n_epochs=1))
    monkeypatch.setattr(learning, "MAX_VISITS", 350)

    (bounded,) = fit_networks([task], SMALL)

    assert alike(bounded, once)


def test_progress_is_told_to_the_end() -> None:
    """It takes minutes on a large history."""
    told: list[float] = []

    fit_networks([make_task(50), make_task(60, n_networks=3)], SMALL, on_progress=told.append)

    assert told == [0.25, 0.5, 0.75, 1.0]


def test_a_label_that_counts_more_is_learned_more() -> None:
    """Who corrects an answer shows where the model errs: of two words on the same rows the weightier one counts."""
    rows = np.repeat(make_rows(1), 60, axis=0)
    answers = np.asarray([0] * 40 + [1] * 20)
    weights = np.where(answers == 1, 5.0, 1.0)
    alike = NetworkTask(rows, np.arange(60), [answers], [2], 1)
    weighed = replace(alike, weights=[weights])

    first, other = (fit_networks([task], LONGER)[0].scores(rows[:1]).mean(axis=0)[0] for task in (alike, weighed))

    assert first[0] > first[1]
    assert other[1] > other[0]


def test_tickets_that_all_count_as_one_count_as_before() -> None:
    """Up to rounding: the mean is taken in another way."""
    task = make_task()
    (plain,) = fit_networks([task], SMALL)
    (weighed,) = fit_networks([replace(task, weights=[np.ones(200), None])], SMALL)

    assert all(np.allclose(a, b, atol=1e-3) for a, b in zip(layers(plain), layers(weighed), strict=True))
