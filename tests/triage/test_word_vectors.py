"""Words to vectors, and tickets that are near each other without sharing a word."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.samples.desk import generate_desk
from tests.builders import make_parameters, make_ticket
from tests.fakes import FakeDistillation
from training.experiment import Experiment
from training.features.rows import TicketReader, learn_reader
from triage import word_vectors
from triage.features import TermView, is_word
from triage.word_vectors import SpellingTable, WordVectors, ngrams

TERMS = ("channel=fax", "down", "vpn", "vpn down")
COLUMNS = np.array([0, 2])
"""The fact and "vpn" have vectors; "down" has none, as the hundred-thousandth word of a desk has none."""

KNOWN_NGRAMS = (" vp", "vpn", "fax")


def make_vectors(columns: np.ndarray = COLUMNS) -> tuple[TermView, WordVectors]:
    """Blocks of two, three and two dimensions, by chance; spelling last."""
    chance = np.random.default_rng(0)
    spelling = SpellingTable(KNOWN_NGRAMS, chance.normal(size=(3, 2)).astype(np.float16))
    vectors = chance.normal(size=(columns.size, 7)).astype(np.float16)
    made = WordVectors(
        columns=columns, n_terms=4, vectors=vectors, blocks=(2, 3, 2), spelling=spelling, unknown_idf=3.0
    )
    return TermView(TERMS, np.array([1.0, 2.0, 1.5, 2.5])), made


def lengths(row: np.ndarray, blocks: Sequence[int]) -> list[float]:
    """How long each block is."""
    return [float(np.linalg.norm(part)) for part in np.split(row, np.cumsum(blocks)[:-1])]


def typo_of(word: str) -> str:
    """The word without its third letter from the end."""
    return word[:-3] + word[-2:]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("", []),  # no word is empty; two marks are no run of three
        ("a", [" a "]),
        ("vpn", [" vp", "vpn", "pn ", " vpn", "vpn ", " vpn "]),
    ],
)
def test_ngrams_are_runs_of_three_to_five_with_the_ends_marked(word: str, expected: list[str]) -> None:
    """A prefix tells more than the same letters within a word."""
    assert ngrams(word) == expected


def test_repeated_ngrams_count_again() -> None:
    """As they do where the table is learned, or a word served would be another than the word learned."""
    assert ngrams("nanana").count("nan") == 2


def test_a_word_is_the_sum_of_its_ngrams_over_the_root_of_how_many() -> None:
    """So that long words are not loud words."""
    table = SpellingTable(KNOWN_NGRAMS, np.array([[1, 0], [3, 4], [9, 9]], dtype=np.float16))

    assert table.vector("vpn").tolist() == pytest.approx([4 / 2**0.5, 4 / 2**0.5])
    assert table.vector("zzz").tolist() == [0.0, 0.0]


def test_a_remembered_word_is_a_fresh_one(experiment: Experiment) -> None:
    """A cache that is wrong is wrong for as long as the process lives."""
    meaning = experiment.scorer.meaning
    assert meaning is not None
    table = meaning.vectors.spelling
    words = ["mailbxo", "tunel", "qqq", "Ünïcode", "docking" * 20]

    first, again = ([table.vector(word).copy() for word in words] for _ in range(2))

    fresh = [SpellingTable(table.known, table.vectors).vector(word) for word in words]
    for found in (first, again):
        assert all(np.array_equal(a, b) for a, b in zip(found, fresh, strict=True))


def test_the_memory_of_unknown_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service runs for months, and anybody can send words."""
    monkeypatch.setattr(word_vectors, "_REMEMBERED", 10)
    table = SpellingTable(KNOWN_NGRAMS, np.ones((3, 2), dtype=np.float16))

    for i in range(95):
        table.vector(f"vpn{i}")

    assert len(table._remembered) <= 10
    assert np.array_equal(table.vector("vpn0"), SpellingTable(KNOWN_NGRAMS, table.vectors).vector("vpn0"))


@given(
    subject=st.lists(st.sampled_from(["vpn", "down", "vp", "vpns", "fax", "zzz", "🙂"]), max_size=6).map(" ".join),
    channel=st.sampled_from([None, "fax", "pigeon"]),
)
def test_every_block_of_a_row_has_length_one_or_none(subject: str, channel: str | None) -> None:
    """Otherwise long tickets would be loud ones, and one block would drown the others."""
    view, vectors = make_vectors()

    (row,) = vectors.rows(view.rows([make_ticket(subject=subject, body="", channel=channel)]))

    assert row.dtype == np.float32
    assert all(length == pytest.approx(1, abs=1e-5) or length == 0 for length in lengths(row, vectors.blocks))


