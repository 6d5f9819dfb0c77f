"""Which tickets are alike, and finding the nearest among many."""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.builders import make_history, make_model, make_ticket
from training.experiment import Experiment
from triage.model import TriageModel
from triage.similar import (
    MOST_ANSWERS,
    N_MEANING,
    N_WORDS,
    ApproximateNeighbours,
    ExactNeighbours,
    Neighbours,
    NeighboursTogether,
    as_bytes,
    floor_of,
    n_dims_of,
    similarity,
    ticket_vectors,
)

Rows = NDArray[np.float32]


@pytest.fixture
def learned(experiment: Experiment) -> TriageModel:
    """A model with all that a model can have."""
    return experiment.scorer


def some_rows(n: int = 400, seed: int = 1) -> Rows:
    """Rows of length one, in bunches, as those of tickets are."""
    chance = np.random.default_rng(seed)
    bunches = chance.normal(size=(20, 40))
    rows = bunches[chance.integers(0, 20, n)] + 0.7 * chance.normal(size=(n, 40))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def halves(rows: NDArray[np.int8]) -> NeighboursTogether:
    """The rows in two sets, the first of them a graph."""
    n = len(rows) // 2
    return NeighboursTogether([(ApproximateNeighbours.of(rows[:n]), n), (ExactNeighbours(rows[n:]), len(rows) - n)])


WAYS: dict[str, Callable[[NDArray[np.int8]], Neighbours]] = {
    "exact": ExactNeighbours,
    "approximate": ApproximateNeighbours.of,
    "together": halves,
}

of_each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def test_rows_have_length_one(learned: TriageModel) -> None:
    """A product of two rows is their similarity only so."""
    rows = ticket_vectors(learned, [t.filed for t in make_history(300)])

    assert rows.shape == (300, n_dims_of(learned))
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_a_ticket_is_as_like_another_whatever_it_is_read_with(learned: TriageModel) -> None:
    """The rows of yesterday are compared with one made alone today."""
    tickets = [t.filed for t in make_history(30)]

    together = ticket_vectors(learned, tickets)

    alone = np.vstack([ticket_vectors(learned, [ticket]) for ticket in tickets])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_the_same_trouble_in_other_words_is_nearer_than_another_trouble(learned: TriageModel) -> None:
    """An agent is shown how the like was solved, not what came last."""
    one, same, other = ticket_vectors(
        learned,
        [
            make_ticket(subject="vpn tunnel drops", body="wifi is slow"),
            make_ticket(subject="slow wifi", body="no connection to the share"),
            make_ticket(subject="laptop screen black", body="battery swells"),
        ],
    )

    like, unlike = similarity(np.stack([one, one]), np.stack([same, other])).tolist()

    assert like > unlike + 0.2


def test_a_model_of_terms_alone_has_rows_as_long() -> None:
    """A desk that learned with `--fast` is shown similar tickets, too."""
    model = make_model()

    rows = ticket_vectors(model, [make_ticket(), make_ticket(id="T2"), make_ticket(subject="mailbox", body="")])

    assert rows.shape == (3, N_WORDS + N_MEANING + 5)
    assert similarity(rows[:1], rows[1:2])[0] == pytest.approx(1, abs=1e-5)
    assert similarity(rows[:1], rows[2:])[0] < 0.5


def test_what_is_worth_showing_depends_on_what_the_model_has(learned: TriageModel) -> None:
    """Words are shared more rarely than meaning: one floor for both would hide everything from `--fast` desks."""
    assert floor_of(make_model()) < floor_of(learned)


def test_a_ticket_without_a_text_is_like_none(learned: TriageModel) -> None:
    """Its answers are the model's guess for anything, and would make it near to whatever is common.

    Elsewhere such rows became NaN, and stood above all others in a list.
    """
    rows = ticket_vectors(learned, [make_ticket(subject=" ", body="\n", attributes={"a": "b"}), make_ticket()])

    assert not rows[0].any()
    places, alike = ExactNeighbours(as_bytes(rows)).nearest(rows[:1], 2)
    assert alike.tolist() == [[0, 0]]
    assert places.tolist() == [[0, 1]]


