"""Words looked up once, and remembered."""

from pathlib import Path

import numpy as np
import pytest

from models.encoder import ASKED, PACKAGED
from tests.builders import make_parameters
from tests.fakes import CountingEncoder
from training.features.distillation import MAX_LETTERS, Distillation, open_distillation
from triage.errors import InvalidInput


@pytest.fixture
def encoder() -> CountingEncoder:
    """One that was not asked yet."""
    return CountingEncoder()


def test_each_word_is_encoded_once(encoder: CountingEncoder, tmp_path: Path) -> None:
    """Fifty thousand words take minutes; the next training is to take seconds, in another process."""
    first = Distillation(encoder, tmp_path)(["vpn", "down", "vpn"])
    again = Distillation(encoder, tmp_path)(["down", "vpn"])

    assert encoder.asked == [["down", "vpn"]]
    assert np.array_equal(first, again[[1, 0, 1]])
    assert first.dtype == np.float32


def test_only_words_that_are_new_are_encoded(encoder: CountingEncoder, tmp_path: Path) -> None:
    """A desk learns a few words a month."""
    Distillation(encoder, tmp_path)(["vpn", "down"])

    found = Distillation(encoder, tmp_path)(["tunnel", "vpn", "abba"])

    assert encoder.asked == [["down", "vpn"], ["abba", "tunnel"]]
    assert found[2, :2].tolist() == [2.0, 2.0]
    assert found[1].argmax() == ord("n") - ord("a")


def test_vectors_stay_with_their_words_as_the_cache_grows(encoder: CountingEncoder, tmp_path: Path) -> None:
    """Rows are found by place; one off, and every word would mean its neighbour."""
    words = ["d", "c", "b", "a", "z", "y"]
    for i in range(1, len(words) + 1):
        Distillation(encoder, tmp_path)(words[:i])

    found = Distillation(encoder, tmp_path)(sorted(words))

    assert [chr(ord("a") + int(row.argmax())) for row in found] == sorted(words)
    assert len(encoder.asked) == len(words)


def test_encoders_do_not_share_what_they_remember(tmp_path: Path) -> None:
    """Told apart by their weights, not by their names: a retrained one means other things."""
    one, other = CountingEncoder("ab" * 32), CountingEncoder("cd" * 32)

    Distillation(one, tmp_path)(["vpn"])
    Distillation(other, tmp_path)(["vpn"])

    assert (one.asked, other.asked) == ([["vpn"]], [["vpn"]])


@pytest.mark.parametrize("spoil", ["cut", "empty", "other", "folderless"])
def test_a_damaged_cache_is_made_again(encoder: CountingEncoder, tmp_path: Path, spoil: str) -> None:
    """A full disk, a power cut: nobody should have to know of this file."""
    cache = tmp_path / "not" / "there" / "yet"
    before = Distillation(encoder, cache)(["vpn", "down"])
    (path,) = cache.iterdir()
    if spoil == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    elif spoil == "empty":
        path.write_bytes(b"")
    elif spoil == "other":
        path.write_bytes(b"not parquet at all" * 50)
    else:
        path.unlink()
        cache.rmdir()

    after = Distillation(encoder, cache)(["vpn", "down"])
    Distillation(encoder, cache)(["vpn", "down"])

    assert np.array_equal(before, after)
    assert len(encoder.asked) == 2
    assert [file.name for file in cache.iterdir()] == [path.name]


def test_a_long_word_is_known_by_its_beginning(encoder: CountingEncoder, tmp_path: Path) -> None:
    """Identifiers and base64 are no words; unbounded, one of them would fill the encoder's memory."""
    long = "a" * MAX_LETTERS

    found = Distillation(encoder, tmp_path)([long + "b" * 5_000, long + "c", long])

    assert encoder.asked == [[long]]
    assert (found == found[0]).all()


def test_progress_is_that_of_the_encoder(encoder: CountingEncoder, tmp_path: Path) -> None:
    """A minute of silence looks like a hang."""
    told: list[float] = []

    Distillation(encoder, tmp_path)(["vpn"], told.append)

    assert told == [1.0]


@pytest.mark.parametrize("changes", [{"fast": True}, {"fast": False, "encoder": "none"}])
def test_without_meaning_no_encoder_is_looked_for(changes: dict[str, object], tmp_path: Path) -> None:
    """`--fast` and `none` must work where nothing is installed."""
    assert open_distillation(make_parameters(**changes), tmp_path) is None


def test_the_encoder_is_the_configured_one(tmp_path: Path) -> None:
    """And it is found before anything is learned: a typo must not cost an hour."""
    packaged = open_distillation(make_parameters(fast=False, encoder=PACKAGED), tmp_path)

    assert packaged is not None
    assert packaged.encoder.name == "all-MiniLM-L6-v2"
    with pytest.raises(InvalidInput, match=r"safetensors"):
        open_distillation(make_parameters(fast=False, encoder=str(tmp_path)), tmp_path)


def test_only_minilm_is_asked_about_whole_tickets(tmp_path: Path) -> None:
    """It costs many times what everything else about a ticket does; nobody should get it unasked."""
    static, asked = (
        open_distillation(make_parameters(fast=False, encoder=name), tmp_path) for name in (PACKAGED, ASKED)
    )

    assert static is not None
    assert asked is not None
    assert static.sentences is None
    assert asked.sentences is not None
    assert asked.sentences.encoder == asked.encoder == static.encoder
