"""Tickets' embeddings, asked for once."""

import pickle

import numpy as np

from tests.builders import make_ticket
from tests.fakes import CountingEncoder, LetterEncoder
from training.features import sentence_cache as sentences
from training.features.sentence_cache import SentenceCache


def test_each_text_is_encoded_once() -> None:
    """A history is read for the measured fit and again for the whole one; at a hundred a second that would be felt."""
    encoder = CountingEncoder()
    remembered = SentenceCache(encoder)

    first = remembered.encode(["vpn", "down", "vpn"])
    again = remembered.encode(["down", "fax", "vpn"])

    assert encoder.asked == [["vpn", "down"], ["fax"]]
    assert np.array_equal(first, LetterEncoder().encode(["vpn", "down", "vpn"]))
    assert np.array_equal(again, LetterEncoder().encode(["down", "fax", "vpn"]))


def test_no_text_is_no_rows() -> None:
    """An export may hold nothing but what the model has learned from."""
    assert SentenceCache(LetterEncoder()).encode([]).shape == (0, 26)


def test_half_a_character_is_a_text_too() -> None:
    """What comes in as JSON may hold one; it must not end a training."""
    assert SentenceCache(LetterEncoder()).encode(["vpn \ud800"]).shape == (1, 26)


def test_what_was_said_is_not_pickled() -> None:
    """The pipelines are logged for notebooks; a gigabyte of a history's embeddings is no part of them."""
    remembered = SentenceCache(LetterEncoder())
    before = len(pickle.dumps(remembered))
    texts = [f"ticket {i}" for i in range(500)]
    said = remembered.encode(texts)

    opened = pickle.loads(pickle.dumps(remembered))  # noqa: S301 - made a line above

    assert len(pickle.dumps(remembered)) == before
    assert np.array_equal(opened.encode(texts), said)


def test_progress_is_of_what_is_new() -> None:
    """Ten thousand tickets take minutes; what is known already is no part of them."""
    remembered = SentenceCache(LetterEncoder())
    tickets = [make_ticket(body=f"number {i}") for i in range(2 * sentences._AT_ONCE)]
    steps: list[str] = []

    remembered.remember(tickets[:10], steps.append)
    remembered.remember(tickets[: sentences._AT_ONCE + 10], steps.append)
    remembered.remember(tickets[: sentences._AT_ONCE], steps.append)
    remembered.remember([], steps.append)
    remembered.remember(tickets, lambda step: steps.append(f"at last: {step}"))

    assert steps == ["encoding tickets, 100%"] * 2 + ["at last: encoding tickets, 100%"]