def test_no_tickets_are_no_rows(learned: TriageModel) -> None:
    """A refresh that finds nothing new asks for none."""
    assert ticket_vectors(learned, []).shape == (0, n_dims_of(learned))


def test_answers_bring_tickets_together_that_share_no_word() -> None:
    """What the model has learned of a desk says more than words, and words alone decide nothing."""
    model = make_model(terms=("vpn", "tunnel", "mailbox"))
    weights = np.zeros_like(model.weights)
    weights[:2, 2], weights[2, 3] = 9, 9
    model = replace(model, weights=weights, intercepts=np.zeros(5))
    vpn, tunnel, mailbox = (make_ticket(subject=word, body="", channel=None) for word in ("vpn", "tunnel", "mailbox"))

    rows = ticket_vectors(model, [vpn, tunnel, mailbox])

    same, other = similarity(rows[[0, 0]], rows[1:]).tolist()
    assert 0.1 < other + 0.03 < same < 0.35


def test_that_two_are_as_urgent_does_not_make_them_alike() -> None:
    """Half of a desk's tickets have the same impact; a broken phone would be shown beside a locked invoice."""
    model = make_model()
    about_groups, about_urgency = model.heads[0], replace(model.heads[1], target="urgency")
    asked = replace(model, heads=(about_groups, about_urgency))
    tickets = [make_ticket(subject="vpn", body=""), make_ticket(subject="mailbox", body="")]

    rows = ticket_vectors(asked, tickets)

    assert n_dims_of(asked) == rows.shape[1] == n_dims_of(model) - len(about_urgency.labels)


def test_a_desk_that_learns_urgency_alone_has_rows_all_the_same() -> None:
    """It is then all that is known beside the words."""
    model = make_model()
    asked = replace(model, heads=(replace(model.heads[0], target="impact"), replace(model.heads[1], target="urgency")))

    assert ticket_vectors(asked, [make_ticket()]).shape == (1, n_dims_of(model))


def test_many_labels_do_not_make_rows_longer() -> None:
    """A desk of a thousand groups would need three times the memory and the time."""
    model = make_model(labels=[f"G{n}" for n in range(1000)])

    rows = ticket_vectors(model, [make_ticket(), make_ticket(id="T2")])

    assert rows.shape == (2, N_WORDS + N_MEANING + MOST_ANSWERS)
    assert similarity(rows[:1], rows[1:])[0] == pytest.approx(1, abs=1e-5)


def test_terms_are_hashed_alike_everywhere() -> None:
    """Rows lie on a disk for months, and other processors and versions of Python read them."""
    model = make_model(terms=("vpn", "down"), labels=("Network", "Messaging"))

    (row,) = ticket_vectors(model, [make_ticket(subject="vpn", body="", channel=None)])

    assert np.flatnonzero(row[: N_WORDS + N_MEANING]).tolist() == [39, 87, 374, 378]


def test_bytes_keep_similarities() -> None:
    """A quarter of the memory must not change who is near."""
    rows = some_rows()

    places, alike = ExactNeighbours(as_bytes(rows)).nearest(rows, 5)

    exact = np.sort(rows @ rows.T, axis=1)[:, ::-1][:, :5]
    assert places[:, 0].tolist() == list(range(len(rows)))
    np.testing.assert_allclose(alike, exact, atol=0.02)


