"""Learning what a desk's words occur with, mean, and look like."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.builders import make_history, make_parameters, make_ticket, make_wordy_history
from tests.fakes import FakeDistillation
from training.features import word_vectors as word_table
from training.features.rows import TicketReader, learn_reader
from training.features.word_vectors import Meanings
from triage.features import is_word
from triage.ticket import NewTicket
from triage.word_vectors import WordVectors, ngrams


def learn(
    tickets: Sequence[NewTicket], meanings: Meanings | None = None, seed: int = 0
) -> tuple[TicketReader, WordVectors]:
    """A reader of these tickets, and its words' vectors."""
    reader, _ = learn_reader(tickets, make_parameters(fast=False, seed=seed), meanings=meanings)
    assert reader.vectors is not None
    return reader, reader.vectors


def wordy(n: int = 300) -> list[NewTicket]:
    """Tickets as filed, of some three hundred words."""
    return [ticket.filed for ticket in make_wordy_history(n)]


def words_of(reader: TicketReader, vectors: WordVectors) -> list[str]:
    """The terms that have vectors."""
    return [reader.view.known[i] for i in vectors.columns]


def alike(a: WordVectors, b: WordVectors) -> bool:
    """Whether they are the same to the last bit."""
    same = [np.array_equal(a.columns, b.columns), np.array_equal(a.vectors, b.vectors), a.blocks == b.blocks]
    return all([*same, a.spelling.known == b.spelling.known, np.array_equal(a.spelling.vectors, b.spelling.vectors)])


def nearness(reader: TicketReader, vectors: WordVectors, block: slice, a: str, b: str) -> float:
    """The cosine of two words in one block."""
    words = words_of(reader, vectors)
    x, y = (vectors.vectors[words.index(word), block].astype(float) for word in (a, b))
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def test_words_and_facts_have_vectors_and_pairs_have_none() -> None:
    """A pair is its two words; what it means beyond them the linear model knows."""
    reader, vectors = learn([ticket.filed for ticket in make_history(60)])

    expected = [term for term in reader.view.known if is_word(term) or "=" in term]
    assert words_of(reader, vectors) == expected
    assert any("=" in term for term in expected)
    assert any(" " in term for term in reader.view.known)


def test_blocks_stand_side_by_side_and_add_up() -> None:
    """Topic, meaning, spelling: serving cuts them where training joined them."""
    reader, vectors = learn([ticket.filed for ticket in make_history(120)], FakeDistillation())
    _, without = learn([ticket.filed for ticket in make_history(120)])

    assert len(vectors.blocks) == 3
    assert vectors.vectors.shape == (vectors.columns.size, sum(vectors.blocks))
    assert vectors.vectors.dtype == vectors.spelling.vectors.dtype == np.float16
    assert vectors.blocks[-1] == vectors.spelling.vectors.shape[1]
    assert without.blocks == (vectors.blocks[0], vectors.blocks[2])
    assert vectors.unknown_idf == reader.view.idf.max()


def test_words_that_occur_together_are_near_in_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what topic is for, where there are fewer axes than words: a group's things share tickets and no letter."""
    monkeypatch.setattr(word_table, "N_TOPIC", 2)
    tickets = [
        make_ticket(id=str(i), subject=f"{a} {b}", body=f"since today {c}", channel=None)
        for i in range(60)
        for a, b, c in [("vpn", "tunnel", "remote") if i % 2 else ("toner", "paper", "cartridge")]
    ]

    reader, vectors = learn(tickets)

    topic = slice(0, vectors.blocks[0])
    assert nearness(reader, vectors, topic, "vpn", "tunnel") > nearness(reader, vectors, topic, "vpn", "paper") + 0.5


def test_meaning_is_the_encoder_s_nearness() -> None:
    """Turned and cut to fewer dimensions, words that mean alike stay alike; they never occur together here."""
    words = [f"w{a}{b}" for a in "abcdef" for b in "abcdef"]
    tickets = [make_ticket(id=f"{w}{i}", subject=f"please {w}", body="", channel=None) for w in words for i in range(2)]

    def meanings(said: Sequence[str], _: object) -> np.ndarray:
        chance = np.random.default_rng(0)
        kinds = {letter: chance.normal(size=40) for letter in "abcdef"}
        return np.array([kinds.get(word[1], kinds["a"]) + 0.1 * chance.normal(size=40) for word in said], np.float32)

    reader, vectors = learn(tickets, meanings)

    meaning = slice(vectors.blocks[0], sum(vectors.blocks[:2]))
    assert nearness(reader, vectors, meaning, "wda", "wdf") > 0.8
    assert nearness(reader, vectors, meaning, "wda", "wea") < 0.5