def test_a_row_is_the_weighted_sum_of_its_words_block_by_block() -> None:
    """By hand, with an unknown word that is said twice and a known one without a vector."""
    view, vectors = make_vectors()
    ticket = view.rows([make_ticket(subject="vpn down vpns", body="vpns", channel="fax")])

    (row,) = vectors.rows(ticket)

    weights = dict(zip((TERMS[i] for i in ticket.at), ticket.weights, strict=True))
    summed = weights["channel=fax"] * vectors.vectors[0].astype(float)
    summed += weights["vpn"] * vectors.vectors[1].astype(float)
    summed[5:] += (1 + np.log(2)) * 3.0 / ticket.lengths[0] * vectors.spelling.vector("vpns")
    expected = np.concatenate([part / np.linalg.norm(part) for part in np.split(summed, [2, 5])])
    assert row == pytest.approx(expected, abs=1e-5)


def test_a_ticket_of_unknown_words_has_spelling_alone() -> None:
    """A typo is all that some tickets say; topic and meaning of it nobody knows."""
    view, vectors = make_vectors()

    (row,) = vectors.rows(view.rows([make_ticket(subject="vpnn", body="", channel=None)]))

    assert lengths(row, vectors.blocks) == [0, 0, pytest.approx(1)]


def test_an_empty_ticket_is_zeros() -> None:
    """And no NaN, which would spread to every confidence."""
    view, vectors = make_vectors()

    (row,) = vectors.rows(view.rows([make_ticket(subject="", body="", channel=None)]))

    assert row.tolist() == [0.0] * 7


@pytest.mark.parametrize("columns", [np.empty(0, dtype=np.int64), np.array([2])])
def test_words_beyond_the_table_do_no_harm(columns: np.ndarray) -> None:
    """A desk may have more words than get vectors, or none that does."""
    view, vectors = make_vectors(columns)

    (row,) = vectors.rows(view.rows([make_ticket(subject="down", body="", channel=None)]))

    assert row.tolist() == [0.0] * 7


# As they are learned, on a desk that writes English and German.


@pytest.fixture(scope="module")
def reader() -> TicketReader:
    """A reader with all three blocks."""
    tickets = [ticket.filed for ticket in generate_desk(n_tickets=700, n_customers=60, seed=3).tickets]
    return learn_reader(tickets, make_parameters(fast=False), meanings=FakeDistillation())[0]


def row_of(reader: TicketReader, text: str, **facts: str) -> np.ndarray:
    """The dense row of a ticket that says this."""
    assert reader.vectors is not None
    found = reader.view.rows([make_ticket(subject="", body=text, channel=None, attributes=facts)])
    return reader.vectors.rows(found)[0]


def test_a_typo_lands_near_the_word_that_was_meant(reader: TicketReader) -> None:
    """It is why spelling is there: of all words that a desk knows the meant one is nearly always the nearest."""
    words = [word for word in reader.view.known if is_word(word)]
    meant = [word for word in words if len(word) >= 8 and typo_of(word) not in words]
    assert reader.vectors is not None
    table = np.array([reader.vectors.spelling.vector(word) for word in words])
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)  # "jj" has no known n-gram
    typos = np.array([reader.vectors.spelling.vector(typo_of(word)) for word in meant])
    typos /= np.linalg.norm(typos, axis=1, keepdims=True)

    near = typos @ table.T
    own = near[np.arange(len(meant)), [words.index(word) for word in meant]]

    assert len(meant) > 100
    assert np.median((near > own[:, None]).sum(axis=1)) == 0
    assert np.mean((near > own[:, None]).sum(axis=1) <= 0.01 * len(words)) > 0.9


def test_a_ticket_of_typos_is_nearer_to_what_was_meant_than_to_others(reader: TicketReader) -> None:
    """Words learned, words never seen, and yet the same ticket."""
    said, other = "password account mailbox", "printer paper invoice"

    typed = row_of(reader, " ".join(map(typo_of, said.split())))

    assert not set(map(typo_of, said.split())) & set(reader.view.known)
    assert typed @ row_of(reader, said) > typed @ row_of(reader, other) + 0.2


def test_facts_take_part_by_their_value(reader: TicketReader) -> None:
    """A ticket that has nothing but its place is told apart, and "location=dublin" is spelled "dublin"."""
    (place, *_) = (t.partition("=")[2] for t in reader.view.known if t.startswith("location="))
    assert reader.vectors is not None
    at = reader.view.known.index(f"location={place}")
    n_spelling = reader.vectors.blocks[-1]

    row = row_of(reader, "", location=place)

    assert lengths(row, reader.vectors.blocks) == pytest.approx([1, 1, 1], abs=1e-5)
    of_table = reader.vectors.vectors[np.flatnonzero(reader.vectors.columns == at)[0], -n_spelling:]
    assert of_table == pytest.approx(reader.vectors.spelling.vector(place), abs=1e-2)