@of_each_way
def test_the_nearest_come_first(way: Callable[[NDArray[np.int8]], Neighbours]) -> None:
    """The first is read, the tenth hardly ever."""
    rows = some_rows()

    places, alike = way(as_bytes(rows)).nearest(rows[:50], 8)

    assert places.dtype == np.int64
    assert alike.dtype == np.float32
    assert (np.diff(alike, axis=1) <= 0).all()
    assert (places[:, 0] == np.arange(50)).mean() > 0.97
    np.testing.assert_allclose(alike, np.take_along_axis(rows[:50] @ rows.T, places, axis=1), atol=0.02)


@of_each_way
def test_nearly_all_of_the_nearest_are_found(way: Callable[[NDArray[np.int8]], Neighbours]) -> None:
    """What is faster may miss one in fifty, and no more."""
    rows = some_rows(3000)
    sought, _ = ExactNeighbours(as_bytes(rows)).nearest(rows[:200], 10)

    found, _ = way(as_bytes(rows)).nearest(rows[:200], 10)

    recall = np.mean([len({*a} & {*b}) / 10 for a, b in zip(sought.tolist(), found.tolist(), strict=True)])
    assert recall > 0.98


@of_each_way
@pytest.mark.parametrize("n", [0, 1, 3])
def test_where_there_are_fewer_than_asked_for_the_rest_is_nothing(
    way: Callable[[NDArray[np.int8]], Neighbours], n: int
) -> None:
    """A desk begins with no worked ticket at all."""
    places, alike = way(as_bytes(some_rows(n))).nearest(some_rows(2, seed=2), 5)

    assert places.shape == alike.shape == (2, 5)
    assert (places[:, n:] == -1).all()
    assert (alike[:, n:] == 0).all()
    assert sorted(places[0, :n].tolist()) == list(range(n))


@of_each_way
def test_asked_for_none_none_is_found(way: Callable[[NDArray[np.int8]], Neighbours]) -> None:
    """Elsewhere a zero was taken for 'all', and answered with the whole history."""
    places, alike = way(as_bytes(some_rows(9))).nearest(some_rows(2, seed=2), 0)

    assert places.shape == alike.shape == (2, 0)


@of_each_way
def test_no_queries_have_no_answers(way: Callable[[NDArray[np.int8]], Neighbours]) -> None:
    """A batch may hold tickets that do not fit, and nothing else."""
    places, _ = way(as_bytes(some_rows(9))).nearest(some_rows(0), 3)

    assert places.shape == (0, 3)


@of_each_way
def test_threads_get_what_one_alone_gets(way: Callable[[NDArray[np.int8]], Neighbours]) -> None:
    """Requests and pages ask at once; elsewhere a shared graph crashed, or gave one thread another's rows."""
    rows = some_rows(2000)
    neighbours = way(as_bytes(rows))
    alone = neighbours.nearest(rows[:60], 10)[0].tolist()
    seen: list[list[list[int]]] = []

    def ask() -> None:
        seen.extend(neighbours.nearest(rows[:60], 10)[0].tolist() for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [alone] * 40


def test_of_equal_rows_the_earlier_comes_first() -> None:
    """The same question twice is to have the same answer."""
    rows = as_bytes(np.repeat(some_rows(1), 6, axis=0))

    places, _ = ExactNeighbours(rows).nearest(some_rows(1), 3)

    assert set(places[0].tolist()) <= set(range(6))
    assert places[0].tolist() == sorted(places[0].tolist())


def test_a_set_of_sets_counts_places_on() -> None:
    """A place is what a ticket's id is found by."""
    rows = as_bytes(some_rows(30))
    parts = NeighboursTogether([(ExactNeighbours(part), len(part)) for part in (rows[:10], rows[10:10], rows[10:])])

    places, _ = parts.nearest(some_rows(30), 4)

    assert places.tolist() == ExactNeighbours(rows).nearest(some_rows(30), 4)[0].tolist()


def test_sets_of_none_are_nothing() -> None:
    """So is an index at its beginning."""
    places, alike = NeighboursTogether([]).nearest(some_rows(2), 3)

    assert places.tolist() == [[-1] * 3] * 2
    assert not alike.any()
