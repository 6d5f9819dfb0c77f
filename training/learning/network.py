"""Learning the small network on words' vectors, with torch; what comes out is numpy's `triage.network.Network`.

One network answers all targets: they share what it makes of a ticket. Several are learned at once and differ by chance
alone. Leaving out parts of a ticket's row by chance (dropout, Srivastava et al. 2014) keeps it from learning wrong
labels by heart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray
from torch.nn import functional

from training.configs.parameters import TrainingParameters
from training.learning.class_weights import label_weights
from triage.network import Network

__all__ = ["NetworkTask", "fit_networks"]

BATCH = 128
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-2
DROPOUT = INPUT_DROPOUT = 0.3

INPUT_SCALE = 8.0
"""Blocks come with length one, so their entries are small; at this scale the first layer learns as the second does."""

RARITY_POWER = 0.125
"""How much more an error on a rare label costs: an eighth of the way, in logarithms, from tickets to labels."""

MAX_VISITS = 250_000
"""Tickets are looked at this often altogether: a large history needs fewer rounds, and the time stays bounded."""


@dataclass(frozen=True, slots=True)
class NetworkTask:
    """What a network is to learn.

    Attributes:
        rows: of all tickets, float32 of shape (n_all, n_dims), blocks of length one.
        at: which of them to learn from, int64 of shape (n,); so that tasks share the rows.
        answers: for each target the label's column, int64 of shape (n_all,); -1 where a ticket has no label.
        n_labels: for each target how many labels it has.
        n_networks: how many are to answer together.
        weights: for each target as how many tickets each one counts, float64 of shape (n_all,); None where all count
            alike, for a target or at all.
    """

    rows: NDArray[np.float32]
    at: NDArray[np.int64]
    answers: Sequence[NDArray[np.int64]]
    n_labels: Sequence[int]
    n_networks: int
    weights: Sequence[NDArray[np.float64] | None] | None = None


def fit_networks(
    tasks: Sequence[NetworkTask],
    parameters: TrainingParameters,
    *,
    on_progress: Callable[[float], None] = lambda _: None,
) -> list[Network]:
    """Learn every task, several at a time.

    Each network is learned by one thread: it learns the same on a busy machine and on any number of cores, and
    matrices this small gain nothing from being shared out.

    Args:
        tasks: what to learn.
        parameters: how wide they are, and how many rounds they learn.
        on_progress: told the share done, 0 to 1.
    """
    jobs = [(task, parameters.seed * 1000 + i) for task in tasks for i in range(task.n_networks)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        learned = []
        work = Parallel(n_jobs=cpu_count(), prefer="threads", return_as="generator")
        for part in work(delayed(_fit_one)(task, parameters, chance) for task, chance in jobs):
            learned.append(part)
            on_progress(len(learned) / len(jobs))
    finally:
        torch.set_num_threads(threads)
    parts = iter(learned)
    return [_together(list(islice(parts, task.n_networks))) for task in tasks]


class _Layers(NamedTuple):
    """One network's arrays: hidden (n_dims, n_hidden), its bias, output (n_hidden, n_columns), its bias."""

    hidden: torch.Tensor
    hidden_bias: torch.Tensor
    output: torch.Tensor
    output_bias: torch.Tensor