def test_facts_are_looked_up_by_their_value() -> None:
    """An encoder knows what "dublin" means, and nothing of "location=dublin"."""
    asked: list[str] = []

    def meanings(said: Sequence[str], _: object) -> np.ndarray:
        asked.extend(said)
        return FakeDistillation()(said)

    tickets = [make_ticket(id=str(i), channel="phone", attributes={"location": "Dublin"}) for i in range(9)]
    learn([*tickets, *(ticket.filed for ticket in make_history(12))], meanings)

    assert {"phone", "dublin", "vpn"} <= set(asked)
    assert not any("=" in word or " " in word for word in asked)


@pytest.mark.parametrize(
    "subjects", [("vpn", "vpn down") * 2, ("vpn", "down") * 2, ("vpn down", "vpn slow", "vpn dead") * 3]
)
def test_fewer_tickets_and_words_than_dimensions_do_no_harm(subjects: tuple[str, ...]) -> None:
    """A desk begins somewhere; the blocks are as wide as there is anything to find."""
    tickets = [make_ticket(id=str(i), subject=said, body="", channel=None) for i, said in enumerate(subjects)]

    reader, vectors = learn(tickets, FakeDistillation())

    assert np.isfinite(vectors.vectors).all()
    assert np.isfinite(vectors.spelling.vectors).all()
    assert all(block >= 1 for block in vectors.blocks)
    assert np.isfinite(vectors.rows(reader.view.rows([make_ticket()]))).all()


@pytest.mark.filterwarnings("ignore:invalid value encountered in divide:RuntimeWarning")  # of scikit-learn's variances
def test_a_desk_of_one_word_has_its_vector() -> None:
    """Absurd, and no reason for a traceback of scikit-learn's."""
    tickets = [make_ticket(id=str(i), subject="vpn " * (1 + i % 2), body="", channel=None) for i in range(4)]

    reader, vectors = learn(tickets)

    assert words_of(reader, vectors) == ["vpn"]
    assert np.isfinite(vectors.rows(reader.view.rows([tickets[0]]))).all()


def test_words_that_share_no_letters_are_spelled_too() -> None:
    """No n-gram stands in two words; then all of them are kept."""
    tickets = [make_ticket(id=str(i), subject=("abc", "xyz")[i % 2], body="", channel=None) for i in range(6)]

    _, vectors = learn(tickets)

    assert vectors.spelling.known == sorted({*ngrams("abc"), *ngrams("xyz")})


def test_the_most_frequent_words_have_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table's size stays bounded, whatever a desk writes; what is left out is what is hardly ever said."""
    monkeypatch.setattr(word_table, "MAX_WORDS", 20)
    reader, vectors = learn(wordy(), FakeDistillation())

    rows = reader.read(wordy()).terms
    frequencies = np.diff(rows.tocsc().indptr)
    left_out = [
        i for i, term in enumerate(reader.view.known) if is_word(term) and i not in set(vectors.columns.tolist())
    ]
    assert vectors.columns.size == 20
    assert (np.diff(vectors.columns) > 0).all()
    assert frequencies[vectors.columns].min() >= frequencies[left_out].max()
    assert vectors.rows(reader.view.rows([wordy()[0]])).shape == (1, vectors.n_dims)


def test_the_most_frequent_ngrams_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for spelling."""
    monkeypatch.setattr(word_table, "MAX_NGRAMS", 30)

    _, vectors = learn(wordy())

    assert len(vectors.spelling.known) == len(vectors.spelling.vectors) <= 30
    assert "thi" in vectors.spelling.known


def test_a_large_history_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every word has its vector still, and the same seed draws the same sample."""
    _, whole = learn(wordy())
    monkeypatch.setattr(word_table, "MAX_SAMPLE", 60)

    (_, first), (_, again), (_, other) = (learn(wordy(), seed=seed) for seed in (0, 0, 1))

    assert alike(first, again)
    assert not alike(first, other)
    assert not alike(first, whole)
    assert np.isfinite(first.vectors).all()


def test_the_same_history_gives_the_same_vectors() -> None:
    """Equal bundle hashes have to mean equal models."""
    (_, first), (_, again) = (learn(wordy(), FakeDistillation()) for _ in range(2))

    assert alike(first, again)


def test_a_word_in_the_table_is_spelled_as_the_same_word_unknown() -> None:
    """Learned in bulk by scikit-learn, served one by one: a typo is compared with it."""
    reader, vectors = learn(wordy())

    n_spelling = vectors.blocks[-1]
    for word, row in zip(words_of(reader, vectors), vectors.vectors, strict=True):
        said = word.partition("=")[2] or word
        assert row[-n_spelling:].astype(float) == pytest.approx(vectors.spelling.vector(said), rel=2e-3, abs=2e-3)


def test_vectors_fit_half_precision() -> None:
    """A block of tiny or of huge numbers would be zeros or infinities in a bundle."""
    _, vectors = learn(wordy(), lambda said, _: (1e6 * FakeDistillation()(said)).astype(np.float32))

    for block in np.split(vectors.vectors.astype(float), np.cumsum(vectors.blocks)[:-1], axis=1)[:-1]:
        assert np.sqrt((block**2).mean()) == pytest.approx(1, rel=0.01)
        assert np.isfinite(block).all()