def _fit_one(task: NetworkTask, parameters: TrainingParameters, seed: int) -> _Layers:
    chance = np.random.default_rng(seed)
    drawn = torch.Generator().manual_seed(seed)  # torch's own generator is one for all threads
    n, n_dims = task.at.size, task.rows.shape[1]
    n_columns = sum(task.n_labels)
    layers = _Layers(
        _scattered((n_dims, parameters.n_hidden), drawn),
        torch.zeros(parameters.n_hidden, requires_grad=True),
        _scattered((parameters.n_hidden, n_columns), drawn),
        torch.zeros(n_columns, requires_grad=True),
    )
    inputs = torch.from_numpy(task.rows)
    targets = [
        _Labels(
            torch.from_numpy(columns),
            torch.from_numpy(_weights(columns[task.at], k)),
            None if counts is None else torch.from_numpy(counts.astype(np.float32)),
        )
        for columns, k, counts in zip(
            task.answers, task.n_labels, task.weights or [None] * len(task.n_labels), strict=True
        )
    ]
    n_epochs = max(1, min(parameters.n_epochs, MAX_VISITS // n))
    optimiser = torch.optim.AdamW(layers, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, LEARNING_RATE, total_steps=n_epochs * -(-n // BATCH), pct_start=0.2
    )
    for _ in range(n_epochs):
        order = task.at[chance.permutation(n)]
        for start in range(0, n, BATCH):
            batch = torch.from_numpy(order[start : start + BATCH])
            seen = _without_some(INPUT_SCALE * inputs[batch], INPUT_DROPOUT, drawn)
            active = torch.relu(seen @ layers.hidden + layers.hidden_bias)
            scores = _without_some(active, DROPOUT, drawn) @ layers.output + layers.output_bias
            loss = _loss(scores, targets, batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
            optimiser.step()
            schedule.step()
    return _Layers(*(layer.detach() for layer in layers))


def _without_some(values: torch.Tensor, share: float, drawn: torch.Generator) -> torch.Tensor:
    """The values with such a share of them left out by chance, and the others the larger for it."""
    return values * torch.empty_like(values).bernoulli_(1 - share, generator=drawn) / (1 - share)


def _together(parts: Sequence[_Layers]) -> Network:
    """Several networks as one, for numpy; the scale of the input goes into the hidden layer."""
    return Network(
        hidden=np.float32(INPUT_SCALE) * np.hstack([part.hidden.numpy() for part in parts]),
        hidden_bias=np.concatenate([part.hidden_bias.numpy() for part in parts]),
        output=np.stack([part.output.numpy() for part in parts]),
        output_bias=np.stack([part.output_bias.numpy() for part in parts]),
    )


class _Labels(NamedTuple):
    """One target: each ticket's column, -1 for none, what an error on each label costs, and as how many each counts."""

    columns: torch.Tensor
    weights: torch.Tensor
    counts: torch.Tensor | None


def _weights(columns: NDArray[np.int64], n_labels: int) -> NDArray[np.float32]:
    return label_weights(columns[columns >= 0], n_labels, RARITY_POWER).astype(np.float32)


def _scattered(shape: tuple[int, int], drawn: torch.Generator) -> torch.Tensor:
    """Weights by chance, as torch starts a layer of this many inputs."""
    bound = shape[0] ** -0.5
    return torch.empty(shape).uniform_(-bound, bound, generator=drawn).requires_grad_()


def _loss(scores: torch.Tensor, targets: Sequence[_Labels], batch: torch.Tensor) -> torch.Tensor:
    """The targets' cross-entropies, summed; of scores (n, n_columns), those of a target side by side."""
    total = 0 * scores.sum()  # a batch may hold no label at all, and has a gradient still
    start = 0
    for target in targets:
        end = start + target.weights.numel()
        wanted = target.columns[batch]
        if bool((wanted >= 0).any()):
            total = total + _target_loss(scores[:, start:end], wanted, target, batch)
        start = end
    return total


def _target_loss(scores: torch.Tensor, wanted: torch.Tensor, target: _Labels, batch: torch.Tensor) -> torch.Tensor:
    """One target's mean cross-entropy, in which a ticket counts as its label's error costs and as often as asked."""
    if target.counts is None:
        return functional.cross_entropy(scores, wanted, weight=target.weights, ignore_index=-1)
    losses = functional.cross_entropy(scores, wanted, weight=target.weights, ignore_index=-1, reduction="none")
    counts = target.counts[batch] * (wanted >= 0)
    return (losses * counts).sum() / (target.weights[wanted.clamp(min=0)] * counts).sum()
